#include "core/program/model_text.hpp"

#include <algorithm>

#include "core/plugin/types.hpp"
#include "plexus/text.hpp"

namespace plexus {

namespace {

/// What a part of a template is called in a chain: a node by its name, else by its type; of a map, the key.
std::string label(const Value& node) {
    if (node.is_string())
        return node.string();
    if (!node.is_map() || node.map().empty())
        return "node";
    const Member& use = node.map().front();
    const Value* name = use.value.find("name");
    return name != nullptr && name->is_string() ? name->string() : use.name;
}

/// What came from the file keeps its place there.
void place(Position& own, const Position& position) {
    if (own.known())
        own.chain = position.chain;
    else
        own = position;
}

void place(Value& value, const Position& position) {
    place(value.position, position);
    if (value.is_list())
        for (Value& item : value.list())
            place(item, position);
    if (value.is_map())
        for (Member& member : value.map()) {
            place(member.position, position);
            place(member.value, position);
        }
}

void place_nodes(Value& nodes, const Position& position, int depth) {
    place(nodes, position);
    if (!nodes.is_list())
        return;
    for (Value& node : nodes.list()) {
        Position own = position;
        own.chain += (depth == 0 ? ", " : "/") + label(node);
        place(node, own);
        if (!node.is_map() || node.map().empty() || node.map().front().name != "block")
            continue;
        if (Value* inner = node.map().front().value.find("nodes"))
            place_nodes(*inner, own, depth + 1);
    }
}

/// `into` is the file's, which wins.
void merge(Value& into, const Value& from, const std::string& model, const Position& position) {
    for (const Member& member : from.map()) {
        Value* own = into.find(member.name);
        if (own == nullptr)
            into.map().push_back(member);
        else if (member.name == "network" || member.name == "networks" || member.name == "phases")
            throw InputError(own->position, text("model '", model, "' (", to_string(position),
                                                 ") makes the network; leave out '", member.name, "' or 'model'"));
        else if (own->is_map() && member.value.is_map() && (member.name == "data" || member.name == "train"))
            merge(*own, member.value, model, position);
    }
}

}  // namespace

Value made_by_model(const TypedValue& use, const Types& types) {
    Value made = types.expand_model(use);
    const bool has_network = made.is_map() && (made.find("network") != nullptr || made.find("networks") != nullptr);
    if (!has_network)
        throw RunError(use.position, text("model '", use.type, "' made no network"));
    Position position = use.position;
    position.chain += (position.chain.empty() ? "in model " : ", model ") + use.type;
    place(made, position);
    if (Value* network = made.find("network"))
        place_nodes(*network, position, 0);
    if (Value* networks = made.find("networks"))
        for (Member& member : networks->map())
            place_nodes(member.value, position, 0);
    return made;
}

void expand_model_text(Value& program, const Types& types) {
    const auto is_model = [](const Member& member) { return member.name == "model"; };
    if (program.find("model") == nullptr)
        return;
    const TypedValue use = types.resolve(Kind::model, *program.find("model"));
    const Value made = made_by_model(use, types);
    std::erase_if(program.map(), is_model);
    merge(program, made, use.type, use.position);
}

}  // namespace plexus
