#include "padding.hpp"

#include "plexus/text.hpp"

namespace plexus::resampling {
namespace {

constexpr std::int64_t most = 1 << 16;

bool is_side(const Value& value) {
    return value.is_integer() && value.integer() >= 0 && value.integer() <= most;
}

/// One number for both sides, or two.
bool read_sides(const Value& value, std::array<std::int64_t, 2>& sides) {
    if (is_side(value)) {
        sides.fill(value.integer());
        return true;
    }
    if (!value.is_list() || value.list().size() != 2 || !is_side(value.list()[0]) || !is_side(value.list()[1]))
        return false;
    sides = {value.list()[0].integer(), value.list()[1].integer()};
    return true;
}

}  // namespace

Padding read_padding(const Attributes& a) {
    const Value& written = a.raw("padding");
    Padding padding{};
    if (is_side(written)) {
        for (auto& sides : padding)
            sides.fill(written.integer());
        return padding;
    }
    const bool two = written.is_list() && written.list().size() == 2;
    if (!two || !read_sides(written.list()[0], padding[0]) || !read_sides(written.list()[1], padding[1]))
        throw a.error("padding",
                      text("'padding' is ", to_string(written),
                           "; it may be a whole number, [rows, columns], or [[top, bottom], [left, right]]"));
    return padding;
}

void declare_padding(Schema& schema) {
    schema.any("padding", Value{std::int64_t{1}},
               "places added on each side: a number, [rows, columns], or [[top, bottom], [left, right]]");
}

}  // namespace plexus::resampling
