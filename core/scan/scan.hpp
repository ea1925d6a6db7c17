// Layers that run a network at each step of a sequence.
#pragma once
#include <memory>

#include "core/plan/model.hpp"
#include "core/scan/step_network.hpp"
#include "plexus/layer.hpp"

namespace plexus {

/// The time loop: one node, whose network is planned once and run at each step, inside of a shard's task.
///   x           [N, T, ...]  input 0, of any element; at a step the network's `input` is x_t [N, ...]
///   states      [N, ...]     further inputs, optional: the states before the first step; 0 where they are left out
///   lengths     [N]          int32, the last input, optional: how many steps of a sample count
///   parameters  of the network's nodes, named NODE/PARAMETER
///   y           [N, ...], the output of the last step that counts, 0 where none does; with return_sequences
///               [N, T, ...], that of each step
///   with return_state further outputs: the states after the last step
/// A step at or beyond a sample's length leaves the states as they are; in y such a place holds 0. What x holds there
/// does not matter, be it NaN, and gets a gradient of 0. With go_backwards the steps are taken from the last to the
/// first, those that count only, and y has them in that order.
/// Refused while planning: an x without steps, states or lengths of another type, a next value that has not its state's
/// type, an output that is not float32, nodes in the network that keep states of their own or count over the batch.
/// While running: a length below 0 or above T (SampleError).
class StepLayer : public Layer {
public:
    void infer(InferContext& c) const override;
    [[nodiscard]] std::unique_ptr<Work> plan(PlanContext& c) const override;

protected:
    using Read = StepNetwork (*)(const Attributes&, const Types&);
    /// `factory` is that of an environment.
    StepLayer(const Attributes& attributes, const Factory& factory, Read read);

private:
    void infer_inputs(InferContext& c) const;
    void infer_network(InferContext& c, const Model& model) const;
    void infer_outputs(InferContext& c, const Model& model) const;
    [[nodiscard]] std::size_t kept_bytes(const Model& model) const;

    const Types& types_;
    std::unique_ptr<Factory> factory_;  // layers of the network are made when the type of x is known
    StepNetwork step_;
};

struct Scan final : StepLayer {
    Scan(const Attributes& a, const Factory& factory) : StepLayer{a, factory, read_scan} {}
};

/// A scan without states: its steps are independent, and are taken as one batch of N T rows.
struct TimeDistributed final : StepLayer {
    TimeDistributed(const Attributes& a, const Factory& factory) : StepLayer{a, factory, read_time_distributed} {}
};

}  // namespace plexus
