// The work of a layer that says nothing about stages: forward() and backward(), per shard.
#include "plexus/layer.hpp"

namespace plexus {
namespace {

using Role = Operand::Role;

class DefaultWork final : public Work {
public:
    DefaultWork(const Layer& layer, std::size_t backward) : layer_(layer), backward_(backward) {}

    void run(const StageContext& c) const override {
        // The three contexts are views of one state; a stage's own view shows what its pass may touch.
        if (c.stage() == backward_)
            layer_.backward(c.as_backward());
        else
            layer_.forward(c.as_forward());
    }

private:
    const Layer& layer_;
    std::size_t backward_;
};

void append(std::vector<Operand>& list, Role role, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        list.push_back({role, i});
}

}  // namespace

std::unique_ptr<Work> Layer::plan(PlanContext& c) const {
    const Traits says = traits();
    const PlanContext::Counts n = c.counts();
    Stage forward{.name = "forward"};
    append(forward.reads, Role::input, n.inputs);
    append(forward.reads, Role::parameter, n.parameters);
    append(forward.reads, Role::state, n.states);
    append(forward.reads, Role::carry, n.carries);
    append(forward.writes, Role::output, n.outputs);
    append(forward.writes, Role::saved, n.saved);
    append(forward.writes, Role::partial, n.partials);
    append(forward.writes, Role::next_carry, n.carries);
    if (says.in_place)
        forward.in_place.push_back({{Role::output, 0}, {Role::input, 0}});
    c.forward(std::move(forward));
    std::size_t backward_stage = static_cast<std::size_t>(-1);
    if (c.wants_gradient()) {
        Stage backward{.name = "backward"};
        append(backward.reads, Role::output_gradient, n.outputs);
        if (says.backward_reads_inputs)
            append(backward.reads, Role::input, n.inputs);
        if (says.backward_reads_outputs)
            append(backward.reads, Role::output, n.outputs);
        append(backward.reads, Role::saved, n.saved);
        append(backward.reads, Role::parameter, n.parameters);
        append(backward.reads, Role::state, n.states);
        append(backward.reads, Role::carry, n.carries);
        for (std::size_t i = 0; i < n.inputs; ++i)
            if (c.wants_input_gradient(i))
                backward.writes.push_back({Role::input_gradient, i});
        if (c.wants_parameter_gradient())
            append(backward.writes, Role::parameter_gradient, n.parameters);
        if (says.in_place && c.wants_input_gradient(0))
            backward.in_place.push_back({{Role::input_gradient, 0}, {Role::output_gradient, 0}});
        backward_stage = c.backward(std::move(backward));
    }
    return std::make_unique<DefaultWork>(*this, backward_stage);
}

Work::~Work() = default;

}  // namespace plexus
