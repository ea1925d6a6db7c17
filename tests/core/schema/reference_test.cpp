#include "core/schema/reference.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/schema/json_schema.hpp"

using namespace plexus;
using Form = AttributeSpec::Form;

namespace {

Schema dense() {
    Schema s(Kind::layer, "dense", "Matrix product.");
    s.required("units", Form::integer, "size of the output").at_least(1);
    s.attribute("rate", 0.5, "a | b").at_least(0).below(1);
    s.typed_or_number("scale", Kind::schedule, "constant", {}, "of the output");
    s.formula("y = x w + b").shapes("x  [N, F]\ny  [N, units]");
    return s;
}

}  // namespace

TEST_CASE("reference: a page says all that the schema says") {
    CHECK(reference_page(dense()) ==
          "# dense\n"
          "\n"
          "Kind: layer. Matrix product.\n"
          "\n"
          "    y = x w + b\n"
          "\n"
          "Shapes:\n"
          "\n"
          "    x  [N, F]\n"
          "    y  [N, units]\n"
          "\n"
          "Inputs: 1.\n"
          "\n"
          "| attribute | form | default | meaning |\n"
          "|---|---|---|---|\n"
          "| `units` | a whole number, at least 1 | required | size of the output |\n"
          "| `rate` | a number, at least 0 and below 1 | `0.5` | a \\| b |\n"
          "| `scale` | a schedule or a number | none | of the output |\n"
          "\n"
          "```\n"
          "dense: {units: 10}\n"
          "```\n");
}

TEST_CASE("reference: a type without attributes, inputs without limit, endings of files") {
    Schema add(Kind::layer, "add", "Sum.");
    add.inputs(2, Schema::unlimited);
    CHECK(reference_page(add) ==
          "# add\n\nKind: layer. Sum.\n\nInputs: at least 2.\n\nNo attributes.\n\n```\nadd\n```\n");
    Schema distance(Kind::loss, "distance", "From a target.");
    distance.inputs(2, 2).optional("target", AttributeSpec::Form::number, "of all values").replaces_input();
    CHECK(reference_page(distance).find("\nInputs: 2; one less with `target`.\n") != std::string::npos);
    Schema png(Kind::format, "png", "Images.");
    png.extensions({"png", "apng"});
    CHECK(reference_page(png) ==
          "# png\n\nKind: format. Images.\n\nFiles: .png .apng\n\nNo attributes.\n\n```\npng\n```\n");
}

TEST_CASE("reference: an example value lies in its range") {
    Schema s(Kind::layer, "t", "");
    s.required("low", Form::number, "").range(0, 1);
    s.required("high", Form::integer, "").at_least(100);
    s.required("pair", Form::pair, "");
    s.required("choice", Form::string, "").choices({"a", "b"});
    s.required("list", Form::integers, "").at_least(1);
    CHECK(example_use(s) == "t: {low: 1.0, high: 101, pair: 10, choice: a, list: [10]}");
}

TEST_CASE("JSON schema: a type is its name, or a map of its attributes") {
    const Schema layer = dense();
    Schema flat(Kind::layer, "flatten", "One dimension.");
    Schema program(Kind::model, "program", "all");
    program.any("network", {}, "nodes").any("train", {}, "how");
    Schema train(Kind::model, "train", "how");
    train.attribute("epochs", 1, "passes").at_least(1);
    const std::pair<std::string, const Schema*> sections[] = {{"", &program}, {"train", &train}};
    const Schema* types[] = {&layer, &flat};
    const auto json = nlohmann::json::parse(json_schema(sections, types));
    CHECK(json["properties"]["train"]["properties"]["epochs"]["minimum"] == 1);
    CHECK(json["properties"]["train"]["additionalProperties"] == false);
    CHECK(json["properties"]["network"]["anyOf"][0]["items"]["$ref"] == "#/definitions/node");
    const auto& node = json["definitions"]["node"]["anyOf"];
    CHECK(node[0]["enum"] == nlohmann::json{"flatten"});
    const auto& attributes = node[1]["properties"]["dense"];
    CHECK(attributes["required"] == nlohmann::json{"units"});
    CHECK(attributes["properties"]["units"]["type"] == "integer");
    CHECK(attributes["properties"]["rate"]["exclusiveMaximum"] == 1);
    CHECK(attributes["properties"]["rate"]["default"] == 0.5);
    CHECK(attributes["properties"].contains("inputs"));
    CHECK(node[1]["properties"]["block"]["properties"]["nodes"]["items"]["$ref"] == "#/definitions/node");
    CHECK(json["definitions"].contains("schedule"));
}
