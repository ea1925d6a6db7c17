#include <algorithm>

#include "core/plan/step_state.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

using Role = Operand::Role;

Tensor tensor(const StepState& s, Role role, std::size_t i) noexcept {
    const OperandTable& table = s.node->operands;
    if (i >= table.count(role))
        return {};
    const std::size_t number = table.number({role, i});
    Tensor view{s.address(s.plan->slots[s.op->slots + number]), s.node->types[number]};
    const Stage& stage = s.node->stages[s.op->stage];
    if (stage.over == Over::shard && per_sample(role))
        view.type.shape = view.type.shape.with(0, s.op->count);
    const bool rows_alone = stage.tiled_dimension == 0 || role == Role::parameter_gradient;
    if (stage.over == Over::tile && Operand{role, i} == stage.tiled && rows_alone)
        view.type.shape = view.type.shape.with(stage.tiled_dimension, s.op->count);
    return view;
}

// With the first number from 2 on that makes it so, where it is taken: "average", "average_2".
std::string distinct(const std::string& name, const std::vector<std::string>& taken) {
    std::string result = name;
    for (int number = 2; std::ranges::find(taken, result) != taken.end(); ++number)
        result = text(name, "_", number);
    return result;
}

}  // namespace

Mode StepContext::mode() const noexcept {
    return state_.node->signature.mode;
}
std::int64_t StepContext::batch() const noexcept {
    return state_.plan->batch;
}
std::size_t StepContext::worker() const noexcept {
    return state_.worker;
}

std::int64_t StepContext::first() const noexcept {
    return state_.node->stages[state_.op->stage].over == Over::shard ? state_.op->first : 0;
}

std::int64_t StepContext::samples() const noexcept {
    return state_.node->stages[state_.op->stage].over == Over::shard ? state_.op->count : state_.plan->batch;
}

std::span<const Neighbour> StepContext::absorbed() const noexcept {
    return state_.node->absorbed;
}

ConstTensor StepContext::input(std::size_t i) const noexcept {
    return tensor(state_, Role::input, i);
}
ConstTensor StepContext::carry(std::size_t i) const noexcept {
    return tensor(state_, Role::carry, i);
}
ConstTensor StepContext::parameter(std::size_t i) const noexcept {
    return tensor(state_, Role::parameter, i);
}
ConstTensor StepContext::state(std::size_t i) const noexcept {
    return tensor(state_, Role::state, i);
}
ConstTensor StepContext::shared(std::size_t i) const noexcept {
    return tensor(state_, Role::shared, i);
}

std::span<std::byte> StepContext::scratch() const noexcept {
    return {static_cast<std::byte*>(state_.address(state_.op->scratch)), state_.op->scratch_bytes};
}

std::array<std::uint32_t, 4> StepContext::random(std::int64_t sample, std::uint32_t block) const noexcept {
    return philox({state_.seed, state_.node->path},
                  {state_.execution, static_cast<std::uint32_t>(first() + sample), block});
}

Tensor ForwardContext::output(std::size_t i) const noexcept {
    return tensor(state_, Role::output, i);
}
Tensor ForwardContext::saved(std::size_t i) const noexcept {
    return tensor(state_, Role::saved, i);
}
Tensor ForwardContext::next_carry(std::size_t i) const noexcept {
    return tensor(state_, Role::next_carry, i);
}
std::span<double> ForwardContext::partial(std::size_t i) const noexcept {
    return tensor(state_, Role::partial, i).as<double>();
}

ConstTensor BackwardContext::output(std::size_t i) const noexcept {
    return tensor(state_, Role::output, i);
}
ConstTensor BackwardContext::saved(std::size_t i) const noexcept {
    return tensor(state_, Role::saved, i);
}
ConstTensor BackwardContext::output_gradient(std::size_t i) const noexcept {
    return tensor(state_, Role::output_gradient, i);
}
Tensor BackwardContext::input_gradient(std::size_t i) const noexcept {
    return tensor(state_, Role::input_gradient, i);
}
Tensor BackwardContext::parameter_gradient(std::size_t i) const noexcept {
    return tensor(state_, Role::parameter_gradient, i);
}

std::size_t StageContext::stage() const noexcept {
    return state_.op->stage;
}
std::size_t StageContext::tile() const noexcept {
    return state_.op->tile;
}
std::int64_t StageContext::row_begin() const noexcept {
    return state_.op->first;
}
std::int64_t StageContext::row_count() const noexcept {
    return state_.op->count;
}
Tensor StageContext::output(std::size_t i) const noexcept {
    return tensor(state_, Role::output, i);
}
Tensor StageContext::saved(std::size_t i) const noexcept {
    return tensor(state_, Role::saved, i);
}
Tensor StageContext::next_carry(std::size_t i) const noexcept {
    return tensor(state_, Role::next_carry, i);
}
ConstTensor StageContext::output_gradient(std::size_t i) const noexcept {
    return tensor(state_, Role::output_gradient, i);
}
Tensor StageContext::input_gradient(std::size_t i) const noexcept {
    return tensor(state_, Role::input_gradient, i);
}
Tensor StageContext::parameter_gradient(std::size_t i) const noexcept {
    return tensor(state_, Role::parameter_gradient, i);
}
std::span<double> StageContext::partial(std::size_t i) const noexcept {
    return tensor(state_, Role::partial, i).as<double>();
}
std::span<const double> StageContext::combined(std::size_t i) const noexcept {
    return tensor(state_, Role::combined, i).as<double>();
}
Tensor StageContext::shared(std::size_t i) const noexcept {
    return tensor(state_, Role::shared, i);
}
Tensor StageContext::state(std::size_t i) const noexcept {
    return tensor(state_, Role::state, i);
}
Tensor StageContext::derived(std::size_t i) const noexcept {
    return tensor(state_, Role::derived, i);
}
double StageContext::estimate_share() const noexcept {
    return state_.estimate_share;
}

std::span<float> UpdateContext::parameter() const noexcept {
    return state_.parameter;
}
std::span<const float> UpdateContext::gradient() const noexcept {
    return state_.gradient;
}
std::span<float> UpdateContext::slot(std::size_t i) const noexcept {
    std::byte* base = state_.slots[i] + state_.offset;
    return {reinterpret_cast<float*>(base), state_.parameter.size()};
}
double UpdateContext::counter(std::size_t i) const noexcept {
    return state_.counters[i];
}
double UpdateContext::learning_rate() const noexcept {
    return state_.learning_rate;
}
double UpdateContext::gradient_norm() const noexcept {
    return state_.gradient_norm;
}

std::size_t OptimizerContext::slot(std::string name) {
    layout_.slots.push_back(distinct(name, layout_.slots));
    return layout_.slots.size() - 1;
}
std::size_t OptimizerContext::counter(std::string name) {
    layout_.counters.push_back(distinct(name, layout_.counters));
    return layout_.counters.size() - 1;
}
void OptimizerContext::gradient_norm() {
    layout_.gradient_norm = true;
}

OptimizerLayout layout_of(const Optimizer& optimizer) {
    OptimizerLayout layout;
    OptimizerContext context{layout};
    optimizer.declare(context);
    return layout;
}

}  // namespace plexus
