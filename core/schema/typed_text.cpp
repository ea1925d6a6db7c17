#include "core/schema/typed_text.hpp"

#include "core/schema/scalar.hpp"
#include "plexus/text.hpp"

namespace plexus {

namespace {

/// The first member is the type, what follows was meant to be its attributes: most often a missing indentation.
InputError beside(const Value::Map& members) {
    const Member& type = members[0];
    const Member& stray = members[1];
    const bool others = members.size() > 2 || (type.value.is_map() && !type.value.map().empty());
    const std::string inside = stray.value.is_list() || stray.value.is_map() ? "..." : to_string(stray.value);
    return {stray.position, text("'", stray.name, "' stands beside '", type.name, "', not inside of it: write ",
                                 type.name, ": {", stray.name, ": ", inside, others ? ", ..." : "", "}")};
}

}  // namespace

TypedText split_typed(const Value& written, std::string_view what) {
    if (written.is_string())
        return {&written.string(), written.position, nullptr};
    if (!written.is_map() || written.map().empty())
        throw InputError(written.position, text("a ", what, " is written as name or {name: {...}}; this is ",
                                                written.is_map() ? "an empty map" : describe(written)));
    const Value::Map& members = written.map();
    if (members.size() > 1)
        throw beside(members);
    const Member& use = members.front();
    if (!use.value.is_map() && !use.value.is_null())
        throw InputError(use.value.position, text("the attributes of '", use.name,
                                                  "' are written as {name: value}, not ", describe(use.value)));
    return {&use.name, use.position.known() ? use.position : written.position, &use.value};
}

}  // namespace plexus
