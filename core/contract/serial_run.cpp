#include "core/contract/serial_run.hpp"

#include <algorithm>
#include <cstring>

#include "core/execute/operation.hpp"
#include "core/plan/step_state.hpp"

namespace plexus {

void fill_with_rubbish(std::byte* data, std::size_t bytes, std::uint32_t rubbish) {
    for (std::size_t i = 0; i < bytes; i += sizeof rubbish)
        std::memcpy(data + i, &rubbish, std::min(sizeof rubbish, bytes - i));
}

SerialRun::SerialRun(Plan& plan, const Bindings& bindings, const StepInput& input, std::size_t workers,
                     std::uint32_t rubbish)
    : plan_(plan), input_(input), arena_(plan.arena_bytes) {
    for (std::size_t w = 0; w < workers; ++w) {
        scratch_.emplace_back(plan.scratch_bytes);
        fill_with_rubbish(scratch_.back().data(), plan.scratch_bytes, rubbish);
    }
    const auto set = [&](Base base, std::byte* data) { bases_[static_cast<std::size_t>(base)] = data; };
    set(Base::arena, arena_.data());
    set(Base::batch, bindings.batch);
    set(Base::parameters, bindings.parameters);
    set(Base::states, bindings.states);
    set(Base::derived, bindings.derived);
    set(Base::gradients, bindings.gradients);
    set(Base::carries, bindings.carries);
    set(Base::next_carries, bindings.next_carries);
    fill_with_rubbish(arena_.data(), plan.arena_bytes, rubbish);
    fill_with_rubbish(bindings.derived, plan.derived_bytes, rubbish);
}

const std::byte* SerialRun::run(const Stage& stage) {
    for (std::size_t t = 0; t < plan_.tasks.size(); ++t) {
        worker_ = t % scratch_.size();
        bases_[static_cast<std::size_t>(Base::scratch)] = scratch_[worker_].data();
        for (std::uint32_t o = 0; o < plan_.tasks[t].op_count; ++o) {
            Op& op = plan_.ops[plan_.tasks[t].first_op + o];
            if (op.kind == OpKind::stage && stage)
                stage(op);
            else
                run_operation(op);
        }
    }
    return arena_.data();
}

void SerialRun::run_operation(const Op& op) {
    StepFlags flags;
    const bool of_node = op.kind != OpKind::update && op.kind != OpKind::square && op.kind != OpKind::norm;
    const StepState state{.plan = &plan_,
                          .node = of_node ? &plan_.nodes[op.node] : nullptr,
                          .op = &op,
                          .bases = bases_.data(),
                          .worker = worker_,
                          .seed = input_.seed,
                          .execution = input_.execution,
                          .estimate_share = input_.estimate_share};
    plexus::run_operation(state, input_, flags);
}

}  // namespace plexus
