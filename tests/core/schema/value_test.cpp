#include "plexus/value.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "core/schema/scalar.hpp"
#include "core/schema/typed_text.hpp"

using namespace plexus;

namespace {

Value word(const char* text) {
    return read_scalar(text, {"a.yaml", 3, 7, {}});
}

template <class F>
std::string message(F f) {
    try {
        (void)f();
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

Value map(const char* name, Value value) {
    Value result;
    result.set(name, std::move(value));
    return result;
}

}  // namespace

TEST_CASE("value: whole numbers are decimal") {
    CHECK(word("010").integer() == 10);
    CHECK(word("-3").integer() == -3);
    CHECK(word("+3").integer() == 3);
    CHECK(word("9223372036854775807").integer() == std::numeric_limits<std::int64_t>::max());
    for (const char* text : {"0x10", "0o17", "1_000", "1:30", "12abc", "-", "+", ".", "1e", "inf", "nan", "-inf"})
        CHECK_MESSAGE(word(text).is_string(), text);
}

TEST_CASE("value: numbers with a point or an exponent are no whole numbers") {
    for (const char* text : {"3.0", "1e3", ".5", "5.", "-1.5E-3", "+.5", ".inf", "-.inf"}) {
        CAPTURE(text);
        CHECK(word(text).is_number());
        CHECK_FALSE(word(text).is_integer());
    }
    CHECK(word("1e3").number() == 1000);
    CHECK(std::isnan(word(".nan").number()));
    CHECK(word("7").number() == 7);
}

TEST_CASE("value: a number that does not fit is refused") {
    CHECK(message([] { return word("9223372036854775808"); }) ==
          "a.yaml:3:7: 9223372036854775808 does not fit into 64 bits; write it as 9223372036854775808.0, or in quotes");
    CHECK(message([] { return word("1e999"); }) == "a.yaml:3:7: 1e999 does not fit into a number of double precision");
}

TEST_CASE("value: truth values and nothing have YAML 1.2's spellings; yes and no are text") {
    CHECK(word("true").boolean());
    CHECK_FALSE(word("False").boolean());
    for (const char* text : {"", "~", "null", "Null"})
        CHECK_MESSAGE(word(text).is_null(), text);
    for (const char* text : {"yes", "no", "on", "off", "tRUE"})
        CHECK_MESSAGE(word(text).is_string(), text);
}

TEST_CASE("value: what is written is read back as the same") {
    for (const double number : {0.1, 1.0, -0.0, 1e-8, 1e300, 3.0, 0.30000000000000004, 5e-324, 0.00392156862745098}) {
        CAPTURE(number);
        const Value read = read_scalar(write_number(number), {});
        CHECK_FALSE(read.is_integer());
        CHECK(std::signbit(read.number()) == std::signbit(number));
        CHECK(read.number() == number);
    }
    CHECK(write_number(3) == "3.0");
    CHECK(write_number(0.1) == "0.1");
    CHECK(write_text("relu") == "relu");
    CHECK(write_text("two words") == "two words");
    for (const char* text : {"yes", "12", "1e3", "", "a: b", "#", "- a", "true", "a ", "..."})
        CHECK_MESSAGE(write_text(text) == "'" + std::string(text) + "'", text);
    CHECK(write_text("it's \"a\"\n\x01") == "\"it's \\\"a\\\"\\n\\x01\"");
    CHECK(write_text("\xc3\xa9") == "\"\xc3\xa9\"");
}

TEST_CASE("value: content of another kind is refused with the position") {
    Value value = word("ten");
    CHECK(message([&] { return value.integer(); }) == "a.yaml:3:7: this must be a whole number, not 'ten'");
    CHECK(message([&] { return value.map(); }) == "a.yaml:3:7: this must be a map, not 'ten'");
    CHECK(message([&] { return word("3").string(); }) == "a.yaml:3:7: this must be text, not 3");
    CHECK(message([&] { return word("").boolean(); }) == "a.yaml:3:7: this must be true or false, not nothing");
    CHECK(message([&] { return word("2.5").integer(); }) == "a.yaml:3:7: this must be a whole number, not 2.5");
}

TEST_CASE("value: a map keeps its order, and equality looks at content only") {
    Value a;
    a.set("units", 10).position = {"a.yaml", 1, 2, {}};
    a.set("activation", "relu");
    a.set("sizes", Value::List{1, 2.5, Value()});
    CHECK(to_string(a) == "{units: 10, activation: relu, sizes: [1, 2.5, null]}");
    Value b = a;
    CHECK(a == b);
    b.find("units")->position = {};
    CHECK(a == b);
    b.set("units", 10.0);
    CHECK_FALSE(a == b);
    CHECK(b.find("nothing") == nullptr);
    CHECK(b.find("units")->find("inner") == nullptr);
}

TEST_CASE("value: a typed value is a name, or a map of one name") {
    CHECK(*split_typed(Value("relu"), "layer").type == "relu");
    const Value dense = map("dense", map("units", 3));
    CHECK(*split_typed(dense, "layer").type == "dense");
    CHECK(split_typed(dense, "layer").attributes->find("units")->integer() == 3);
    CHECK(message([] { return split_typed(Value(3), "layer"); }) ==
          "a layer is written as name or {name: {...}}; this is 3");
    CHECK(message([] { return split_typed(Value(Value::Map{}), "loss"); }) ==
          "a loss is written as name or {name: {...}}; this is an empty map");
    CHECK(message([] { return split_typed(map("dense", 3), "layer"); }) ==
          "the attributes of 'dense' are written as {name: value}, not 3");
    Value two = dense;
    two.set("name", "fc1");
    CHECK(message([&] { return split_typed(two, "layer"); }) ==
          "'name' stands beside 'dense', not inside of it: write dense: {name: fc1, ...}");
    Value flat = map("dense", {});
    flat.set("units", 3);
    CHECK(message([&] { return split_typed(flat, "layer"); }) ==
          "'units' stands beside 'dense', not inside of it: write dense: {units: 3}");
}
