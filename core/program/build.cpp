// References become edges.
#include <algorithm>
#include <charconv>
#include <map>

#include "core/diagnostic/nearest.hpp"
#include "core/plugin/types.hpp"
#include "core/program/program.hpp"
#include "plexus/text.hpp"

namespace plexus {

namespace {

std::string title(const GraphNode& node) {
    return text(node.use.type, " '", node.name, "'");
}

class Builder {
public:
    /// `source_title` is what messages call what the network reads.
    Builder(const Types& types, const char* source_title) : types_(types), source_title_(source_title) {}

    ProgramGraph build(const Program& program, std::span<const SampleTensor> tensors) {
        for (const SampleTensor& tensor : tensors)
            add_source(tensor.name, "", program.data.source.position);
        add_nodes(program.networks.front());
        result_.output = {result_.graph.size() - 1, 0};
        if (program.loss)
            result_.loss = judge(*program.loss, Kind::loss);
        for (const JudgeText& metric : program.metrics)
            result_.metrics.push_back(judge(metric, Kind::metric));
        (void)result_.graph.order();
        refuse_unread({&result_.output, 1}, text("another node (the output is ",
                                                 title(result_.graph.node(result_.output.node)), ", the last node)"));
        return std::move(result_);
    }

    InnerGraph build(const NetworkText& network, std::span<const std::string> sources,
                     std::span<const Value> references) {
        for (const std::string& name : sources)
            add_source(name, network.name, network.position);
        add_nodes(network);
        std::vector<Endpoint> read;
        for (const Value& reference : references)
            read.push_back(resolve(reference));
        (void)result_.graph.order();
        refuse_unread(read, text("another node, or beside the network"));
        return {std::move(result_.graph), std::move(result_.sources), std::move(read)};
    }

private:
    using Numbers = std::map<std::string, std::size_t, std::less<>>;

    void add_source(const std::string& name, const std::string& network, const Position& position) {
        GraphNode source;
        source.name = name;
        source.network = network;
        source.use.position = position;
        result_.sources.push_back(add(std::move(source), source_numbers_));
    }

    void add_nodes(const NetworkText& network) {
        const std::vector<NodeText>& nodes = network.nodes;
        const std::size_t first = result_.graph.size();
        for (const NodeText& node : nodes)
            add({node.name, network.name, Kind::layer, node.use}, node_numbers_);
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            const Endpoint before{i == 0 ? source(0, nodes[i].use.position) : first + i - 1, 0};
            connect(first + i, nodes[i].inputs, {before});
        }
    }

    std::size_t add(GraphNode node, Numbers& numbers) {
        const std::size_t number = result_.graph.size();
        numbers.emplace(node.name, number);
        return result_.graph.add(std::move(node));
    }

    [[nodiscard]] std::size_t source(std::size_t index, const Position& use) const {
        if (result_.sources.empty())
            throw InputError(use, "the data set gives no tensor to read");
        return result_.sources[index];
    }

    std::size_t judge(const JudgeText& text_of, Kind kind) {
        std::vector<Endpoint> inputs{result_.output};
        const Schema* schema = types_.find(kind, text_of.use.type);
        if (text_of.inputs.empty() && schema != nullptr && schema->maximum_inputs() > 1) {
            if (result_.sources.size() < 2)
                throw InputError(
                    text_of.use.position,
                    text(text_of.use.type, " compares the output with the data's second tensor, but there is only '",
                         result_.sources.empty() ? "" : result_.graph.node(result_.sources[0]).name,
                         "'; name what it reads: {", text_of.use.type, ": {inputs: [..., ...]}}"));
            inputs.push_back({result_.sources[1], 0});
        }
        const std::size_t number = result_.graph.add({text_of.name, "", kind, text_of.use});
        connect(number, text_of.inputs, inputs);
        return number;
    }

    /// `otherwise` are the inputs where none are written.
    void connect(std::size_t number, const std::vector<Value>& written, const std::vector<Endpoint>& otherwise) {
        std::vector<Endpoint> inputs = otherwise;
        if (!written.empty()) {
            inputs.clear();
            for (const Value& reference : written)
                inputs.push_back(resolve(reference));
        }
        const GraphNode& node = result_.graph.node(number);
        const Schema* schema = types_.find(node.kind, node.use.type);
        const std::size_t least = schema != nullptr ? schema->minimum_inputs() : 0;
        const std::size_t most = schema != nullptr ? schema->maximum_inputs() : Schema::unlimited;
        if (written.empty() && most == 0)
            inputs.clear();  // it makes its output out of nothing
        if (inputs.size() < least || inputs.size() > most)
            throw InputError(
                written.empty() ? node.use.position : written.front().position,
                text(title(node), " has ", inputs.size(), inputs.size() == 1 ? " input" : " inputs", "; it wants ",
                     least == most           ? ""
                     : inputs.size() < least ? "at least "
                                             : "at most ",
                     inputs.size() < least ? least : most, inputs.size() < least ? ": inputs: [a, b]" : ""));
        result_.graph.connect(number, inputs);
    }

    [[nodiscard]] Endpoint resolve(const Value& reference) const {
        const std::string& written = reference.string();
        const std::size_t dot = written.find('.');
        const std::string_view name = std::string_view(written).substr(0, dot);
        std::size_t port = 0;
        if (dot != std::string::npos) {
            const char* const end = written.data() + written.size();
            const auto read = std::from_chars(written.data() + dot + 1, end, port);
            if (read.ptr != end || read.ec != std::errc{} || written.size() == dot + 1)
                throw InputError(reference.position,
                                 text("'", written, "' is no output of a node; outputs are counted from 0: '", name,
                                      ".1' is the second"));
        }
        if (const auto node = node_numbers_.find(name); node != node_numbers_.end())
            return {node->second, port};
        auto tensor = source_numbers_.find(name);
        if (tensor == source_numbers_.end() && name == "input" && !result_.sources.empty())
            tensor = source_numbers_.find(result_.graph.node(result_.sources[0]).name);
        if (tensor == source_numbers_.end())
            throw unknown(reference, std::string(name));
        if (port != 0)
            throw InputError(reference.position,
                             text("'", name, "' is one ", source_title_, "; it has no output ", port));
        return {tensor->second, 0};
    }

    [[nodiscard]] InputError unknown(const Value& reference, const std::string& name) const {
        std::vector<std::string> names;
        for (const Numbers* numbers : {&node_numbers_, &source_numbers_})
            for (const auto& entry : *numbers)
                names.push_back(entry.first);
        return {reference.position, text("there is no node and no ", source_title_, " called '", name, "'",
                                         suggestion(name, names, "there are"))};
    }

    /// Such a node would be computed in vain, so most often a reference is wrong.
    void refuse_unread(std::span<const Endpoint> outputs, const std::string& remedy) const {
        const Graph& graph = result_.graph;
        std::vector<bool> is_read(graph.size());
        for (const Endpoint& output : outputs)
            is_read[output.node] = true;
        for (std::size_t n = 0; n < graph.size(); ++n)
            for (const Endpoint& from : graph.inputs(n))
                is_read[from.node] = true;
        for (std::size_t n = 0; n < graph.size(); ++n) {
            const GraphNode& node = graph.node(n);
            if (!is_read[n] && node.kind == Kind::layer && !node.is_source())
                throw InputError(node.use.position, text("nobody reads ", title(node),
                                                         ": remove it, or name it in the 'inputs' of ", remedy));
        }
    }

    const Types& types_;
    const char* source_title_;
    ProgramGraph result_;
    Numbers source_numbers_;
    Numbers node_numbers_;
};

}  // namespace

ProgramGraph build_graph(const Program& program, std::span<const SampleTensor> tensors, const Types& types) {
    return Builder(types, "tensor of the data").build(program, tensors);
}

InnerGraph build_inner_graph(const NetworkText& network, std::span<const std::string> sources,
                             std::span<const Value> references, const Types& types) {
    return Builder(types, "state").build(network, sources, references);
}

}  // namespace plexus
