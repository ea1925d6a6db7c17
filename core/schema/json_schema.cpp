#include "core/schema/json_schema.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "core/schema/scalar.hpp"

namespace plexus {

namespace {

using Json = nlohmann::ordered_json;
using Form = AttributeSpec::Form;

Json from_value(const Value& value) {
    if (value.is_bool())
        return value.boolean();
    if (value.is_integer())
        return value.integer();
    if (value.is_number())
        return value.number();
    if (value.is_string())
        return value.string();
    Json json = value.is_list() ? Json::array() : value.is_map() ? Json::object() : Json();
    if (value.is_list())
        for (const Value& item : value.list())
            json.push_back(from_value(item));
    if (value.is_map())
        for (const Member& member : value.map())
            json[member.name] = from_value(member.value);
    return json;
}

/// Definitions are named by kind, and types by kind and name.
std::string kind_name(Kind kind) {
    return kind == Kind::dataset ? "dataset" : std::string(to_string(kind));
}
Json reference(const std::string& definition) {
    return {{"$ref", "#/definitions/" + definition}};
}

Json number(const AttributeSpec& spec, const char* type) {
    Json json{{"type", type}};
    if (std::isfinite(spec.minimum))
        json[spec.above_minimum ? "exclusiveMinimum" : "minimum"] = spec.minimum;
    if (std::isfinite(spec.maximum))
        json[spec.below_maximum ? "exclusiveMaximum" : "maximum"] = spec.maximum;
    return json;
}

Json list_of(Json items) {
    return {{"type", "array"}, {"items", std::move(items)}};
}

Json form(const AttributeSpec& spec) {
    switch (spec.form) {
        case Form::boolean:
            return {{"type", "boolean"}};
        case Form::integer:
            return number(spec, "integer");
        case Form::number:
            return number(spec, "number");
        case Form::string: {
            Json json{{"type", "string"}};
            if (!spec.choices.empty())
                json["enum"] = spec.choices;
            return json;
        }
        case Form::pair: {
            Json both = list_of(number(spec, "integer"));
            both["minItems"] = both["maxItems"] = 2;
            return {{"anyOf", {number(spec, "integer"), std::move(both)}}};
        }
        case Form::integers:
            return list_of(number(spec, "integer"));
        case Form::numbers:
            return list_of(number(spec, "number"));
        case Form::strings:
            // Classes may be written as numbers; and an editor had better say too little than what is not true.
            return list_of({{"type", {"string", "integer", "boolean"}}});
        case Form::typed: {
            Json json = reference(kind_name(spec.kind));
            if (!spec.shorthand.empty())
                json = {{"anyOf", {number(spec, "number"), std::move(json)}}};
            return json;
        }
        case Form::network: {
            Json nodes = list_of(reference("node"));
            nodes["minItems"] = 1;
            return {{"anyOf", {reference("node"), std::move(nodes)}}};
        }
        case Form::references:
            return {{"anyOf",
                     {{{"type", "string"}}, {{"type", "object"}, {"additionalProperties", {{"type", "string"}}}}}}};
        case Form::any:
            break;
    }
    return Json::object();
}

/// Draft 7 ignores what stands beside a $ref, so help and default go around it.
Json described(const AttributeSpec& spec, Json content) {
    const bool is_optional = !spec.required && spec.default_value.is_null();
    if (is_optional && !content.empty())
        content = {{"anyOf", {std::move(content), {{"type", "null"}}}}};
    else if (content.contains("$ref"))
        content = {{"allOf", {std::move(content)}}};
    content["description"] = spec.help;
    if (!spec.default_value.is_null())
        content["default"] = from_value(spec.default_value);
    return content;
}

Json object(const Schema& schema) {
    Json properties = Json::object();
    Json required = Json::array();
    for (const AttributeSpec& spec : schema.attributes()) {
        properties[spec.name] = described(spec, form(spec));
        if (spec.required)
            required.push_back(spec.name);
    }
    Json json{{"type", "object"}, {"description", schema.help()}, {"properties", std::move(properties)}};
    if (!required.empty())
        json["required"] = std::move(required);
    json["additionalProperties"] = false;
    return json;
}

/// `name` or `{name: {attributes}}` of one kind.
struct Uses {
    Json plain = Json::array();  ///< names of types that want no attribute
    Json members = Json::object();

    void add(const std::string& type, Json attributes) {
        if (!attributes.contains("required")) {
            plain.push_back(type);
            attributes["type"] = {"object", "null"};
        }
        members[type] = std::move(attributes);
    }
    [[nodiscard]] Json json() const {
        Json choices = Json::array();
        if (!plain.empty())
            choices.push_back({{"enum", plain}});
        choices.push_back({{"type", "object"},
                           {"properties", members},
                           {"additionalProperties", false},
                           {"minProperties", 1},
                           {"maxProperties", 1}});
        return {{"anyOf", std::move(choices)}};
    }
};

Json names() {
    const Json name{{"type", "string"}};
    Json list = list_of(name);
    list["minItems"] = 1;
    return {{"anyOf", {name, std::move(list)}}, {"description", "nodes or tensors of the data that are read"}};
}

Json with_reserved(Json attributes, bool may_repeat) {
    attributes["properties"]["name"] = {{"type", "string"}, {"description", "by which others refer to it"}};
    attributes["properties"]["inputs"] = names();
    if (may_repeat)
        attributes["properties"]["repeat"] = {
            {"type", "integer"}, {"minimum", 1}, {"description", "how often, in a row"}};
    return attributes;
}

Json with_weight(Json loss) {
    loss["properties"]["weight"] = {
        {"type", "number"}, {"description", "how much it counts in a sum of losses"}, {"default", 1}};
    return loss;
}

/// In a phase the names of networks are types, which no schema can know.
Json calls() {
    Json call{{"type", "object"}, {"minProperties", 1}, {"maxProperties", 1}};
    return list_of({{"anyOf", {reference("node"), {{"type", "string"}}, std::move(call)}}});
}

/// What a section is in the program: itself, or one of a list, or one of a list with a name.
Json in_place(const std::string& path, const std::string& help, Json section) {
    if (path != "phases" && path != "warnings")
        return section;
    if (path == "phases")
        section = {{"type", "object"},
                   {"minProperties", 1},
                   {"maxProperties", 1},
                   {"additionalProperties", std::move(section)}};
    Json list = list_of(std::move(section));
    list["description"] = help;
    return list;
}

Json block() {
    Json json{{"type", "object"},
              {"description", "a group of nodes"},
              {"properties", {{"nodes", list_of(reference("node"))}}},
              {"required", {"nodes"}},
              {"additionalProperties", false}};
    return with_reserved(std::move(json), true);
}

}  // namespace

std::string json_schema(std::span<const std::pair<std::string, const Schema*>> sections,
                        std::span<const Schema* const> types) {
    // Every kind has a definition, also one without types, for attributes refer to it.
    std::map<std::string, Uses> kinds;
    for (int kind = 0; kind <= static_cast<int>(Kind::model); ++kind)
        kinds[kind_name(static_cast<Kind>(kind))];
    Uses nodes;
    Uses losses;
    Uses metrics;
    for (const Schema* type : types) {
        kinds[kind_name(type->kind())].add(type->type(), object(*type));
        if (type->kind() == Kind::layer || type->kind() == Kind::model)
            nodes.add(type->type(), with_reserved(object(*type), true));
        else if (type->kind() == Kind::loss)
            losses.add(type->type(), with_weight(with_reserved(object(*type), false)));
        else if (type->kind() == Kind::metric)
            metrics.add(type->type(), with_reserved(object(*type), false));
    }
    nodes.add("block", block());

    Json definitions = Json::object();
    for (const auto& [kind, uses] : kinds)
        definitions[kind] = uses.json();
    definitions["loss"] = losses.json();
    definitions["metric"] = metrics.json();
    definitions["node"] = nodes.json();

    Json root = Json::object();
    const Json losses_of_a_phase{{"anyOf", {reference("loss"), list_of(reference("loss"))}}};
    const std::map<std::string, Json> lists{
        {"network", list_of(reference("node"))},
        {"networks", {{"type", "object"}, {"additionalProperties", list_of(reference("node"))}}},
        {"metrics", list_of(reference("metric"))},
        {"loss", losses_of_a_phase},
        {"model", reference("model")},
        {"phases.nodes", calls()},
        {"phases.metrics", list_of(reference("metric"))},
        {"phases.loss", losses_of_a_phase}};
    // Longer paths first: a section then finds what it holds.
    std::map<std::string, Json, std::greater<>> made;
    std::vector<std::pair<std::string, const Schema*>> sorted(sections.begin(), sections.end());
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    for (const auto& [path, schema] : sorted) {
        Json json = object(*schema);
        for (const AttributeSpec& spec : schema->attributes()) {
            const std::string place = path.empty() ? spec.name : path + "." + spec.name;
            const auto inner = made.find(place);
            if (inner != made.end())
                json["properties"][spec.name] = in_place(place, spec.help, inner->second);
            else if (const auto list = lists.find(place); list != lists.end())
                json["properties"][spec.name] = described(spec, list->second);
        }
        made[path] = std::move(json);
    }
    root["$schema"] = "http://json-schema.org/draft-07/schema#";
    root["title"] = "A Plexus program";
    root.update(made[""]);
    root["definitions"] = std::move(definitions);
    return root.dump(2) + "\n";
}

}  // namespace plexus
