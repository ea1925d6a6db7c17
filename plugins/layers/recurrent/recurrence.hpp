// What recurrent layers have in common: attributes, inputs, parameters and outputs.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cell.hpp"
#include "plexus/plugin.hpp"

namespace plexus::recurrent {

/// A layer that takes the steps of a sequence one after the other.
///   x           [N, T, F]   input 0
///   states      [N, U]      further inputs, optional: the state before the first step; 0 where it is left out
///   lengths     [N]         int32, the last input, optional: how many steps of a sample count
///   kernel      [F, G U], recurrent_kernel [U, G U], bias [G U] or [2, G U] unless use_bias is false
///   y           [N, U], the state after the last step; with return_sequences [N, T, U], the state after each step
///   with return_state further outputs, [N, U] each: the states after the last step
/// Stateful, a batch goes on where the batch before ended: the states after the last step are those before the next
/// batch's first, and no gradient crosses: truncated backpropagation through time (Williams and Peng 1990).
/// A step at or beyond a sample's length leaves the states as they are; in y such a place holds 0. What x holds there
/// does not matter, be it NaN, and gets a gradient of 0. With go_backwards the steps are taken from the last to the
/// first, those that count only, and y has them in that order.
/// With recurrent_dropout the products read, in training, a state of which some numbers are dropped, the same at all
/// steps of a sequence, and the others divided by 1 - rate; the state itself is kept.
/// A sample's bits do not depend on the samples beside it. backward() assigns. Products are of float32.
/// Refused while planning: an input that is not [N, T, F] or has no step or feature; a state or lengths of another
/// shape or element type; stateful together with go_backwards or an initial state. While running: a length below 0 or
/// above T (SampleError).
class Recurrence : public Layer {
public:
    Recurrence(const Attributes& a, std::unique_ptr<const Cell> cell);

    void infer(InferContext& c) const override;
    [[nodiscard]] std::unique_ptr<Work> plan(PlanContext& c) const override;

    /// The attributes and inputs that all have. `bias_initializer` is the default of that attribute.
    static Schema& declare(Schema& schema, std::size_t states, const std::string& bias_initializer);

private:
    void infer_inputs(InferContext& c) const;

    std::unique_ptr<const Cell> cell_;
    std::int64_t units_;
    bool use_bias_;
    bool return_sequences_;
    bool return_state_;
    bool go_backwards_;
    bool stateful_;
    double recurrent_dropout_;
    TypedValue kernel_initializer_;
    TypedValue recurrent_initializer_;
    TypedValue bias_initializer_;
};

}  // namespace plexus::recurrent
