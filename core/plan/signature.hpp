// What one node declared when it was asked for its shapes: the record behind InferContext.
#pragma once
#include <string>
#include <vector>

#include "core/graph/graph.hpp"
#include "plexus/infer.hpp"

namespace plexus {

/// A parameter or a state as its node declared it.
struct WeightDeclaration {
    std::string name;
    Shape shape;
    TypedValue initializer;               ///< of a parameter
    float initial = 0;                    ///< of a state
    Estimate estimate = Estimate::never;  ///< of a state
};

struct NamedType {
    std::string name;
    TensorType type;
};

/// Filled by InferContext. All types are those of the whole batch.
struct NodeSignature {
    const GraphNode* node = nullptr;
    Mode mode = Mode::training;
    std::int64_t batch = 0;
    std::vector<TensorType> inputs;
    std::vector<std::string> sources;  ///< of each input: "from relu 'r1', a.yaml:3:5"
    std::vector<TensorType> outputs;
    std::vector<WeightDeclaration> parameters;
    std::vector<WeightDeclaration> states;
    std::vector<NamedType> saved;
    std::vector<NamedType> shared;
    std::vector<NamedType> carries;
    std::vector<std::pair<std::string, std::size_t>> partials;  ///< name, doubles
    std::vector<bool> no_gradient;                              ///< per input

    /// "mnist.yaml:15:5: dense 'fc1': message"
    [[nodiscard]] InputError error(const std::string& message) const;
};

}  // namespace plexus
