// The numbers of a model that outlive a step: parameters, states, and what the optimizer keeps beside them.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/execute/executor.hpp"
#include "core/plan/model.hpp"
#include "core/store/tree.hpp"
#include "core/train/optimizers.hpp"

namespace plexus {

struct Weights {
    /// Zeros.
    Weights(const Model& model, std::size_t slots, std::size_t counters);

    Memory parameters;
    Memory states;
    Memory inference_states;    ///< estimated for the weights for inference, where these are others
    std::vector<Memory> slots;  ///< laid out like the parameters
    std::vector<std::byte*> slot_addresses;
    std::vector<double> counters;
    Memory mixed;               ///< parameters of several phases' averages, see inference_parameters()
    std::uint64_t version = 0;  ///< counts changes of the parameters, so that packed copies know when they are old
};

/// First values: each parameter by its own initializer from a random stream of its own, named by network, node and
/// parameter; states as declared.
void initialize(Weights& weights, const Model& model, const Factory& factory, std::uint32_t seed);

/// A tensor that an update or a layer has left with a value that is none.
struct NonFinite {
    std::size_t node = 0;     ///< in the graph
    bool is_state = false;    ///< written by the node itself, not by the optimizer
    std::string tensor = {};  ///< "dense 'fc1', kernel"; of a slot with its name
};

/// The first parameter that is not finite, else the first state or slot that holds a NaN: an infinity may be meant
/// there.
[[nodiscard]] std::optional<NonFinite> find_non_finite(const Weights& weights, const Model& model,
                                                       const Optimizers& optimizers);

/// The parameters that inference uses: an optimizer's average in the place of those that it moves, where it has one.
/// What is returned is `weights.parameters`, a slot, or `weights.mixed`, which is then renewed.
[[nodiscard]] std::byte* inference_parameters(Weights& weights, const Model& model, const Optimizers& optimizers);
/// Whether some of them are averages.
[[nodiscard]] bool has_averages(const Weights& weights, const Optimizers& optimizers);

/// Adds one dataset per weight, "<prefix>/<network>/<node>/<name>", in the graph's order; of all networks unless some
/// are named.
void put_weights(store::Group& root, const std::string& prefix, const Model& model, const std::byte* parameters,
                 const std::byte* states, std::span<const std::string> networks = {});
/// Reads them back. Every name and shape must fit: what is missing, unexpected or misshapen is listed in one
/// InputError. Null where parameters or states are not wanted.
void get_weights(const store::Group& root, const std::string& prefix, const std::string& file, const Model& model,
                 std::byte* parameters, std::byte* states, std::span<const std::string> networks = {});

}  // namespace plexus
