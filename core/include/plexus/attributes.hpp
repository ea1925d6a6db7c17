// The attributes of one use of a type: validated against its schema, defaults filled in.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plexus/value.hpp"

namespace plexus {

struct TypedValue;

/// Constant after validation, so get() of a declared attribute cannot fail for what a user wrote: asking for an
/// undeclared name or another type is a fault of the plugin and throws RunError naming the attribute.
class PLEXUS_API Attributes {
public:
    Attributes() = default;
    /// `values` is a validated map, with typed values resolved; made by Schema::validate.
    Attributes(Value values, std::vector<std::pair<std::string, TypedValue>> typed, Position position);
    Attributes(const Attributes&);
    Attributes(Attributes&&) noexcept;
    Attributes& operator=(const Attributes&);
    Attributes& operator=(Attributes&&) noexcept;
    ~Attributes();

    /// False for an optional attribute that was not given.
    [[nodiscard]] bool has(std::string_view name) const noexcept;

    /// T: bool, int, std::int64_t, std::size_t, float, double, std::string, std::vector<std::int64_t>,
    /// std::vector<double>, std::vector<std::string>, std::array<std::int64_t, 2> (a pair; one number means both).
    template <class T>
    [[nodiscard]] T get(std::string_view name) const;

    /// A name with attributes: an initializer, a schedule, an optimizer.
    [[nodiscard]] const TypedValue& typed(std::string_view name) const;
    /// As it was written (or the default), for an attribute of a form of its own; with position.
    [[nodiscard]] const Value& raw(std::string_view name) const;

    /// All of them, defaults included, in the schema's order.
    [[nodiscard]] const Value& values() const noexcept { return values_; }
    /// Of the use: where its name stands.
    [[nodiscard]] const Position& position() const noexcept { return position_; }

    /// What is wrong with the value of `name`; the place is that of the value, or of the use where it was left out.
    [[nodiscard]] InputError error(std::string_view name, const std::string& message) const;

private:
    Value values_;
    std::vector<std::pair<std::string, TypedValue>> typed_;
    Position position_;
};

/// `name` or `{name: {attributes}}` as it stands in a program: one use of a registered type.
struct TypedValue {
    std::string type;       ///< its name
    Attributes attributes;  ///< defaults filled in
    Position position;      ///< of the name
};

template <>
PLEXUS_API bool Attributes::get<bool>(std::string_view name) const;
template <>
PLEXUS_API int Attributes::get<int>(std::string_view name) const;
template <>
PLEXUS_API std::int64_t Attributes::get<std::int64_t>(std::string_view name) const;
template <>
PLEXUS_API std::size_t Attributes::get<std::size_t>(std::string_view name) const;
template <>
PLEXUS_API float Attributes::get<float>(std::string_view name) const;
template <>
PLEXUS_API double Attributes::get<double>(std::string_view name) const;
template <>
PLEXUS_API std::string Attributes::get<std::string>(std::string_view name) const;
template <>
PLEXUS_API std::vector<std::int64_t> Attributes::get<std::vector<std::int64_t>>(std::string_view name) const;
template <>
PLEXUS_API std::vector<double> Attributes::get<std::vector<double>>(std::string_view name) const;
template <>
PLEXUS_API std::vector<std::string> Attributes::get<std::vector<std::string>>(std::string_view name) const;
template <>
PLEXUS_API std::array<std::int64_t, 2> Attributes::get<std::array<std::int64_t, 2>>(std::string_view name) const;

}  // namespace plexus
