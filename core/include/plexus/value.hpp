// A piece of a program text as it was written: scalars, lists and maps, each with its position.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "plexus/error.hpp"

namespace plexus {

class Value;
struct Member;

/// Nothing, true/false, a whole number, a number, text, a list, or a map in the order in which it was written.
class PLEXUS_API Value {
public:
    using List = std::vector<Value>;  ///< [a, b]
    using Map = std::vector<Member>;  ///< {a: 1, b: 2}

    /// Holds what it is made from; made from nothing, nothing. Implicit, so that templates read like what they make.
    /// @{
    Value();
    Value(bool value);
    Value(int value) : Value(static_cast<std::int64_t>(value)) {}
    Value(std::int64_t value);
    Value(double value);
    Value(const char* value) : Value(std::string(value)) {}
    Value(std::string_view value) : Value(std::string(value)) {}
    Value(std::string value);
    Value(List value);
    Value(Map value);
    /// @}
    Value(const Value&);
    Value(Value&&) noexcept;
    Value& operator=(const Value&);
    Value& operator=(Value&&) noexcept;
    ~Value();

    Position position;  ///< of its first character; unknown where a plugin or a default made it

    /// What it holds. A whole number is a number too.
    /// @{
    [[nodiscard]] bool is_null() const noexcept;
    [[nodiscard]] bool is_bool() const noexcept;
    [[nodiscard]] bool is_integer() const noexcept;
    [[nodiscard]] bool is_number() const noexcept;
    [[nodiscard]] bool is_string() const noexcept;
    [[nodiscard]] bool is_list() const noexcept;
    [[nodiscard]] bool is_map() const noexcept;
    /// @}

    /// Its content. Throws InputError with the position where it holds something else.
    /// @{
    [[nodiscard]] bool boolean() const;
    [[nodiscard]] std::int64_t integer() const;
    [[nodiscard]] double number() const;
    [[nodiscard]] const std::string& string() const;
    [[nodiscard]] const List& list() const;
    [[nodiscard]] List& list();
    [[nodiscard]] const Map& map() const;
    [[nodiscard]] Map& map();
    /// @}

    /// The member of that name, or nullptr. Null for what is no map.
    /// @{
    [[nodiscard]] const Value* find(std::string_view name) const noexcept;
    [[nodiscard]] Value* find(std::string_view name) noexcept;
    /// @}
    /// Adds a member, or replaces its value. Makes a map of nothing.
    Value& set(std::string name, Value value);

    /// Content only; positions do not count.
    friend PLEXUS_API bool operator==(const Value& a, const Value& b);

private:
    std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Map> content_;
};

/// One `key: value` of a map.
struct Member {
    std::string name;   ///< the key
    Value value;        ///< has a position of its own
    Position position;  ///< of the key
};

/// The value in YAML's flow style, on one line: `{units: 10, activation: relu}`. Numbers keep all their digits.
[[nodiscard]] PLEXUS_API std::string to_string(const Value& value);

}  // namespace plexus
