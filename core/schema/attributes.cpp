#include "plexus/attributes.hpp"

#include <algorithm>
#include <limits>

#include "plexus/text.hpp"

namespace plexus {

namespace {

/// Only what a schema let through gets here, so a type that does not fit is the plugin's fault.
template <class Read>
auto read(const Attributes& attributes, std::string_view name, const char* wanted, Read content) {
    const Value& value = attributes.raw(name);
    try {
        return content(value);
    } catch (const InputError&) {
        throw RunError(attributes.position(), text("attribute '", name, "' was declared as something other than ",
                                                   wanted, ", as which the plugin reads it"));
    }
}

template <class T>
T whole(const Attributes& attributes, std::string_view name) {
    const auto number = attributes.get<std::int64_t>(name);
    if (std::in_range<T>(number))
        return static_cast<T>(number);
    const bool low = std::cmp_less(number, std::numeric_limits<T>::min());
    throw attributes.error(name, text("'", name, "' is ", number, "; it must be at ", low ? "least " : "most ",
                                      low ? std::numeric_limits<T>::min() : std::numeric_limits<T>::max()));
}

template <class T, class Content>
std::vector<T> items(const Value& list, Content content) {
    std::vector<T> all;
    for (const Value& item : list.list())
        all.push_back(content(item));
    return all;
}

}  // namespace

Attributes::Attributes(Value values, std::vector<std::pair<std::string, TypedValue>> typed, Position position)
    : values_(std::move(values)), typed_(std::move(typed)), position_(std::move(position)) {}
Attributes::Attributes(const Attributes&) = default;
Attributes::Attributes(Attributes&&) noexcept = default;
Attributes& Attributes::operator=(const Attributes&) = default;
Attributes& Attributes::operator=(Attributes&&) noexcept = default;
Attributes::~Attributes() = default;

bool Attributes::has(std::string_view name) const noexcept {
    return values_.find(name) != nullptr;
}

const Value& Attributes::raw(std::string_view name) const {
    if (const Value* value = values_.find(name))
        return *value;
    throw RunError(position_,
                   text("the plugin reads attribute '", name, "', which was neither given nor has a default"));
}

const TypedValue& Attributes::typed(std::string_view name) const {
    const auto found =
        std::find_if(typed_.begin(), typed_.end(), [&](const auto& entry) { return entry.first == name; });
    if (found != typed_.end())
        return found->second;
    throw RunError(position_, text("the plugin reads attribute '", name,
                                   "' as a typed value, which was neither given nor has a default"));
}

InputError Attributes::error(std::string_view name, const std::string& message) const {
    const Value* value = values_.find(name);
    return {value != nullptr && value->position.known() ? value->position : position_, message};
}

template <>
bool Attributes::get<bool>(std::string_view name) const {
    return read(*this, name, "true or false", [](const Value& v) { return v.boolean(); });
}
template <>
std::int64_t Attributes::get<std::int64_t>(std::string_view name) const {
    return read(*this, name, "a whole number", [](const Value& v) { return v.integer(); });
}
template <>
int Attributes::get<int>(std::string_view name) const {
    return whole<int>(*this, name);
}
template <>
std::size_t Attributes::get<std::size_t>(std::string_view name) const {
    return whole<std::size_t>(*this, name);
}
template <>
double Attributes::get<double>(std::string_view name) const {
    return read(*this, name, "a number", [](const Value& v) { return v.number(); });
}
template <>
float Attributes::get<float>(std::string_view name) const {
    return static_cast<float>(get<double>(name));
}
template <>
std::string Attributes::get<std::string>(std::string_view name) const {
    return read(*this, name, "text", [](const Value& v) { return v.string(); });
}
template <>
std::vector<std::int64_t> Attributes::get<std::vector<std::int64_t>>(std::string_view name) const {
    return read(*this, name, "a list of whole numbers",
                [](const Value& v) { return items<std::int64_t>(v, [](const Value& i) { return i.integer(); }); });
}
template <>
std::vector<double> Attributes::get<std::vector<double>>(std::string_view name) const {
    return read(*this, name, "a list of numbers",
                [](const Value& v) { return items<double>(v, [](const Value& i) { return i.number(); }); });
}
template <>
std::vector<std::string> Attributes::get<std::vector<std::string>>(std::string_view name) const {
    return read(*this, name, "a list of names",
                [](const Value& v) { return items<std::string>(v, [](const Value& i) { return i.string(); }); });
}
template <>
std::array<std::int64_t, 2> Attributes::get<std::array<std::int64_t, 2>>(std::string_view name) const {
    return read(*this, name, "a pair", [](const Value& v) -> std::array<std::int64_t, 2> {
        if (v.is_integer())
            return {v.integer(), v.integer()};
        if (v.list().size() != 2)
            throw InputError(v.position, "a pair has two numbers");
        return {v.list()[0].integer(), v.list()[1].integer()};
    });
}

}  // namespace plexus
