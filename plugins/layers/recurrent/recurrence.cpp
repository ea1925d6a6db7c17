#include "recurrence.hpp"

#include <utility>

#include "sequence_work.hpp"

namespace plexus::recurrent {
namespace {

bool last_is_lengths(std::size_t inputs, Element last) {
    return inputs > 1 && last == Element::int32;
}

}  // namespace

Recurrence::Recurrence(const Attributes& a, std::unique_ptr<const Cell> cell)
    : cell_{std::move(cell)},
      units_{a.get<std::int64_t>("units")},
      use_bias_{a.get<bool>("use_bias")},
      return_sequences_{a.get<bool>("return_sequences")},
      return_state_{a.get<bool>("return_state")},
      go_backwards_{a.get<bool>("go_backwards")},
      stateful_{a.get<bool>("stateful")},
      recurrent_dropout_{a.get<double>("recurrent_dropout")},
      kernel_initializer_{a.typed("kernel_initializer")},
      recurrent_initializer_{a.typed("recurrent_initializer")},
      bias_initializer_{a.typed("bias_initializer")} {
    if (stateful_ && go_backwards_)
        throw a.error("stateful",
                      "stateful wants the steps from the first to the last: what comes before a batch is "
                      "known, not what comes after it; leave out go_backwards");
}

void Recurrence::infer_inputs(InferContext& c) const {
    c.want(0, 3, "[batch, steps, features]");
    const Shape& x = c.input(0).shape;
    if (x[1] < 1 || x[2] < 1)
        throw c.error(
            text("input has shape ", c.source(0), "; there must be at least one step, and one feature in it"));
    const std::size_t last = c.inputs() - 1;
    const bool has_lengths = last_is_lengths(c.inputs(), c.input(last).element);
    const std::size_t states = last - (has_lengths ? 1 : 0);
    const TensorType state{Shape{x[0], units_}};
    const std::string wanted = text("a state is float32 ", state.shape, ", lengths are int32 ", Shape{x[0]});
    for (std::size_t i = 1; i <= states; ++i)
        if (c.input(i) != state)
            throw c.error(text("input ", i, " is ", c.input(i).element, " ", c.source(i), "; ", wanted));
    if (states != 0 && states != cell_->form().states)
        throw c.error(text("inputs have ", states, " of ", cell_->form().states,
                           " states; an initial state is all of them or none, before the lengths"));
    if (states != 0 && stateful_)
        throw c.error("stateful, its initial state is that of the batch before; leave out the inputs that give one");
    if (!has_lengths)
        return;
    if (c.input(last).shape != Shape{x[0]})
        throw c.error(text("input ", last, " is int32 ", c.source(last), "; ", wanted));
    c.no_gradient(last);
}

void Recurrence::infer(InferContext& c) const {
    infer_inputs(c);
    const Shape& x = c.input(0).shape;
    const Cell::Form& form = cell_->form();
    const std::int64_t columns = static_cast<std::int64_t>(form.gates) * units_;
    c.parameter("kernel", Shape{x[2], columns}, kernel_initializer_);
    c.parameter("recurrent_kernel", Shape{units_, columns}, recurrent_initializer_);
    if (use_bias_)
        c.parameter("bias", form.recurrent_bias ? Shape{2, columns} : Shape{columns}, bias_initializer_);
    const TensorType state{Shape{x[0], units_}};
    const TensorType sequence{Shape{x[0], x[1], units_}};
    c.output(0, return_sequences_ ? sequence : state);
    for (std::size_t i = 0; return_state_ && i < form.states; ++i)
        c.output(1 + i, state);
    for (std::size_t i = 0; stateful_ && i < form.states; ++i)
        c.carry(i == 0 ? "h" : "c", state);
    // In the order that SequenceWork counts on.
    c.saved("gates", TensorType{Shape{x[0], x[1], columns}});
    for (std::size_t i = 0; i < form.states; ++i)
        c.saved(i == 0 ? "previous_h" : "previous_c", sequence);
    if (form.keeps)
        c.saved("kept", sequence);
}

std::unique_ptr<Work> Recurrence::plan(PlanContext& c) const {
    const std::size_t last = c.inputs() - 1;
    const bool has_lengths = last_is_lengths(c.inputs(), c.input(last).element);
    return std::make_unique<SequenceWork>(
        c, *cell_,
        SequenceWork::Options{.units = static_cast<std::size_t>(units_),
                              .bias = use_bias_,
                              .sequences = return_sequences_,
                              .returned_states = return_state_ ? cell_->form().states : 0,
                              .backwards = go_backwards_,
                              .dropout = c.training() ? recurrent_dropout_ : 0,
                              .given_states = last - (has_lengths ? 1 : 0),
                              .stateful = stateful_,
                              .lengths = has_lengths});
}

Schema& Recurrence::declare(Schema& schema, std::size_t states, const std::string& bias_initializer) {
    return schema.required("units", AttributeSpec::Form::integer, "numbers in a state, and in an output")
        .at_least(1)
        .attribute("use_bias", true, "adds a number of its own to each sum")
        .attribute("return_sequences", false, "the output is the state after each step, not after the last one alone")
        .attribute("return_state", false, "further outputs: the states after the last step")
        .attribute("go_backwards", false, "takes the steps from the last to the first, and returns them in that order")
        .attribute("stateful", false, "begins with the state in which the batch before ended; for data in streams")
        .attribute("recurrent_dropout", 0.0, "share of the state that its products do not see in training; 0: none")
        .at_least(0)
        .below(1)
        .typed("kernel_initializer", Kind::initializer, "glorot_uniform", "first values of the kernel")
        .typed("recurrent_initializer", Kind::initializer, "orthogonal", "first values of the recurrent kernel")
        .typed("bias_initializer", Kind::initializer, bias_initializer, "first values of the bias")
        .inputs(1, 2 + states)
        .any_element();
}

}  // namespace plexus::recurrent
