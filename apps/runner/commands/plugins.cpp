// runner plugins: what there is to build graphs of, from which files, and the reference of one type.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "apps/runner/commands/commands.hpp"
#include "apps/runner/commands/reference.hpp"
#include "apps/runner/options/arguments.hpp"
#include "apps/runner/terminal/print.hpp"
#include "apps/runner/terminal/quantity.hpp"
#include "apps/runner/terminal/table.hpp"
#include "apps/runner/terminal/terminal.hpp"
#include "plexus/analysis.hpp"
#include "plexus/error.hpp"
#include "plexus/nearest.hpp"
#include "plexus/text.hpp"

namespace runner {
namespace {

using nlohmann::ordered_json;
using plexus::AttributeSpec;
using plexus::Environment;
using plexus::Kind;
using plexus::Schema;

ordered_json as_json(const plexus::Value& value) {
    if (value.is_bool())
        return value.boolean();
    if (value.is_integer())
        return value.integer();
    if (value.is_number())
        return value.number();
    if (value.is_string())
        return value.string();
    ordered_json result;
    if (value.is_list())
        for (const plexus::Value& item : value.list())
            result.push_back(as_json(item));
    if (value.is_map())
        for (const plexus::Member& member : value.map())
            result[member.name] = as_json(member.value);
    return result;
}

std::string form_name(AttributeSpec::Form form) {
    switch (form) {
        case AttributeSpec::Form::boolean:
            return "boolean";
        case AttributeSpec::Form::integer:
            return "integer";
        case AttributeSpec::Form::number:
            return "number";
        case AttributeSpec::Form::string:
            return "string";
        case AttributeSpec::Form::pair:
            return "pair";
        case AttributeSpec::Form::integers:
            return "integers";
        case AttributeSpec::Form::numbers:
            return "numbers";
        case AttributeSpec::Form::strings:
            return "strings";
        case AttributeSpec::Form::typed:
            return "typed";
        case AttributeSpec::Form::any:
            return "any";
        case AttributeSpec::Form::network:
            return "network";
        case AttributeSpec::Form::references:
            return "references";
    }
    return {};
}

ordered_json as_json(const AttributeSpec& spec) {
    ordered_json result{
        {"name", spec.name}, {"form", form_name(spec.form)}, {"required", spec.required}, {"help", spec.help}};
    if (!spec.default_value.is_null())
        result["default"] = as_json(spec.default_value);
    if (std::isfinite(spec.minimum))
        result[spec.above_minimum ? "above" : "minimum"] = spec.minimum;
    if (std::isfinite(spec.maximum))
        result[spec.below_maximum ? "below" : "maximum"] = spec.maximum;
    if (!spec.choices.empty())
        result["choices"] = spec.choices;
    if (spec.form == AttributeSpec::Form::typed)
        result["kind"] = to_string(spec.kind);
    return result;
}

ordered_json as_json(const Environment& environment, const Schema& schema) {
    ordered_json attributes = ordered_json::array();
    for (const AttributeSpec& spec : schema.attributes())
        attributes.push_back(as_json(spec));
    return {{"kind", to_string(schema.kind())},
            {"type", schema.type()},
            {"help", schema.help()},
            {"library", origin_of(environment, schema.kind(), schema.type())},
            {"formula", schema.formula()},
            {"surrogate_gradient", schema.surrogate_gradient()},
            {"shapes", schema.shapes()},
            {"attributes", std::move(attributes)}};
}

ordered_json list_as_json(const Environment& environment) {
    ordered_json types = ordered_json::array(), libraries = types, skipped = types, searched = types;
    for (const Kind kind : all_kinds)
        for (const Schema* schema : types_of(environment, kind))
            types.push_back({{"kind", to_string(kind)},
                             {"type", schema->type()},
                             {"help", schema->help()},
                             {"library", origin_of(environment, kind, schema->type())}});
    for (const Environment::PluginInfo& plugin : environment.plugins())
        libraries.push_back({{"name", plugin.name}, {"version", plugin.version}, {"file", plugin.path.string()}});
    for (const Environment::Skipped& skip : environment.skipped())
        skipped.push_back({{"file", skip.path.string()}, {"reason", skip.reason}});
    for (const std::filesystem::path& folder : environment.directories())
        searched.push_back(folder.string());
    return {{"types", std::move(types)},
            {"plugins", std::move(libraries)},
            {"skipped", std::move(skipped)},
            {"searched", std::move(searched)}};
}

std::string list_as_text(const Environment& environment) {
    std::string text;
    for (const Kind kind : all_kinds) {
        const std::vector<const Schema*> schemas = types_of(environment, kind);
        if (schemas.empty())
            continue;
        Table table{{{""}, {""}, {""}}};
        for (const Schema* schema : schemas)
            table.row({schema->type(), schema->help(),
                       std::filesystem::path{origin_of(environment, kind, schema->type())}.filename().string()});
        text += bold(stdout, to_string(kind)) + "\n" + table.text(2) + "\n";
    }
    text += counted(environment.plugins().size(), "plugin") + " loaded; searched:\n";
    for (const std::filesystem::path& folder : environment.directories())
        text += "  " + printable(folder.string()) + "\n";
    if (!environment.skipped().empty())
        text += "skipped:\n";
    for (const Environment::Skipped& skip : environment.skipped())
        text += printable(fmt::format("  {} {}", skip.path.string(), skip.reason)) + "\n";
    return text;
}

std::vector<const Schema*> find(const Environment& environment, const std::string& type) {
    std::vector<const Schema*> found;
    std::vector<std::string> names;
    for (const Kind kind : all_kinds)
        for (const Schema* schema : types_of(environment, kind)) {
            names.push_back(schema->type());
            if (schema->type() == type)
                found.push_back(schema);
        }
    if (!found.empty())
        return found;
    std::string message = plexus::text("there is no type '", type, "'", plexus::suggestion(type, names, "there are"));
    for (const Environment::Skipped& skip : environment.skipped())
        message += plexus::text("\nskipped: ", skip.path.string(), " ", skip.reason);
    throw plexus::InputError(message);
}

int write_pages(const Arguments& arguments, const Environment& environment) {
    if (!arguments.inputs().empty())
        throw plexus::InputError("--reference writes the pages of all types; leave out '" + arguments.inputs().front() +
                                 "'");
    const std::filesystem::path folder = arguments.value("reference");
    const std::size_t count = write_reference(environment, folder);
    if (arguments.json())
        print_json({{"folder", folder.string()}, {"types", count}});
    if (!arguments.quiet())
        note("wrote " + counted(count, "page") + " and README.md into " + folder.string() + "\n");
    return 0;
}

int run(const Arguments& arguments) {
    const Environment environment{arguments.environment()};
    if (arguments.has("reference"))
        return write_pages(arguments, environment);
    if (arguments.has("graph-schema")) {
        print(graph_schema(environment));
        return 0;
    }
    if (arguments.inputs().empty()) {
        if (arguments.json())
            print_json(list_as_json(environment));
        else
            print(list_as_text(environment));
        return 0;
    }
    const std::vector<const Schema*> schemas = find(environment, arguments.inputs().front());
    if (arguments.json()) {
        // One name may be a layer and a schedule.
        ordered_json list = ordered_json::array();
        for (const Schema* schema : schemas)
            list.push_back(as_json(environment, *schema));
        print_json(list.size() == 1 ? list.front() : list);
        return 0;
    }
    for (const Schema* schema : schemas)
        print(plexus::text(schema == schemas.front() ? "" : "\n", reference_page(*schema), "\nregistered by ",
                           printable(origin_of(environment, schema->kind(), schema->type())), "\n"));
    return 0;
}

}  // namespace

Command plugins_command() {
    return {
        .name = "plugins",
        .usage = "[TYPE] [options]",
        .summary = "the types that graphs are made of, and the reference of one",
        .description =
            "Without TYPE: every registered type with the library that it comes from, the folders that were searched, "
            "and the files that were skipped and why. With TYPE: what it does, and its attributes with their defaults.",
        .minimum_inputs = 0,
        .wanted = "nothing, or a type",
        .options = {{"graph-schema", "", "print the JSON Schema of graph files, for editors"},
                    {"reference", "DIR", "write the references of all types into a folder, as Markdown"}},
        .examples = {"plugins", "plugins conv2d", "plugins --graph-schema > graph.schema.json"},
        .run = run,
    };
}

}  // namespace runner
