#include "core/schema/scalar.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "plexus/text.hpp"

namespace plexus {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

template <class... Words>
bool is_one_of(std::string_view word, Words... words) {
    return ((word == words) || ...);
}

/// from_chars also takes "inf" and "nan", and no '+'; YAML's numbers begin with a digit after sign and point.
bool may_be_number(std::string_view word) {
    if (word.starts_with('+') || word.starts_with('-'))
        word.remove_prefix(1);
    if (word.starts_with('.'))
        word.remove_prefix(1);
    return !word.empty() && is_digit(word.front());
}

Value read_number(std::string_view word, const Position& position) {
    const std::string_view digits = word.starts_with('+') ? word.substr(1) : word;
    const char* const end = digits.data() + digits.size();
    std::int64_t integer = 0;
    const auto whole = std::from_chars(digits.data(), end, integer);
    if (whole.ptr == end && whole.ec == std::errc{})
        return integer;
    double number = 0;
    const auto real = std::from_chars(digits.data(), end, number);
    if (real.ptr != end)
        return std::string(word);
    if (whole.ptr == end)
        throw InputError(position, text(word, " does not fit into 64 bits; write it as ", word, ".0, or in quotes"));
    if (real.ec != std::errc{})
        throw InputError(position, text(word, " does not fit into a number of double precision"));
    return number;
}

bool is_plain(std::string_view text) {
    const auto harmless = [](char c) {
        return is_digit(c) || is_letter(c) || c == '_' || c == '.' || c == '/' || c == '-' || c == '+' || c == ' ';
    };
    const char first = text.front();
    return std::all_of(text.begin(), text.end(), harmless) && text.back() != ' ' && !text.starts_with("..") &&
           (is_digit(first) || is_letter(first) || first == '_' || first == '.' || first == '/');
}

/// Words that readers of YAML 1.1 take for a truth value.
bool is_old_boolean(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return is_one_of(lower, "yes", "no", "on", "off", "y", "n", "true", "false", "null");
}

bool reads_as_text(std::string_view text) {
    try {
        return read_scalar(text, {}).is_string();
    } catch (const InputError&) {
        return false;  // a number that is too large
    }
}

std::string in_quotes(std::string_view text) {
    constexpr std::string_view hex = "0123456789abcdef";
    std::string quoted = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            quoted += '\\';
        if (c == '\n')
            quoted += "\\n";
        else if (c == '\t')
            quoted += "\\t";
        else if (byte < 0x20 || byte == 0x7f)
            (((quoted += "\\x") += hex[byte >> 4]) += hex[byte & 15]);
        else
            quoted += c;
    }
    return quoted + '"';
}

}  // namespace

Value read_scalar(std::string_view word, const Position& position) {
    Value value;
    if (is_one_of(word, "", "~", "null", "Null", "NULL"))
        value = Value();
    else if (is_one_of(word, "true", "True", "TRUE"))
        value = true;
    else if (is_one_of(word, "false", "False", "FALSE"))
        value = false;
    else if (is_one_of(word, ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"))
        value = std::numeric_limits<double>::infinity();
    else if (is_one_of(word, "-.inf", "-.Inf", "-.INF"))
        value = -std::numeric_limits<double>::infinity();
    else if (is_one_of(word, ".nan", ".NaN", ".NAN"))
        value = std::numeric_limits<double>::quiet_NaN();
    else if (may_be_number(word))
        value = read_number(word, position);
    else
        value = std::string(word);
    value.position = position;
    return value;
}

std::string write_number(double number) {
    if (std::isnan(number))
        return ".nan";
    if (std::isinf(number))
        return number > 0 ? ".inf" : "-.inf";
    std::array<char, 32> buffer{};
    const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
    std::string digits(buffer.data(), result.ptr);
    return digits.find_first_of(".e") == std::string::npos ? digits + ".0" : digits;
}

std::string write_text(std::string_view text) {
    if (text.empty())
        return "''";
    if (is_plain(text) && !is_old_boolean(text) && reads_as_text(text))
        return std::string(text);
    const bool simple = std::all_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f && c != '\'';
    });
    return simple ? "'" + std::string(text) + "'" : in_quotes(text);
}

std::string write_scalar(const Value& value) {
    if (value.is_bool())
        return value.boolean() ? "true" : "false";
    if (value.is_integer())
        return std::to_string(value.integer());
    if (value.is_number())
        return write_number(value.number());
    return value.is_string() ? write_text(value.string()) : "null";
}

std::string describe(const Value& value) {
    if (value.is_string())
        return "'" + value.string() + "'";
    if (value.is_list())
        return "a list";
    if (value.is_map())
        return "a map";
    return value.is_null() ? "nothing" : write_scalar(value);
}

}  // namespace plexus
