// Law 8: schemas speak once. What a type declares of an attribute is what validation enforces, what the suggestion
// names, what `runner plugins` and the reference page print, and what an editor reads in the JSON Schema.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "core/plugin/types.hpp"
#include "core/program/sections.hpp"
#include "plexus/analysis.hpp"
#include "plexus/error.hpp"
#include "plexus/text.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/stepper.hpp"

using namespace plexus;
using namespace plexus::test;
using nlohmann::json;
using Form = AttributeSpec::Form;

namespace {

constexpr Kind kinds[] = {Kind::layer,       Kind::loss,    Kind::metric, Kind::optimizer, Kind::schedule,
                          Kind::initializer, Kind::dataset, Kind::format, Kind::model};

const Types& types() {
    return shipped_plugins().types();
}

std::vector<const Schema*> all_types() {
    std::vector<const Schema*> all;
    for (const Kind kind : kinds)
        for (const Schema* schema : types().all(kind))
            all.push_back(schema);
    return all;
}

std::string key_of(Kind kind) {
    return kind == Kind::dataset ? "dataset" : std::string(to_string(kind));
}

bool has_limits(const AttributeSpec& spec) {
    return std::isfinite(spec.minimum) || std::isfinite(spec.maximum);
}

// The range in words, said here a second time on purpose.
std::string range_in_words(const AttributeSpec& spec) {
    std::ostringstream words;
    words.precision(15);
    if (std::isfinite(spec.minimum))
        words << (spec.above_minimum ? "above " : "at least ") << spec.minimum;
    if (std::isfinite(spec.maximum))
        words << (words.str().empty() ? "" : " and ") << (spec.below_maximum ? "below " : "at most ") << spec.maximum;
    return words.str();
}

bool is_same(const json& a, const Value& b) {
    if (b.is_null() || b.is_bool())
        return b.is_null() ? a.is_null() : a.is_boolean() && a.get<bool>() == b.boolean();
    if (b.is_number())
        return a.is_number() && a.get<double>() == b.number() && a.is_number_integer() == b.is_integer();
    if (b.is_string())
        return a.is_string() && a.get<std::string>() == b.string();
    if (a.size() != (b.is_list() ? b.list().size() : b.map().size()))
        return false;
    bool same = true;
    for (std::size_t i = 0; b.is_list() && i < a.size(); ++i)
        same = same && is_same(a.at(i), b.list()[i]);
    for (std::size_t i = 0; b.is_map() && i < a.size(); ++i)
        same = same && a.contains(b.map()[i].name) && is_same(a.at(b.map()[i].name), b.map()[i].value);
    return same;
}

// The first value of that key in a schema, however it is wrapped; nothing is looked up through a $ref.
const json* search(const json& schema, const std::string& key) {
    if (schema.is_object() && schema.contains(key))
        return &schema.at(key);
    for (const json& inner : schema)
        if (inner.is_structured())
            if (const json* found = search(inner, key))
                return found;
    return nullptr;
}

void check_limit(const json& schema, const char* key, double limit, bool applies) {
    const json* found = search(schema, key);
    CAPTURE(key);
    CHECK((found != nullptr) == (applies && std::isfinite(limit)));
    if (found != nullptr)
        CHECK(found->get<double>() == limit);
}

void check_json(const json& object, const Schema& schema, const std::set<std::string>& reserved) {
    CHECK(object.at("additionalProperties") == false);
    CHECK(object.at("description") == schema.help());
    std::set<std::string> declared = reserved;
    for (const AttributeSpec& spec : schema.attributes()) {
        CAPTURE(spec.name);
        declared.insert(spec.name);
        REQUIRE(object.at("properties").contains(spec.name));
        const json& property = object["properties"][spec.name];
        CHECK(property.at("description") == spec.help);
        CHECK(property.contains("default") == !spec.default_value.is_null());
        if (property.contains("default"))
            CHECK(is_same(property["default"], spec.default_value));
        const bool is_required =
            object.contains("required") && std::ranges::count(object["required"], json(spec.name)) > 0;
        CHECK(is_required == spec.required);
        if (spec.form != Form::any) {
            check_limit(property, "minimum", spec.minimum, !spec.above_minimum);
            check_limit(property, "exclusiveMinimum", spec.minimum, spec.above_minimum);
            check_limit(property, "maximum", spec.maximum, !spec.below_maximum);
            check_limit(property, "exclusiveMaximum", spec.maximum, spec.below_maximum);
        }
        const json* names = search(property, "enum");
        CHECK((names != nullptr) == !spec.choices.empty());
        if (names != nullptr)
            CHECK(*names == json(spec.choices));
        if (spec.form == Form::typed)
            CHECK(*search(property, "$ref") == "#/definitions/" + key_of(spec.kind));
    }
    for (const auto& [name, property] : object.at("properties").items())
        CHECK_MESSAGE(declared.contains(name), name, " is in the JSON Schema and not declared");
}

// The row of an attribute in a page's table: `name` | form, range | default | meaning
void check_row(const std::string& page, const AttributeSpec& spec) {
    CAPTURE(spec.name);
    const auto start = page.find("| `" + spec.name + "` | ");
    REQUIRE(start != std::string::npos);
    const std::string row = page.substr(start, page.find('\n', start) - start);
    const std::string fallback = spec.required                  ? "required"
                                 : spec.default_value.is_null() ? "none"
                                                                : "`" + to_string(spec.default_value) + "`";
    CHECK_MESSAGE(row.find(" | " + fallback + " | ") != std::string::npos, row);
    CHECK_MESSAGE(row.find(range_in_words(spec) + " | ") != std::string::npos, row);
    if (!has_limits(spec))
        for (const char* word : {" at least ", " at most ", " above ", " below "})
            CHECK_MESSAGE(row.substr(0, row.find(" | " + fallback)).find(word) == std::string::npos, row);
    std::string help = spec.help;
    for (std::size_t at = 0; (at = help.find('|', at)) != std::string::npos; at += 2)
        help.insert(at, 1, '\\');
    std::ranges::replace(help, '\n', ' ');
    CHECK_MESSAGE(row.ends_with(" | " + help + " |"), row);
    for (const std::string& choice : spec.choices)
        CHECK_MESSAGE(row.find(choice) != std::string::npos, row);
}

// A number in the form of the attribute; whole numbers where it wants them.
Value number_as(const AttributeSpec& spec, double number) {
    const bool whole = spec.form == Form::integer || spec.form == Form::pair || spec.form == Form::integers;
    const Value value = whole ? Value(static_cast<std::int64_t>(number)) : Value(number);
    return spec.form == Form::integers || spec.form == Form::numbers ? Value(Value::List{value}) : value;
}

bool is_numeric(const AttributeSpec& spec) {
    return spec.form == Form::integer || spec.form == Form::number || spec.form == Form::pair ||
           spec.form == Form::integers || spec.form == Form::numbers;
}

double inside(const AttributeSpec& spec) {
    if (std::isfinite(spec.minimum) && std::isfinite(spec.maximum))
        return std::ceil(spec.maximum - spec.minimum) > 1 ? spec.minimum + 1 : (spec.minimum + spec.maximum) / 2;
    return std::isfinite(spec.minimum) ? spec.minimum + 1 : std::isfinite(spec.maximum) ? spec.maximum - 1 : 3;
}

Value use_of(const Schema& schema);

// Something that the attribute may be.
Value example(const AttributeSpec& spec) {
    if (is_numeric(spec))
        return number_as(spec, inside(spec));
    if (spec.form == Form::boolean)
        return true;
    if (spec.form == Form::strings)
        return Value(Value::List{"a"});
    if (spec.form == Form::typed)
        return use_of(*types().all(spec.kind).front());
    return spec.choices.empty() ? Value("a") : Value(spec.choices.front());
}

Value required_of(const Schema& schema) {
    Value attributes{Value::Map{}};
    for (const AttributeSpec& spec : schema.attributes())
        if (spec.required)
            attributes.set(spec.name, example(spec));
    return attributes;
}

Value use_of(const Schema& schema) {
    Value use{Value::Map{}};
    use.set(schema.type(), required_of(schema));
    return use;
}

// What a use with these attributes is told, all of them at a.yaml:3:5; "" where it is accepted.
std::string told(const Schema& schema, Value attributes) {
    attributes.position = {"a.yaml", 2, 3};
    for (Member& member : attributes.map())
        member.position = member.value.position = {"a.yaml", 3, 5};
    Value use{Value::Map{}};
    use.set(schema.type(), std::move(attributes));
    use.position = use.map()[0].position = {"a.yaml", 2, 3};
    try {
        (void)types().resolve(schema.kind(), use);
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

std::string told_with(const Schema& schema, const std::string& name, const Value& value) {
    Value attributes = required_of(schema);
    attributes.set(name, value);
    return told(schema, std::move(attributes));
}

void check_limits_are_enforced(const Schema& schema, const AttributeSpec& spec) {
    const bool whole = spec.form != Form::number && spec.form != Form::numbers;
    const auto try_number = [&](double number, bool fits) {
        CAPTURE(number);
        const std::string message = told_with(schema, spec.name, number_as(spec, number));
        CHECK_MESSAGE((message.empty() == fits), message);
        if (!fits && !message.empty()) {
            CHECK_MESSAGE(message.find("'" + spec.name + "'") != std::string::npos, message);
            CHECK_MESSAGE(message.ends_with("be " + range_in_words(spec)), message);
        }
    };
    try_number(inside(spec), true);
    if (std::isfinite(spec.minimum)) {
        try_number(spec.minimum, !spec.above_minimum);
        try_number(spec.minimum - (whole ? 1 : 1e-6), false);
    }
    if (std::isfinite(spec.maximum)) {
        try_number(spec.maximum, !spec.below_maximum);
        try_number(spec.maximum + (whole ? 1 : 1e-6), false);
    }
}

void check_validation(const Schema& schema, const AttributeSpec& spec) {
    CAPTURE(spec.name);
    if (is_numeric(spec)) {
        check_limits_are_enforced(schema, spec);
        CHECK(told_with(schema, spec.name, "text").find("must be ") != std::string::npos);
    }
    if (spec.form == Form::boolean)
        CHECK(told_with(schema, spec.name, 1).find("must be true or false") != std::string::npos);
    for (const std::string& choice : spec.choices) {
        CHECK(told_with(schema, spec.name, choice) == "");
        CHECK(told_with(schema, spec.name, choice + "_q").find("'" + spec.name + "' is '") != std::string::npos);
    }
    if (spec.required) {
        Value attributes{Value::Map{}};
        const Value all = required_of(schema);
        for (const Member& member : all.map())
            if (member.name != spec.name)
                attributes.set(member.name, member.value);
        const std::string message = told(schema, attributes);
        CHECK_MESSAGE(message.starts_with(text("a.yaml:2:3: ", schema.type(), " wants '", spec.name, "'")), message);
    }
    // A default that is written is the default.
    if (!spec.default_value.is_null()) {
        Value written = use_of(schema);
        written.map()[0].value.set(spec.name, spec.default_value);
        CHECK(types().resolve(schema.kind(), written).attributes.values() ==
              types().resolve(schema.kind(), use_of(schema)).attributes.values());
    }
    const std::string message = told_with(schema, spec.name + "x", 1);
    const std::string expected =
        text("a.yaml:3:5: ", schema.type(), " has no attribute '", spec.name, "x'; did you mean '", spec.name, "'?");
    CHECK_MESSAGE(message == expected, message);
}

/// The section itself, or that of each entry of a list, which may have a name.
const json* section_in(const json& property) {
    const json* object = search(property, "properties");
    if (object == nullptr)
        return &property;
    const json* content = &property;
    while (!content->contains("properties")) {
        if (content->contains("anyOf"))
            content = &content->at("anyOf").front();
        else if (content->contains("items"))
            content = &content->at("items");
        else
            content = &content->at("additionalProperties");
    }
    return content;
}

}  // namespace

TEST_CASE("law 8: what is declared is what is enforced, and whoever misspells it is told its name") {
    CHECK(all_types().size() > 40);
    for (const Schema* schema : all_types()) {
        CAPTURE(schema->type());
        CHECK(told(*schema, required_of(*schema)) == "");
        CHECK(!schema->help().empty());
        for (const AttributeSpec& spec : schema->attributes())
            check_validation(*schema, spec);
    }
}

TEST_CASE("law 8: the JSON Schema says what is declared, of types and of the sections of a program") {
    const json whole = json::parse(graph_schema(shipped_plugins()));
    for (const Schema* schema : all_types()) {
        CAPTURE(schema->type());
        const Kind kind = schema->kind();
        std::set<std::string> reserved;
        if (kind == Kind::loss || kind == Kind::metric)
            reserved = {"name", "inputs"};
        if (kind == Kind::loss)
            reserved.insert("weight");
        const auto object_in = [&](const std::string& definition) {
            return whole.at("definitions").at(definition).at("anyOf").back().at("properties").at(schema->type());
        };
        check_json(object_in(key_of(kind)), *schema, reserved);
        if (kind == Kind::layer)
            check_json(object_in("node"), *schema, {"name", "inputs", "repeat"});
    }
    const json& train = whole.at("properties").at("train");
    std::size_t checked = 0;
    for (const auto& [path, schema] : program_sections())
        for (const AttributeSpec& spec : schema.attributes()) {
            const json* object = &whole;
            std::istringstream steps(path);
            for (std::string step; std::getline(steps, step, '.');)
                object = section_in(object->at("properties").at(step));
            CAPTURE(path);
            CAPTURE(spec.name);
            const json& property = object->at("properties").at(spec.name);
            CHECK(property.contains("description"));
            if (is_numeric(spec)) {
                check_limit(property, "minimum", spec.minimum, !spec.above_minimum);
                check_limit(property, "maximum", spec.maximum, !spec.below_maximum);
                ++checked;
            }
        }
    CHECK(checked > 4);
    CHECK(train.at("additionalProperties") == false);
}

TEST_CASE("law 8: the runner and the committed page of a type say what is declared") {
    for (const Schema* schema : all_types()) {
        CAPTURE(schema->type());
        const std::string folder = schema->kind() == Kind::dataset
                                       ? "datasets"
                                       : key_of(schema->kind()) + (schema->kind() == Kind::loss ? "es" : "s");
        const std::string page = read_text(source_dir() / "docs/reference" / folder / (schema->type() + ".md"));
        const Outcome printed = run_runner({"plugins", schema->type()});
        REQUIRE(printed.code == 0);
        const auto start =
            printed.out.find("# " + schema->type() + "\n\nKind: " + std::string(to_string(schema->kind())));
        REQUIRE(start != std::string::npos);
        const std::string table = printed.out.substr(start);
        CHECK_MESSAGE(page.starts_with(table.substr(0, table.find("\nregistered by"))),
                      "docs/reference is old: runner plugins --reference docs/reference");
        for (const AttributeSpec& spec : schema->attributes()) {
            check_row(table, spec);
            check_row(page, spec);
        }
        std::size_t rows = 0;
        const std::string own = table.substr(0, table.find("\nregistered by"));
        for (std::size_t at = 0; (at = own.find("\n| `", at)) != std::string::npos; ++at)
            ++rows;
        CHECK(rows == schema->attributes().size());
    }
}

TEST_CASE("law 8: plugins --json says what is declared") {
    for (const Schema* schema : all_types()) {
        CAPTURE(schema->type());
        json facts = json::parse(run_runner({"plugins", schema->type(), "--json"}).out);
        if (facts.is_array())
            facts = *std::ranges::find_if(facts, [&](const json& f) { return f["kind"] == to_string(schema->kind()); });
        const json& attributes = facts.at("attributes");
        REQUIRE(attributes.size() == schema->attributes().size());
        for (std::size_t i = 0; i < attributes.size(); ++i) {
            const AttributeSpec& spec = schema->attributes()[i];
            CAPTURE(spec.name);
            CHECK(attributes[i].at("name") == spec.name);
            CHECK(attributes[i].at("required") == spec.required);
            CHECK(attributes[i].at("help") == spec.help);
            CHECK(is_same(attributes[i].value("default", json()), spec.default_value));
            check_limit(attributes[i], "minimum", spec.minimum, !spec.above_minimum);
            check_limit(attributes[i], "above", spec.minimum, spec.above_minimum);
            check_limit(attributes[i], "maximum", spec.maximum, !spec.below_maximum);
            check_limit(attributes[i], "below", spec.maximum, spec.below_maximum);
            CHECK(attributes[i].value("choices", json::array()) == json(spec.choices));
        }
    }
}
