#include "core/graph/graph.hpp"

#include <boost/graph/depth_first_search.hpp>
#include <boost/graph/reverse_graph.hpp>

#include "plexus/text.hpp"

namespace plexus {

namespace {

std::string title(const GraphNode& node) {
    return node.is_source() ? "tensor '" + node.name + "'" : node.title();
}

/// Searches against the edges: a node is finished after everything that it reads.
class OrderVisitor : public boost::default_dfs_visitor {
public:
    OrderVisitor(std::vector<std::size_t>& path, std::vector<std::size_t>& order) : path_(path), order_(order) {}

    template <class Reversed>
    void discover_vertex(std::size_t node, const Reversed&) const {
        path_.push_back(node);
    }
    template <class Reversed>
    void finish_vertex(std::size_t node, const Reversed&) const {
        path_.pop_back();
        order_.push_back(node);
    }
    /// The target is on the path: what lies between the two, in the direction of the data, is a cycle.
    template <class Edge, class Reversed>
    void back_edge(const Edge& edge, const Reversed& graph) const {
        const std::size_t repeated = target(edge, graph);
        std::string names = title(graph[repeated]);
        for (auto node = path_.rbegin(); *node != repeated; ++node)
            names += " -> " + title(graph[*node]);
        throw InputError(graph[repeated].use.position, text("a cycle: ", names, " -> ", title(graph[repeated]),
                                                            "; a node cannot read what depends on its own output"));
    }

private:
    std::vector<std::size_t>& path_;
    std::vector<std::size_t>& order_;
};

}  // namespace

std::size_t Graph::add(GraphNode node, const std::vector<Endpoint>& inputs) {
    const std::size_t number = boost::add_vertex(std::move(node), storage_);
    inputs_.emplace_back();
    connect(number, inputs);
    return number;
}

void Graph::connect(std::size_t number, const std::vector<Endpoint>& inputs) {
    for (const Endpoint& from : inputs) {
        boost::add_edge(from.node, number, EdgeData{from.port, inputs_[number].size()}, storage_);
        inputs_[number].push_back(from);
    }
}

std::size_t Graph::size() const noexcept {
    return inputs_.size();
}
const GraphNode& Graph::node(std::size_t number) const {
    return storage_[number];
}
const std::vector<Endpoint>& Graph::inputs(std::size_t number) const {
    return inputs_[number];
}

std::vector<std::size_t> Graph::order() const {
    std::vector<std::size_t> path;
    std::vector<std::size_t> order;
    order.reserve(size());
    boost::depth_first_search(boost::make_reverse_graph(storage_), boost::visitor(OrderVisitor(path, order)));
    return order;
}

}  // namespace plexus
