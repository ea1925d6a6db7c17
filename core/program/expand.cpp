#include "core/program/expand.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "core/diagnostic/nearest.hpp"
#include "core/plugin/types.hpp"
#include "core/program/node_templates.hpp"
#include "core/schema/scalar.hpp"
#include "plexus/text.hpp"

namespace plexus {

namespace {

constexpr std::size_t most_nodes = 100'000;

/// The names of one list of nodes while it is expanded, inside of the lists around it.
struct Scope {
    const Scope* outer = nullptr;
    std::vector<Value> inputs;                                ///< of the block; empty for the network
    std::map<std::string, std::string, std::less<>> outputs;  ///< name -> full name of the node that it means
};

class Expansion {
public:
    explicit Expansion(const Types& types) : types_(types) {}

    void list(const Value::List& items, const std::string& prefix, Scope& scope, const std::vector<Value>& first,
              const std::string& chain) {
        const std::vector<std::string> names = item_names(items, "node");
        std::vector<Item> all;
        for (std::size_t i = 0; i < items.size(); ++i) {
            all.push_back(read_item(items[i], "node"));
            refuse_misspelt_block(all[i]);
            scope.outputs.emplace(names[i], output_name(all[i], prefix + names[i]));
        }
        for (std::size_t i = 0; i < items.size(); ++i) {
            std::vector<Value> inputs;
            for (const Value& reference : item_inputs(all[i]))
                resolve(reference, scope, inputs);
            if (inputs.empty() && i == 0)
                inputs = first;
            item(all[i], prefix + names[i], scope, std::move(inputs), chain);
        }
    }

    [[nodiscard]] std::vector<FlatNode> take() { return std::move(nodes_); }

    /// A reference as it is written in a list of nodes, with the full name of the node that it means.
    [[nodiscard]] static Value resolved(const Value& reference, const Scope& innermost) {
        const std::string& written = reference.string();
        const std::size_t dot = written.find('.');
        const std::string name = written.substr(0, dot);
        const std::string port = dot == std::string::npos ? "" : written.substr(dot);
        Value result = reference;
        for (const Scope* scope = &innermost; scope != nullptr; scope = scope->outer) {
            if (const auto found = scope->outputs.find(name); found != scope->outputs.end()) {
                result = Value(found->second + port);
                break;
            }
            if (name == "input" && !scope->inputs.empty()) {
                result = Value(block_input(reference, port, *scope));
                break;
            }
        }
        result.position = reference.position;
        return result;
    }

private:
    /// The registry, which judges all other types, does not know this word.
    void refuse_misspelt_block(const Item& item) const {
        const std::string& type = *item.use.type;
        const bool has_nodes = item.use.attributes != nullptr && item.use.attributes->find("nodes") != nullptr;
        if (has_nodes && !item.is_block() && types_.find(Kind::layer, type) == nullptr &&
            !nearest(type, std::vector<std::string>{"block"}).empty())
            throw InputError(item.use.position, text("there is no layer '", type, "'; did you mean 'block'?"));
    }

    [[nodiscard]] static std::size_t copies(const Item& item) {
        if (item.repeat == nullptr)
            return 1;
        if (!item.repeat->is_integer() || item.repeat->integer() < 1)
            throw InputError(item.repeat->position,
                             text("'repeat' is ", describe(*item.repeat), "; it must be a whole number of at least 1"));
        return static_cast<std::size_t>(std::min<std::int64_t>(item.repeat->integer(), most_nodes + 1));
    }

    [[nodiscard]] static std::string copy_name(const Item& item, const std::string& name, std::size_t copy) {
        return item.repeat == nullptr ? name : text(name, "_", copy);
    }

    /// Full name of the node whose output the item stands for.
    [[nodiscard]] std::string output_name(const Item& item, const std::string& name) const {
        const std::string last = copy_name(item, name, copies(item));
        if (!item.is_block()) {
            const Member* follows = activation(item);
            return follows == nullptr ? last : last + "_" + *split_typed(follows->value, "layer").type;
        }
        const Value::List& items = block_nodes(item);
        return output_name(read_item(items.back(), "node"), last + "_" + item_names(items, "node").back());
    }

    /// The attribute that becomes a node of its own, if it is given.
    [[nodiscard]] const Member* activation(const Item& item) const {
        const Schema* schema = types_.find(Kind::layer, *item.use.type);
        if (schema == nullptr || item.use.attributes == nullptr)
            return nullptr;
        if (!item.use.attributes->is_map())
            return nullptr;
        for (const Member& member : item.use.attributes->map())
            for (const AttributeSpec& spec : schema->attributes())
                if (spec.expands && spec.name == member.name && !member.value.is_null())
                    return &member;
        return nullptr;
    }

    [[nodiscard]] static const Value::List& block_nodes(const Item& item) {
        static const std::vector<std::string> known{"name", "inputs", "repeat", "nodes"};
        const Value* nodes = nullptr;
        if (item.use.attributes != nullptr && item.use.attributes->is_map()) {
            for (const Member& member : item.use.attributes->map())
                if (std::find(known.begin(), known.end(), member.name) == known.end())
                    throw InputError(member.position, text("a block has no '", member.name, "'",
                                                           suggestion(member.name, known, "it has")));
            nodes = item.use.attributes->find("nodes");
        }
        if (nodes == nullptr || !nodes->is_list() || nodes->list().empty())
            throw InputError(nodes != nullptr ? nodes->position : item.use.position,
                             "a block wants 'nodes', a list of at least one node: block: {nodes: [...]}");
        return nodes->list();
    }

    void item(const Item& item, const std::string& name, const Scope& scope, std::vector<Value> inputs,
              const std::string& chain) {
        const std::size_t count = copies(item);
        for (std::size_t copy = 1; copy <= count; ++copy) {
            const std::string own = copy_name(item, name, copy);
            const std::string own_chain =
                item.repeat == nullptr ? chain
                                       : text(chain, chain.empty() ? "in " : ", ", "repeat ", copy, " of ", name);
            if (item.is_block())
                block(item, own, scope, inputs, own_chain);
            else
                node(item, own, inputs, own_chain);
            inputs.clear();
        }
    }

    void block(const Item& item, const std::string& name, const Scope& outer, const std::vector<Value>& inputs,
               const std::string& chain) {
        Scope inner;
        inner.outer = &outer;
        inner.inputs = inputs;
        if (inputs.empty())
            inner.inputs.emplace_back(nodes_.empty() ? "input" : nodes_.back().name);
        list(block_nodes(item), name + "_", inner, inputs, chain);
    }

    void node(const Item& item, const std::string& name, const std::vector<Value>& inputs, const std::string& chain) {
        const Member* follows = activation(item);
        Value use = plain_use(item);
        Member& type = use.map().front();
        add_chain(type.position, chain);
        if (follows != nullptr)
            std::erase_if(type.value.map(), [&](const Member& member) { return member.name == follows->name; });
        push({name, std::move(use), inputs}, item.use.position);
        if (follows != nullptr)
            push({name + "_" + *split_typed(follows->value, "layer").type, follows->value, {}},
                 follows->value.position);
    }

    static void add_chain(Position& position, const std::string& chain) {
        if (!chain.empty())
            position.chain += position.chain.empty() ? chain : ", " + chain.substr(3);
    }

    void push(FlatNode node, const Position& position) {
        if (nodes_.size() == most_nodes)
            throw InputError(position, text("the network has more than ", most_nodes, " nodes, repeats counted"));
        if (const auto [other, is_new] = places_.emplace(node.name, position); !is_new)
            throw InputError(position,
                             text("after expansion two nodes are called '", node.name, "'; the other comes from ",
                                  to_string(other->second), ": give one of them another name"));
        nodes_.push_back(std::move(node));
    }

    /// Adds what the reference means: one output, or all that the block reads.
    static void resolve(const Value& reference, const Scope& innermost, std::vector<Value>& to) {
        if (reference.string() != "input.*") {
            to.push_back(resolved(reference, innermost));
            return;
        }
        const Scope* scope = &innermost;
        while (scope != nullptr && scope->inputs.empty())
            scope = scope->outer;
        for (Value input : scope != nullptr ? scope->inputs : std::vector<Value>{"input"}) {
            input.position = reference.position;
            to.push_back(std::move(input));
        }
    }

    [[nodiscard]] static std::string block_input(const Value& reference, const std::string& port, const Scope& scope) {
        std::size_t number = 0;
        const char* const end = port.data() + port.size();
        if (!port.empty() && std::from_chars(port.data() + 1, end, number).ptr != end)
            number = scope.inputs.size();
        if (number >= scope.inputs.size())
            throw InputError(reference.position, text("the block has ", scope.inputs.size(),
                                                      scope.inputs.size() == 1 ? " input" : " inputs",
                                                      ", counted from 0; there is no '", reference.string(), "'"));
        return scope.inputs[number].string();
    }

    const Types& types_;
    std::vector<FlatNode> nodes_;
    std::map<std::string, Position, std::less<>> places_;
};

}  // namespace

std::vector<FlatNode> expand_nodes(const Value& network, const Types& types, std::span<Value* const> references) {
    if (!network.is_list() || network.list().empty())
        throw InputError(network.position, text("a network is a list of at least one node, not ",
                                                network.is_list() ? "an empty list" : describe(network)));
    Value::List nodes = network.list();
    write_out_templates(nodes, types);
    Expansion expansion(types);
    Scope scope;
    expansion.list(nodes, "", scope, {}, "");
    for (Value* reference : references)
        *reference = Expansion::resolved(*reference, scope);
    return expansion.take();
}

}  // namespace plexus
