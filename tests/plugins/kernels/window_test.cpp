#include <doctest/doctest.h>

#include <string>

#include "plugins/kernels/window.hpp"

namespace plexus::test {
namespace {

using kernels::Padding;
using kernels::Window;

Attributes with_padding(Value value) {
    Value all;
    all.set("padding", std::move(value));
    return {all, {}, Position{"a.yaml", 2, 7}};
}

/// Windows of size 3 on 7 rows, and of size 4 on 10 columns at every second place.
std::pair<Window, Window> padded(Value value) {
    Window rows{.extent = 7, .size = 3};
    Window columns{.extent = 10, .size = 4, .stride = 2};
    Padding{with_padding(std::move(value)), "padding"}.apply(rows, columns);
    return {rows, columns};
}

Value pair(Value a, Value b) {
    return Value::List{std::move(a), std::move(b)};
}

}  // namespace

TEST_CASE("padding: valid is none, a number is for all sides, lists name each side") {
    const auto [none, none_too] = padded("valid");
    CHECK(none.padded() == 7);
    CHECK(none_too.padded() == 10);
    const auto [rows, columns] = padded(2);
    CHECK(rows.before == 2);
    CHECK(columns.after == 2);
    const auto [down, across] = padded(pair(pair(1, 2), pair(3, 4)));
    CHECK(down.before == 1);
    CHECK(down.after == 2);
    CHECK(across.before == 3);
    CHECK(across.after == 4);
}

TEST_CASE("padding: of steps a list names left and right, and the one row gets none") {
    const auto steps = [](Value value) {
        std::pair<Window, Window> sides{{}, {.extent = 10, .size = 4, .stride = 2}};
        Padding{with_padding(std::move(value)), "padding", kernels::Along::steps}.apply(sides.first, sides.second);
        return sides;
    };
    for (const auto& [row, columns] : {steps(pair(3, 1)), steps(2), steps("same"), steps("valid")})
        CHECK(row.padded() == 1);
    CHECK(steps(pair(3, 1)).second.before == 3);
    CHECK(steps(pair(3, 1)).second.after == 1);
    CHECK(steps(2).second.before == 2);
    CHECK(steps("same").second.count() == 5);
    CHECK_THROWS_AS(steps(pair(pair(1, 2), pair(3, 4))), InputError);
    CHECK_THROWS_AS(padded(pair(3, 1)), InputError);
}

TEST_CASE("padding: same gives ceil(extent / stride) windows, the odd element at the end") {
    const auto [rows, columns] = padded("same");
    CHECK(rows.count() == 7);
    CHECK(rows.before == 1);
    CHECK(rows.after == 1);
    CHECK(columns.count() == 5);
    CHECK(columns.before == 1);
    CHECK(columns.after == 1);
    Window even{.extent = 6, .size = 2};
    Window large{.extent = 2, .size = 3, .stride = 4, .dilation = 3};
    Padding{with_padding("same"), "padding"}.apply(even, large);
    CHECK(even.count() == 6);
    CHECK(even.before == 0);
    CHECK(even.after == 1);
    CHECK(large.count() == 1);
    CHECK(large.before == 2);
    CHECK(large.after == 3);
}

TEST_CASE("padding: anything else is refused with its place and what it may be") {
    for (const Value& wrong : {Value{"full"}, Value{-1}, Value{1.5}, Value{true}, pair(1, 2),
                               pair(pair(1, -1), pair(0, 0)), Value{Value::List{pair(1, 1)}}, Value{}}) {
        const std::string text = to_string(wrong);
        CAPTURE(text);
        std::string message;
        try {
            (void)Padding(with_padding(wrong), "padding");
        } catch (const InputError& error) {
            message = error.what();
        }
        CHECK(message == "a.yaml:2:7: padding is " + text +
                             "; it may be valid, same, a whole number, or [[top, bottom], [left, right]]");
    }
}

TEST_CASE("window: counts what fits") {
    CHECK(Window{.extent = 28, .size = 3}.count() == 26);
    CHECK(Window{.extent = 7, .size = 3, .dilation = 3}.count() == 1);
    CHECK_FALSE(Window{.extent = 6, .size = 3, .dilation = 3}.fits());
    CHECK(Window{.extent = 5, .size = 2, .stride = 2}.count() == 2);
}

}  // namespace plexus::test
