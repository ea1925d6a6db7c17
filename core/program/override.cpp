#include "core/program/override.hpp"

#include <algorithm>
#include <charconv>

#include "core/diagnostic/nearest.hpp"
#include "core/plugin/types.hpp"
#include "core/program/item.hpp"
#include "core/program/sections.hpp"
#include "core/program/yaml.hpp"
#include "core/schema/scalar.hpp"
#include "plexus/text.hpp"

namespace plexus {

namespace {

void place(Value& value, const Position& position) {
    value.position = position;
    if (value.is_list())
        for (Value& item : value.list())
            place(item, position);
    if (value.is_map())
        for (Member& member : value.map()) {
            member.position = position;
            place(member.value, position);
        }
}

/// Where the path has come to, and what is known to be there.
struct Place {
    enum class Is { section, networks, phases, typed, attributes, items, block, other };
    Value* value;
    Is is;
    Kind kind = Kind::layer;         ///< of a typed value or of items
    std::string section = {};        ///< path of the section, for a section
    const Schema* schema = nullptr;  ///< of attributes
};

class Walk {
public:
    Walk(Position position, const Types& types) : position_(std::move(position)), types_(types) {}

    Place step(const Place& place, const std::string& segment) {
        const Place next = follow(place, segment);
        walked_ += (walked_.empty() ? "" : ".") + segment;
        return next;
    }

private:
    using Is = Place::Is;

    Place follow(const Place& place, const std::string& segment) {
        switch (place.is) {
            case Is::section:
                return in_section(place, segment);
            case Is::networks:
                return {&member(*place.value, segment), Is::items, Kind::layer};
            case Is::phases:
                return in_phases(place, segment);
            case Is::typed:
                return in_typed(place, segment);
            case Is::attributes:
                return in_attributes(place, segment);
            case Is::items:
                return in_items(place, segment);
            case Is::block:
                return in_block(place, segment);
            case Is::other:
                break;
        }
        if (place.value->is_list())
            return {&element(place.value->list(), segment), Is::other};
        return {&member(*place.value, segment), Is::other};
    }

    Place in_section(const Place& place, const std::string& segment) {
        const std::string path = place.section.empty() ? segment : place.section + "." + segment;
        if (place.section.empty() && segment == "network" && place.value->find("network") == nullptr)
            if (const Value* model = place.value->find("model"))
                throw InputError(position_, text("the network is made by model ", to_string(*model),
                                                 "; set the model's attributes: --set model.ATTRIBUTE=VALUE"));
        Value& value = member(*place.value, segment);
        if (path == "phases")
            return {&value, Is::phases};
        if (find_section(path) != nullptr)
            return {&value, Is::section, {}, path};
        if (path == "networks")
            return {&value, Is::networks};
        if (path == "network" || path == "phases.nodes")
            return {&value, Is::items, Kind::layer};
        if (path == "metrics" || path == "phases.metrics")
            return {&value, Is::items, Kind::metric};
        if (path == "loss" || path == "phases.loss")
            return {&value, value.is_list() ? Is::items : Is::typed, Kind::loss};
        if (path == "model")
            return {&value, Is::typed, Kind::model};
        const Schema* schema = find_section(place.section);
        return typed_or_other(value, schema, segment);
    }

    Place in_phases(const Place& place, const std::string& segment) {
        std::vector<std::string> names;
        if (place.value->is_list())
            for (Value& phase : place.value->list())
                if (phase.is_map() && phase.map().size() == 1) {
                    names.push_back(phase.map().front().name);
                    if (names.back() == segment)
                        return {&phase.map().front().value, Is::section, {}, "phases"};
                }
        throw InputError(position_,
                         text("the program has no phase '", segment, "'", suggestion(segment, names, "it has")));
    }

    Place in_typed(const Place& place, const std::string& segment) {
        Value& value = *place.value;
        if (!value.is_map() || value.map().empty()) {
            const std::string type = value.is_string() ? value.string() : segment;
            const Position where = value.position.known() ? value.position : position_;
            value = Value(Value::Map{{type, {}, where}});
            value.position = where;
        }
        Member& use = value.map().front();
        const Schema* schema = types_.find(place.kind, use.name);
        if (schema == nullptr && place.kind == Kind::layer)
            schema = types_.find(Kind::model, use.name);
        const Place attributes{&use.value, use.name == "block" ? Is::block : Is::attributes, place.kind, {}, schema};
        if (segment == use.name && value.map().size() == 1)
            return attributes;
        std::vector<std::string> names{use.name};
        for (const std::string_view name : reserved_names)
            names.emplace_back(name);
        if (place.kind == Kind::loss)
            names.emplace_back("weight");
        if (attributes.schema != nullptr)
            for (const AttributeSpec& spec : attributes.schema->attributes())
                names.push_back(spec.name);
        if (attributes.is == Is::attributes && std::find(names.begin(), names.end(), segment) == names.end())
            throw InputError(position_, text("'", walked_, "' is '", use.name, "', which has no '", segment, "'",
                                             suggestion(segment, names, "it has")));
        return follow(attributes, segment);
    }

    Place in_attributes(const Place& place, const std::string& segment) {
        return typed_or_other(member(*place.value, segment), place.schema, segment);
    }

    Place in_items(const Place& place, const std::string& segment) {
        const bool are_nodes = place.kind == Kind::layer;
        const std::string what = are_nodes ? "node" : std::string(to_string(place.kind));
        if (!place.value->is_list())
            throw InputError(position_, text("'", walked_, "' is no list of ", what, "s"));
        Value::List& items = place.value->list();
        std::vector<std::string> names;
        if (!are_nodes)
            for (const Value& item : items)
                names.push_back(judge_name(item));
        else
            names = item_names(items, what);
        const auto found = std::find(names.begin(), names.end(), segment);
        if (found != names.end())
            return {&items[static_cast<std::size_t>(found - names.begin())], Is::typed, place.kind};
        if (!is_number(segment))
            throw InputError(position_, text("'", walked_, "' has no ", what, " '", segment, "'",
                                             suggestion(segment, names, "it has")));
        return {&element(items, segment), Is::typed, place.kind};
    }

    /// The keys of a block, or else its nodes.
    Place in_block(const Place& place, const std::string& segment) {
        if (segment == "nodes")
            return {&member(*place.value, segment), Is::items, Kind::layer};
        if (std::find(reserved_names.begin(), reserved_names.end(), segment) != reserved_names.end())
            return {&member(*place.value, segment), Is::other};
        return in_items({&member(*place.value, "nodes"), Is::items, Kind::layer}, segment);
    }

    Place typed_or_other(Value& value, const Schema* schema, const std::string& name) const {
        const AttributeSpec* spec = nullptr;
        if (schema != nullptr)
            if (const auto at = std::ranges::find(schema->attributes(), name, &AttributeSpec::name);
                at != schema->attributes().end())
                spec = &*at;
        if (spec != nullptr && spec->form == AttributeSpec::Form::typed)
            return {&value, Is::typed, spec->kind};
        if (spec != nullptr && spec->form == AttributeSpec::Form::network)
            return {&value, value.is_list() ? Is::items : Is::typed, Kind::layer};
        return {&value, Is::other};
    }

    static std::string judge_name(const Value& item) {
        const Item read = read_item(item, "loss or metric");
        return read.name != nullptr && read.name->is_string() ? read.name->string() : *read.use.type;
    }

    static bool is_number(const std::string& segment) {
        return std::all_of(segment.begin(), segment.end(), [](char c) { return c >= '0' && c <= '9'; });
    }

    Value& element(Value::List& items, const std::string& segment) const {
        std::size_t number = 0;
        const char* const end = segment.data() + segment.size();
        const auto read = std::from_chars(segment.data(), end, number);
        if (read.ptr != end || read.ec != std::errc{} || number >= items.size())
            throw InputError(position_, text("'", walked_, "' has ", items.size(),
                                             " items, counted from 0; there is no '", segment, "'"));
        return items[number];
    }

    Value& member(Value& map, const std::string& name) const {
        if (!map.is_null() && !map.is_map())
            throw InputError(position_, text("'", walked_, "' is ", describe(map), ", so it has no '", name, "'"));
        if (Value* present = map.find(name))
            return *present;
        if (map.is_null()) {
            map = Value(Value::Map{});
            map.position = position_;
        }
        Value nothing;
        nothing.position = position_;
        return map.set(name, std::move(nothing));
    }

    Position position_;
    const Types& types_;
    std::string walked_;
};

}  // namespace

void apply_override(Value& program, const Override& change, const Types& types) {
    const Position position{text("--set ", change.path, "=", change.value), 0, 0, {}};
    Walk walk(position, types);
    Place at{&program, Place::Is::section};
    for (std::size_t start = 0; start <= change.path.size();) {
        const std::size_t end = std::min(change.path.find('.', start), change.path.size());
        if (start == end)
            throw InputError(position, "the path is written as names with dots between them: train.epochs");
        at = walk.step(at, change.path.substr(start, end - start));
        start = end + 1;
    }
    Value value = read_yaml(change.value, position.file);
    place(value, position);
    *at.value = std::move(value);
}

}  // namespace plexus
