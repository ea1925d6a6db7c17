#include "core/plugin/types.hpp"

#include <doctest/doctest.h>

#include "plexus/error.hpp"
#include "tests/core/plugin/fixtures.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

Value at(Value value, int line, int column) {
    value.position = {"a.yaml", line, column};
    return value;
}

// {type: {name: value}}, all of it at a.yaml:3:5.
Value use(const std::string& type, const std::string& name, const Value& value) {
    Value attributes = at(Value{Value::Map{}}, 3, 5);
    attributes.set(name, at(value, 3, 5));
    Value whole = at(Value{Value::Map{}}, 3, 5);
    whole.set(type, std::move(attributes));
    whole.map()[0].position = {"a.yaml", 3, 5};
    return whole;
}

struct Loaded {
    explicit Loaded(const std::string& prefix = "")
        : environment(
              Environment::Options{.plugins = {fixture("echo")}, .search_shipped = false, .rename_prefix = prefix}) {}
    const Types& types() { return environment.types(); }
    Environment environment;
};

std::string thrown_by(const Types& types, const std::string& what) {
    const TypedValue value = types.resolve(Kind::layer, use("thrower", "what", what));
    const auto factory = types.factory(".");
    try {
        (void)types.layer(Kind::layer, value, *factory);
    } catch (const InputError& error) {
        return std::string{"input: "} + error.what();
    } catch (const RunError& error) {
        return std::string{"run: "} + error.what();
    } catch (const Error& error) {
        return std::string{"error: "} + error.what();
    }
    return "nothing";
}

std::string refusal_of(const Types& types, Kind kind, const Value& written,
                       std::vector<std::string_view> reserved = {}) {
    try {
        (void)types.resolve(kind, written, reserved);
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("types: a name, or a name with attributes, is a use of a type") {
    Loaded loaded;
    const TypedValue plain = loaded.types().resolve(Kind::layer, at("echo", 3, 5));
    CHECK(plain.type == "echo");
    CHECK(plain.attributes.get<float>("gain") == 1.0F);
    CHECK(to_string(plain.position) == "a.yaml:3:5");
    const TypedValue louder = loaded.types().resolve(Kind::layer, use("echo", "gain", 3));
    CHECK(louder.attributes.get<float>("gain") == 3.0F);

    CHECK(refusal_of(loaded.types(), Kind::layer, at(3, 1, 2)) ==
          "a.yaml:1:2: expected a layer: a name, or {name: {attributes}}; this is 3");
    CHECK(refusal_of(loaded.types(), Kind::layer, at(Value{Value::Map{}}, 1, 2)) ==
          "a.yaml:1:2: expected a layer: a name, or {name: {attributes}}; this map is empty");
}

TEST_CASE("types: a member beside the type is told where it belongs") {
    Loaded loaded;
    Value written = use("echo", "gain", 3);
    written.set("name", "first");
    written.map()[1].position = {"a.yaml", 4, 5};
    CHECK(refusal_of(loaded.types(), Kind::layer, written, {"name"}) ==
          "a.yaml:4:5: 'name' belongs to the attributes of 'echo': {echo: {name: first, ...}}");
    CHECK(refusal_of(loaded.types(), Kind::layer, written) ==
          "a.yaml:4:5: expected one layer: {name: {attributes}}; this map has 2: 'echo' and 'name'");
}

TEST_CASE("types: an unknown name is answered with the nearest, where was searched, and what was skipped") {
    std::filesystem::remove_all("unknown");
    written("unknown", "a.so", bytes_of(fixture("echo")));
    const auto script = written("unknown", "b.so", "no library");
    const Environment environment = searching("unknown");
    const std::string folder = script.parent_path().string();
    const std::string searched =
        "\n  searched " + folder + "\n  skipped  " + script.string() + ": is not a plugin: not an ELF file";
    CHECK(refusal_of(environment.types(), Kind::layer, at("ecko", 7, 5)) ==
          "a.yaml:7:5: there is no layer 'ecko'; did you mean 'echo'?" + searched);
    CHECK(refusal_of(environment.types(), Kind::layer, at("conv2d", 7, 5)) ==
          "a.yaml:7:5: there is no layer 'conv2d'; known are echo, scan, thrower, time_distributed" + searched);
    CHECK(refusal_of(environment.types(), Kind::layer, at("steady", 7, 5)) ==
          "a.yaml:7:5: there is no layer 'steady'; 'steady' is of the kind schedule" + searched);
}

TEST_CASE("types: every public exception crosses the library's border as what it is, with a place") {
    Loaded loaded;
    CHECK(thrown_by(loaded.types(), "error") == "run: a.yaml:3:5: thrower: an error");
    CHECK(thrown_by(loaded.types(), "input") == "input: a.yaml:3:5: thrower: an input error");
    CHECK(thrown_by(loaded.types(), "attribute").starts_with("input: a.yaml:3:5: "));
    CHECK(thrown_by(loaded.types(), "run") == "run: a.yaml:3:5: thrower: a run error");
    CHECK(thrown_by(loaded.types(), "other") == "run: a.yaml:3:5: thrower: a standard error");
}

TEST_CASE("types: every kind is made") {
    Loaded loaded;
    const Types& types = loaded.types();
    const auto factory = types.factory("/data");
    CHECK(types.layer(Kind::layer, types.resolve(Kind::layer, "echo"), *factory) != nullptr);
    CHECK(types.schedule(types.resolve(Kind::schedule, "steady"), *factory)->value({}) == 1.0);
    CHECK(types.optimizer(types.resolve(Kind::optimizer, "plain"), *factory)->learning_rate({}) == 0.5);
    float value = 0;
    types.initializer(types.resolve(Kind::initializer, "sevens"), *factory)->fill({&value, 1}, Shape{1}, {});
    CHECK(value == 7);
    const auto dataset = types.dataset(types.resolve(Kind::dataset, use("samples", "file", "x/../y.raw")), *factory);
    CHECK(dataset->size() == 3);
    CHECK(dataset->classes() == std::vector<std::string>{"/data/y.raw"});
    CHECK(types.all(Kind::layer).size() == 2 + 2);  // two of the core's
    CHECK(types.all(Kind::metric).empty());
    CHECK(types.find(Kind::layer, "steady") == nullptr);
}

TEST_CASE("types: a format is found by the ending of a file's name") {
    Loaded loaded;
    const auto factory = loaded.types().factory(".");
    const Format& bytes = factory->format_named("bytes");
    CHECK(&factory->format("a.raw") == &bytes);
    CHECK(&factory->format("a.b/c.TAR.Raw") == &bytes);
    CHECK_FALSE(factory->has_format("raw"));
    CHECK_THROWS_WITH_AS((void)factory->format("a.txt"),
                         "a.txt: no format reads files of this name; known endings are raw, tar.raw", InputError);
    CHECK_THROWS_WITH_AS((void)factory->format_named("byte"), "there is no format 'byte'; did you mean 'bytes'?",
                         InputError);
}

TEST_CASE("types: everything works under other names") {
    Loaded loaded{"x_"};
    const Types& types = loaded.types();
    CHECK(types.find(Kind::layer, "echo") == nullptr);
    CHECK(types.find(Kind::layer, "x_echo") != nullptr);
    const auto factory = types.factory("/data");
    CHECK(types.optimizer(types.resolve(Kind::optimizer, "x_plain"), *factory)->learning_rate({}) == 0.5);
    CHECK(types.dataset(types.resolve(Kind::dataset, use("x_samples", "file", "y")), *factory)->size() == 3);
    // "flatten" is no type of this plugin, so nothing is known of its name.
    CHECK(to_string(types.expand_model(types.resolve(Kind::model, "x_twice"))) ==
          "{network: [x_echo, {x_echo: {gain: 2.0}}, flatten]}");
    CHECK(to_string(types.expand_model(types.resolve(Kind::model, "x_thrice"))) ==
          "{network: [x_twice, {x_twice: {}}, x_echo]}");
}
