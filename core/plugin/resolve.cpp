// `name` or `{name: {attributes}}`: which type is meant, and what to say if it is none.
#include <algorithm>

#include "core/diagnostic/nearest.hpp"
#include "core/plugin/type_table.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

constexpr Kind kinds[] = {Kind::layer,       Kind::loss,    Kind::metric, Kind::optimizer, Kind::schedule,
                          Kind::initializer, Kind::dataset, Kind::format, Kind::model};

// Why a map is not one type with its attributes.
std::string judge_members(Kind kind, const Value::Map& members, std::span<const std::string_view> reserved) {
    for (const Member& member : members) {
        if (std::ranges::find(reserved, member.name) == reserved.end())
            continue;
        for (const Member& other : members)
            if (std::ranges::find(reserved, other.name) == reserved.end())
                return text("'", member.name, "' belongs to the attributes of '", other.name, "': {", other.name, ": {",
                            member.name, ": ", to_string(member.value), ", ...}}");
        return text("expected a ", to_string(kind), ": a name, or {name: {attributes}}; '", member.name,
                    "' belongs to its attributes");
    }
    if (members.empty())
        return text("expected a ", to_string(kind), ": a name, or {name: {attributes}}; this map is empty");
    return text("expected one ", to_string(kind), ": {name: {attributes}}; this map has ", members.size(), ": '",
                members[0].name, "' and '", members[1].name, "'");
}

}  // namespace

TypedValue TypeTable::resolve(Kind kind, const Value& written, std::span<const std::string_view> reserved) const {
    std::string type;
    Position position = written.position;
    Value attributes;
    if (written.is_string()) {
        type = written.string();
    } else if (written.is_map()) {
        const Value::Map& members = written.map();
        if (members.size() != 1 || std::ranges::find(reserved, members[0].name) != reserved.end())
            throw InputError(members.size() > 1 ? members[1].position : position,
                             judge_members(kind, members, reserved));
        type = members[0].name;
        if (members[0].position.known())
            position = members[0].position;
        attributes = members[0].value;
    } else {
        throw InputError(position, text("expected a ", to_string(kind), ": a name, or {name: {attributes}}; this is ",
                                        to_string(written)));
    }

    const Entry* found = entry(kind, type);
    if (!found)
        throw unknown(kind, type, position);
    if (attributes.is_null())
        attributes = Value{Value::Map{}};
    if (!attributes.position.known())
        attributes.position = position;
    const auto nested = [](const void* table, Kind nested_kind, const Value& value) {
        return static_cast<const TypeTable*>(table)->resolve(nested_kind, value, {});
    };
    return {type, found->schema.validate(attributes, position, reserved, nested, this), position};
}

InputError TypeTable::unknown(Kind kind, const std::string& type, const Position& position) const {
    std::vector<std::string> names;
    for (const Schema* schema : all(kind))
        names.push_back(schema->type());
    std::string message = text("there is no ", to_string(kind), " '", type, "'");
    const auto other = std::ranges::find_if(kinds, [&](Kind k) { return find(k, type) != nullptr; });
    if (other != std::end(kinds))
        message += text("; '", type, "' is of the kind ", to_string(*other));
    else
        message += suggestion(type, names, "known are");
    for (const auto& directory : search_.directories)
        message += text("\n  searched ", directory.string());
    for (const auto& [place, reason] : search_.skipped)
        message += text("\n  skipped  ", place.string(), ": ", reason);
    return {position, message};
}

}  // namespace plexus
