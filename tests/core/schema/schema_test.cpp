#include "plexus/schema.hpp"

#include <doctest/doctest.h>

#include "core/program/yaml.hpp"

using namespace plexus;
using Form = AttributeSpec::Form;

namespace {

Schema conv2d() {
    Schema s(Kind::layer, "conv2d", "convolution");
    s.required("filters", Form::integer, "number of output channels").at_least(1);
    s.required("kernel_size", Form::pair, "rows and columns of the window").at_least(1);
    s.pair("strides", 1, "step").at_least(1);
    s.attribute("padding", "valid", "around the image").choices({"valid", "same"});
    s.attribute("rate", 0.5F, "dropped").at_least(0).below(1);
    s.attribute("use_bias", true, "bias");
    s.optional("sizes", Form::integers, "some").range(1, 8);
    s.optional("factors", Form::numbers, "some");
    s.optional("labels", Form::strings, "some");
    s.typed("kernel_initializer", Kind::initializer, "zeros", "first values");
    s.typed_or_number("learning_rate", Kind::schedule, "constant", 0.1, "rate");
    s.any("start", {}, "when");
    s.activation();
    return s;
}

/// Stands for the registry: knows every type, without attributes of its own but for `value`.
TypedValue resolve(const void*, Kind, const Value& written) {
    const bool is_map = written.is_map();
    Value values = is_map ? written.map().front().value : Value(Value::Map{});
    return {is_map ? written.map().front().name : written.string(), Attributes(values, {}, written.position),
            written.position};
}

constexpr std::array<std::string_view, 2> reserved{"name", "inputs"};

Attributes validate(const std::string& yaml) {
    return conv2d().validate(read_yaml(yaml, "a.yaml"), {"a.yaml", 9, 5, {}}, reserved, resolve, nullptr);
}

std::string refusal(const std::string& yaml) {
    try {
        (void)validate(yaml);
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

const std::string good = "filters: 3\nkernel_size: 3\n";

}  // namespace

TEST_CASE("schema: defaults are filled in, in the order of the declaration") {
    const Attributes a = validate("{kernel_size: [3, 5], filters: 8, name: c1}");
    CHECK(to_string(a.values()) ==
          "{filters: 8, kernel_size: [3, 5], strides: 1, padding: valid, rate: 0.5, use_bias: true, "
          "kernel_initializer: zeros, learning_rate: {constant: {value: 0.1}}}");
    CHECK(a.get<int>("filters") == 8);
    CHECK(a.get<std::size_t>("filters") == 8);
    CHECK(a.get<double>("filters") == 8);
    CHECK(a.get<std::array<std::int64_t, 2>>("kernel_size") == std::array<std::int64_t, 2>{3, 5});
    CHECK(a.get<std::array<std::int64_t, 2>>("strides") == std::array<std::int64_t, 2>{1, 1});
    CHECK(a.get<std::string>("padding") == "valid");
    CHECK(a.get<float>("rate") == 0.5F);
    CHECK(a.get<bool>("use_bias"));
    CHECK_FALSE(a.has("sizes"));
    CHECK_FALSE(a.has("activation"));
    CHECK(a.typed("kernel_initializer").type == "zeros");
    CHECK(a.typed("learning_rate").type == "constant");
    CHECK(a.typed("learning_rate").attributes.get<double>("value") == 0.1);
}

TEST_CASE("schema: lists and a plain number for a typed value are read") {
    const Attributes a = validate(good +
                                  "sizes: [1, 2]\nfactors: [1, 2.5]\nlabels: [a, b]\nlearning_rate: 3\n"
                                  "activation: {relu: {value: 1}}\nstart: {epoch: 6}\n");
    CHECK(a.get<std::vector<std::int64_t>>("sizes") == std::vector<std::int64_t>{1, 2});
    CHECK(a.get<std::vector<double>>("factors") == std::vector<double>{1, 2.5});
    CHECK(a.get<std::vector<std::string>>("labels") == std::vector<std::string>{"a", "b"});
    CHECK(a.typed("learning_rate").attributes.get<float>("value") == 3);
    CHECK(a.typed("activation").type == "relu");
    CHECK(to_string(a.raw("start")) == "{epoch: 6}");
    CHECK_FALSE(validate(good + "activation: null").has("activation"));
}

TEST_CASE("schema: each fault has its message") {
    const std::pair<std::string, std::string> cases[] = {
        {good + "filter: 3", "a.yaml:3:1: conv2d has no attribute 'filter'; did you mean 'filters'?"},
        {good + "nam: c", "a.yaml:3:1: conv2d has no attribute 'nam'; did you mean 'name'?"},
        {good + "colour: red",
         "a.yaml:3:1: conv2d has no attribute 'colour'; it has filters, kernel_size, strides, padding, rate, use_bias, "
         "sizes, factors, labels, kernel_initializer, ..."},
        {"kernel_size: 3", "a.yaml:9:5: conv2d wants 'filters', a whole number: number of output channels"},
        {"filters: 3",
         "a.yaml:9:5: conv2d wants 'kernel_size', one whole number or a pair of them: rows and columns of the window"},
        {"filters:", "a.yaml:1:1: conv2d 'filters' has no value; it must be a whole number"},
        {"filters: ten", "a.yaml:1:10: conv2d 'filters' must be a whole number, not 'ten'"},
        {"filters: 3.0", "a.yaml:1:10: conv2d 'filters' must be a whole number, not 3.0"},
        {"filters: 0x10", "a.yaml:1:10: conv2d 'filters' must be a whole number, not '0x10'"},
        {"filters: 0", "a.yaml:1:10: conv2d 'filters' is 0; it must be at least 1"},
        {"{filters: 1, kernel_size: [3, 0]}", "a.yaml:1:31: conv2d 'kernel_size' holds 0; each must be at least 1"},
        {"{filters: 1, kernel_size: [1, 2, 3]}",
         "a.yaml:1:27: conv2d 'kernel_size' must be one whole number or a pair of them, not a list"},
        {good + "rate: 1.5", "a.yaml:3:7: conv2d 'rate' is 1.5; it must be at least 0 and below 1"},
        {good + "rate: 1", "a.yaml:3:7: conv2d 'rate' is 1; it must be at least 0 and below 1"},
        {good + "rate: .nan", "a.yaml:3:7: conv2d 'rate' is .nan; it must be a finite number"},
        {good + "padding: sam", "a.yaml:3:10: conv2d 'padding' is 'sam'; did you mean 'same'?"},
        {good + "padding: circular", "a.yaml:3:10: conv2d 'padding' is 'circular'; it must be valid or same"},
        {good + "padding: 1", "a.yaml:3:10: conv2d 'padding' must be valid or same, not 1"},
        {good + "use_bias: yes", "a.yaml:3:11: conv2d 'use_bias' must be true or false, not 'yes'"},
        {good + "sizes: 3", "a.yaml:3:8: conv2d 'sizes' must be a list of whole numbers, not 3"},
        {good + "sizes: [3, a]", "a.yaml:3:12: conv2d 'sizes' must be a list of whole numbers; 'a' in it is none"},
        {good + "sizes: [3, 9]", "a.yaml:3:12: conv2d 'sizes' holds 9; each must be at least 1 and at most 8"},
        {good + "labels: [3]", "a.yaml:3:10: conv2d 'labels' must be a list of names; 3 in it is none"},
        {good + "learning_rate: true", "a.yaml:3:16: conv2d 'learning_rate' must be a schedule or a number, not true"},
        {good + "kernel_initializer: 0", "a.yaml:3:21: conv2d 'kernel_initializer' must be an initializer, not 0"},
        {good + "kernel_initializer:",
         "a.yaml:3:1: conv2d 'kernel_initializer' has no value; it must be an initializer"},
        {"[filters, 3]", "a.yaml:1:1: the attributes of 'conv2d' are written as {name: value}, not a list"},
    };
    for (const auto& [yaml, expected] : cases) {
        CAPTURE(yaml);
        CHECK(refusal(yaml) == expected);
    }
}

TEST_CASE("schema: what only the plugin can get wrong is no fault of the input") {
    const Attributes a = validate(good);
    CHECK_THROWS_WITH_AS((void)a.get<int>("nothing"),
                         "a.yaml:9:5: the plugin reads attribute 'nothing', which was neither given nor has a default",
                         RunError);
    CHECK_THROWS_WITH_AS((void)a.get<bool>("filters"),
                         "a.yaml:9:5: attribute 'filters' was declared as something other than true or false, as which "
                         "the plugin reads it",
                         RunError);
    Schema twice(Kind::layer, "twice", "");
    twice.attribute("a", 1, "");
    CHECK_THROWS_WITH_AS(twice.attribute("a", 2, ""), "the plugin declares attribute 'a' of twice twice", RunError);
}

TEST_CASE("schema: a number that is too large for its use is the input's fault") {
    const Attributes a = validate("{filters: 5000000000, kernel_size: 3}");
    CHECK(a.get<std::int64_t>("filters") == 5000000000);
    CHECK_THROWS_WITH_AS((void)a.get<int>("filters"),
                         "a.yaml:1:11: 'filters' is 5000000000; it must be at most 2147483647", InputError);
    CHECK(std::string(a.error("strides", "no").what()) == "a.yaml:9:5: no");
}

TEST_CASE("schema: a renamed type names renamed types") {
    Schema s = conv2d();
    s.prediction("softmax");
    s.rename("x_");
    CHECK(s.type() == "x_conv2d");
    CHECK(s.prediction() == "x_softmax");
    const Attributes a = s.validate(read_yaml(good, "a"), {}, {}, resolve, nullptr);
    CHECK(a.typed("kernel_initializer").type == "x_zeros");
    CHECK(a.typed("learning_rate").type == "x_constant");
}

TEST_CASE("schema: a float's default is the decimal that was written") {
    Schema s(Kind::layer, "dropout", "");
    s.attribute("rate", 0.1F, "");
    CHECK(to_string(s.attributes().front().default_value) == "0.1");
}
