// A graph with its layers made: what all plans of a program share, and where each weight lies in its storage.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/diagnostic/activity.hpp"
#include "core/graph/graph.hpp"
#include "core/plan/signature.hpp"
#include "core/plugin/types.hpp"
#include "plexus/layer.hpp"

namespace plexus {

/// One parameter or state of the program and its place, in bytes, in the storage of all of them.
struct Weight {
    std::size_t node = 0;   ///< in the graph
    std::size_t index = 0;  ///< in the node's declarations
    WeightDeclaration declaration;
    std::size_t offset = 0;
    PluginUse initializer = {};  ///< of a parameter

    [[nodiscard]] std::size_t bytes() const noexcept {
        return static_cast<std::size_t>(declaration.shape.elements()) * 4;
    }
};

/// Constant after construction. Weights depend on the sample types alone, not on the batch.
class Model {
public:
    /// Makes every layer of the graph and asks it for its shapes once. `sources` holds one sample's type per source
    /// node, in their order; `batch` is what messages show as the first dimension. Throws InputError with the node's
    /// position.
    Model(Graph graph, std::vector<TensorType> sources, std::int64_t batch, const Types& types, const Factory& factory);

    [[nodiscard]] const Graph& graph() const noexcept { return graph_; }
    [[nodiscard]] const std::vector<std::size_t>& order() const noexcept { return order_; }
    /// Calls of one network share its layers.
    [[nodiscard]] const Layer& layer(std::size_t node) const {
        const std::size_t twin = graph_.node(node).twin;
        return *layers_.at(twin == GraphNode::itself ? node : twin);
    }
    /// A node as messages name it, with the file that its type comes from.
    [[nodiscard]] const PluginUse& use(std::size_t node) const { return uses_.at(node); }
    [[nodiscard]] const TensorType& source(std::size_t node) const;
    [[nodiscard]] const std::vector<Weight>& parameters() const noexcept { return parameters_; }
    [[nodiscard]] const std::vector<Weight>& states() const noexcept { return states_; }
    /// Bytes of all parameters, padded so that each starts at a multiple of 64.
    [[nodiscard]] std::size_t parameter_bytes() const noexcept { return parameter_bytes_; }
    [[nodiscard]] std::size_t state_bytes() const noexcept { return state_bytes_; }
    /// Number of a node's first parameter in parameters(); its others follow.
    [[nodiscard]] std::size_t first_parameter(std::size_t node) const { return first_parameter_.at(node); }
    [[nodiscard]] std::size_t first_state(std::size_t node) const { return first_state_.at(node); }

    /// The signatures of all nodes for a batch, in the order of their numbers; sources have outputs only.
    [[nodiscard]] std::vector<NodeSignature> infer(std::int64_t batch, Mode mode) const;

private:
    void refuse_other_shapes(std::size_t node, const NodeSignature& own, const std::vector<NodeSignature>& done) const;
    [[nodiscard]] NodeSignature infer_node(std::size_t node, std::int64_t batch, Mode mode,
                                           const std::vector<NodeSignature>& done) const;

    Graph graph_;
    std::vector<std::size_t> order_;
    std::vector<TensorType> sources_;
    std::vector<std::size_t> source_index_;
    std::vector<std::unique_ptr<Layer>> layers_;
    std::vector<bool> any_element_;  // per node: its type takes inputs that are not float32
    std::vector<PluginUse> uses_;
    std::vector<Weight> parameters_;
    std::vector<Weight> states_;
    std::vector<std::size_t> first_parameter_;
    std::vector<std::size_t> first_state_;
    std::size_t parameter_bytes_ = 0;
    std::size_t state_bytes_ = 0;
};

}  // namespace plexus
