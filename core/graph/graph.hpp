// Nodes and edges of a program, nothing else: no memory, no kernels, no threads.
#pragma once
#include <boost/graph/adjacency_list.hpp>
#include <cstddef>
#include <string>
#include <vector>

#include "plexus/attributes.hpp"
#include "plexus/schema.hpp"

namespace plexus {

/// An output port of a node.
struct Endpoint {
    std::size_t node = 0;
    std::size_t port = 0;
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// One use of a registered type, or a source: a tensor that the data set gives, which has no type. A network that is
/// called several times has a node for each call.
struct GraphNode {
    std::string name = {};     ///< unique in its network: "conv2d_1"
    std::string network = {};  ///< "main"; empty for losses, metrics, and whatever else stands outside of the networks
    Kind kind = Kind::layer;
    TypedValue use = {};  ///< type, attributes, position; for a source the type is empty
    /// With the name, the stream of its random numbers: the call's path, "discriminator/on_fake"; in a program of one
    /// network, that.
    std::string scope = {};
    std::string call = {};      ///< the call that it belongs to, where its network can be called several times
    Position called = {};       ///< where that call is written
    std::size_t phase = 0;      ///< of the program
    std::size_t twin = itself;  ///< the node of the network's first call that it shares its weights with

    static constexpr std::size_t itself = static_cast<std::size_t>(-1);

    [[nodiscard]] bool is_source() const noexcept { return use.type.empty(); }
    /// "dense_1"; of one call among several, "on_fake/dense_1"
    [[nodiscard]] std::string label() const { return call.empty() ? name : call + "/" + name; }
    /// "dense 'on_fake/dense_1'"
    [[nodiscard]] std::string title() const { return use.type + " '" + label() + "'"; }
};

/// Grows only. A node's number is its place in the order in which nodes were added.
class Graph {
public:
    std::size_t add(GraphNode node, const std::vector<Endpoint>& inputs = {});

    [[nodiscard]] std::size_t size() const noexcept;
    [[nodiscard]] const GraphNode& node(std::size_t number) const;
    /// In the order of the node's input ports.
    [[nodiscard]] const std::vector<Endpoint>& inputs(std::size_t number) const;
    /// Connects a node that was added without its inputs (they may name later nodes).
    void connect(std::size_t number, const std::vector<Endpoint>& inputs);

    /// Every node after the nodes that it reads, and otherwise in the order in which they were added: what a node reads
    /// and was added later is moved to just before it. Linear time, no recursion.
    /// Throws InputError with the position of one of its nodes for a cycle, naming all of them.
    [[nodiscard]] std::vector<std::size_t> order() const;

private:
    struct EdgeData {
        std::size_t from_port = 0;
        std::size_t to_port = 0;
    };
    using Storage = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS, GraphNode, EdgeData>;
    Storage storage_;
    std::vector<std::vector<Endpoint>> inputs_;
};

}  // namespace plexus
