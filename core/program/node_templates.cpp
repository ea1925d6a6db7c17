#include "core/program/node_templates.hpp"

#include "core/plugin/types.hpp"
#include "core/program/item.hpp"
#include "core/program/model_text.hpp"
#include "plexus/text.hpp"

namespace plexus {

namespace {

constexpr int deepest = 32;

void write_out(Value::List& nodes, const Types& types, int depth);

bool is_template(const std::string& type, const Types& types) {
    return types.find(Kind::layer, type) == nullptr && types.find(Kind::model, type) != nullptr;
}

Value nodes_of(const Item& item, const Types& types, int depth) {
    const TypedValue use = types.resolve(Kind::model, plain_use(item));
    if (depth == deepest)
        throw RunError(use.position, text("model '", use.type, "' is made of itself"));
    Value made = made_by_model(use, types);
    for (const Member& member : made.map())
        if (member.name != "network")
            throw InputError(use.position,
                             text("model '", use.type, "' makes '", member.name,
                                  "' beside its network, so it is no node; write model: {", use.type, ": {...}}"));
    Value nodes = made.find("network") != nullptr ? *made.find("network") : Value{};
    if (!nodes.is_list() || nodes.list().empty())
        throw RunError(use.position, text("model '", use.type, "' made no nodes"));
    write_out(nodes.list(), types, depth + 1);
    return nodes;
}

Value block_of(const Item& item, const std::string& name, const Types& types, int depth) {
    const Position& place = item.use.position;
    Value named{name};
    named.position = item.name != nullptr ? item.name->position : place;
    Value::Map attributes{{"name", std::move(named), place}};
    if (item.inputs != nullptr)
        attributes.push_back({"inputs", *item.inputs, place});
    if (item.repeat != nullptr)
        attributes.push_back({"repeat", *item.repeat, place});
    attributes.push_back({"nodes", nodes_of(item, types, depth), place});
    Value content{std::move(attributes)};
    content.position = place;
    Value block{Value::Map{{"block", std::move(content), place}}};
    block.position = place;
    return block;
}

void write_out(Value::List& nodes, const Types& types, int depth) {
    const std::vector<std::string> names = item_names(nodes, "node");
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const Item item = read_item(nodes[i], "node");
        if (item.is_block()) {
            Value* inner = nodes[i].is_map() ? nodes[i].map().front().value.find("nodes") : nullptr;
            if (inner != nullptr && inner->is_list())
                write_out(inner->list(), types, depth);
        } else if (is_template(*item.use.type, types)) {
            nodes[i] = block_of(item, names[i], types, depth);
        }
    }
}

}  // namespace

void write_out_templates(Value::List& nodes, const Types& types) {
    write_out(nodes, types, 0);
}

}  // namespace plexus
