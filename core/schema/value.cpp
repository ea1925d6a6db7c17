#include "plexus/value.hpp"

#include <algorithm>

#include "core/schema/scalar.hpp"
#include "plexus/text.hpp"

namespace plexus {

Value::Value() = default;
Value::Value(bool value) : content_(value) {}
Value::Value(std::int64_t value) : content_(value) {}
Value::Value(double value) : content_(value) {}
Value::Value(std::string value) : content_(std::move(value)) {}
Value::Value(List value) : content_(std::move(value)) {}
Value::Value(Map value) : content_(std::move(value)) {}
Value::Value(const Value&) = default;
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(const Value&) = default;
Value& Value::operator=(Value&&) noexcept = default;
Value::~Value() = default;

namespace {

template <class T>
const T& content(
    const std::variant<std::monostate, bool, std::int64_t, double, std::string, Value::List, Value::Map>& c,
    const Value& value, const char* wanted) {
    if (const T* held = std::get_if<T>(&c))
        return *held;
    throw InputError(value.position, text("this must be ", wanted, ", not ", describe(value)));
}

}  // namespace

bool Value::is_null() const noexcept {
    return std::holds_alternative<std::monostate>(content_);
}
bool Value::is_bool() const noexcept {
    return std::holds_alternative<bool>(content_);
}
bool Value::is_integer() const noexcept {
    return std::holds_alternative<std::int64_t>(content_);
}
bool Value::is_number() const noexcept {
    return is_integer() || std::holds_alternative<double>(content_);
}
bool Value::is_string() const noexcept {
    return std::holds_alternative<std::string>(content_);
}
bool Value::is_list() const noexcept {
    return std::holds_alternative<List>(content_);
}
bool Value::is_map() const noexcept {
    return std::holds_alternative<Map>(content_);
}

bool Value::boolean() const {
    return content<bool>(content_, *this, "true or false");
}
std::int64_t Value::integer() const {
    return content<std::int64_t>(content_, *this, "a whole number");
}
double Value::number() const {
    return is_integer() ? static_cast<double>(integer()) : content<double>(content_, *this, "a number");
}
const std::string& Value::string() const {
    return content<std::string>(content_, *this, "text");
}
const Value::List& Value::list() const {
    return content<List>(content_, *this, "a list");
}
Value::List& Value::list() {
    return const_cast<List&>(std::as_const(*this).list());
}
const Value::Map& Value::map() const {
    return content<Map>(content_, *this, "a map");
}
Value::Map& Value::map() {
    return const_cast<Map&>(std::as_const(*this).map());
}

const Value* Value::find(std::string_view name) const noexcept {
    const Map* members = std::get_if<Map>(&content_);
    if (members == nullptr)
        return nullptr;
    const auto found = std::find_if(members->begin(), members->end(), [&](const Member& m) { return m.name == name; });
    return found == members->end() ? nullptr : &found->value;
}

Value* Value::find(std::string_view name) noexcept {
    return const_cast<Value*>(std::as_const(*this).find(name));
}

Value& Value::set(std::string name, Value value) {
    if (is_null())
        content_ = Map{};
    if (Value* present = find(name))
        return *present = std::move(value);
    const Position where = value.position;
    return map().emplace_back(Member{std::move(name), std::move(value), where}).value;
}

bool operator==(const Value& a, const Value& b) {
    if (a.content_.index() != b.content_.index())
        return false;
    if (!a.is_map())
        return a.is_list() ? a.list() == b.list() : write_scalar(a) == write_scalar(b);
    const auto equal = [](const Member& x, const Member& y) { return x.name == y.name && x.value == y.value; };
    return std::equal(a.map().begin(), a.map().end(), b.map().begin(), b.map().end(), equal);
}

std::string to_string(const Value& value) {
    if (!value.is_list() && !value.is_map())
        return write_scalar(value);
    std::string items;
    if (value.is_list()) {
        for (const Value& item : value.list())
            items += (items.empty() ? "" : ", ") + to_string(item);
        return "[" + items + "]";
    }
    for (const Member& member : value.map())
        items += (items.empty() ? "" : ", ") + write_text(member.name) + ": " + to_string(member.value);
    return "{" + items + "}";
}

}  // namespace plexus
