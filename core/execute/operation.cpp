#include "core/execute/operation.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "plexus/work.hpp"

namespace plexus {
namespace {

const Place& slot(const StepState& s, std::size_t i) {
    return s.plan->slots[s.op->slots + i];
}

template <class T>
T* at(const StepState& s, std::size_t i) {
    return static_cast<T*>(s.address(slot(s, i)));
}

// The tree over shards: neighbours first, then pairs of pairs. What has no partner goes up as it is.
template <class Merge>
void in_tree_order(std::size_t parts, Merge&& merge) {
    for (std::size_t stride = 1; stride < parts; stride *= 2)
        for (std::size_t i = 0; i + stride < parts; i += 2 * stride)
            merge(i, i + stride);
}

void combine(const StepState& s) {
    const std::size_t parts = s.op->slot_count - 1;
    const std::size_t number = s.node->operands.number({Operand::Role::partial, s.op->stage});
    const auto size = static_cast<std::size_t>(s.node->types[number].shape.elements());
    in_tree_order(parts, [&](std::size_t into, std::size_t from) {
        s.node->layer->merge(s.op->stage, {at<double>(s, 1 + into), size}, {at<double>(s, 1 + from), size});
    });
    std::memcpy(at<double>(s, 0), at<double>(s, 1), size * sizeof(double));
}

// Slots: the totals, then each loss's sums per shard.
void total(const StepState& s, StepFlags& flags) {
    const std::vector<WeightedLoss>& losses = s.plan->phases[s.op->stage].request.losses;
    const std::size_t shards = (s.op->slot_count - 1) / losses.size();
    double* const totals = at<double>(s, 0);
    double weighted = 0;
    for (std::size_t i = 0; i < losses.size(); ++i) {
        const std::size_t first = 1 + i * shards;
        in_tree_order(shards, [&](std::size_t into, std::size_t from) {
            *at<double>(s, first + into) += *at<double>(s, first + from);
        });
        totals[1 + i] = *at<double>(s, first);
        weighted += losses[i].weight * totals[1 + i];
    }
    totals[0] = weighted;
    if (!std::isfinite(weighted))
        flags.bad_loss.store(true, std::memory_order_relaxed);
}

void objective(const StepState& s) {
    const float* losses = at<float>(s, 1);
    double sum = 0;
    for (std::int64_t i = 0; i < s.op->count; ++i)
        sum += losses[i];
    *at<double>(s, 0) = sum;
}

void seed(const StepState& s) {
    const double weight = s.plan->phases[s.op->stage].request.losses[s.op->tile].weight;
    const float of_one = static_cast<float>(weight) / static_cast<float>(s.plan->batch);
    std::fill_n(at<float>(s, 0), s.op->count, of_one);
}

std::size_t elements_per_sample(const StepState& s, std::size_t number) {
    return static_cast<std::size_t>(s.node->types[number].shape.elements() / s.plan->batch);
}

// A gradient at a fork. The type is that of the node's output whose gradient it is: all its outputs' parts are equal.
template <class T>
void add_parts(const StepState& s) {
    const std::size_t size = elements_per_sample(s, s.op->stage) * static_cast<std::size_t>(s.op->count);
    T* sum = at<T>(s, 0);
    const auto add = [=](const T* a, const T* b) {
        for (std::size_t i = 0; i < size; ++i)
            sum[i] = static_cast<T>(static_cast<float>(a[i]) + static_cast<float>(b[i]));
    };
    add(at<T>(s, 1), at<T>(s, 2));
    for (std::size_t part = 3; part < s.op->slot_count; ++part)
        add(sum, at<T>(s, part));
}

void add(const StepState& s) {
    if (s.node->types[s.op->stage].element == Element::bfloat16)
        add_parts<bfloat16>(s);
    else
        add_parts<float>(s);
}

void zero(const StepState& s) {
    const std::size_t elements = elements_per_sample(s, s.op->stage) * static_cast<std::size_t>(s.op->count);
    std::memset(at<std::byte>(s, 0), 0, elements * size_of(s.node->types[s.op->stage].element));
}

// Sums the shards' parts of a tile of a gradient into the first.
float* reduce(const StepState& s, std::size_t first_part) {
    const auto size = static_cast<std::size_t>(s.op->count);
    in_tree_order(s.op->slot_count - first_part, [&](std::size_t into, std::size_t from) {
        float* a = at<float>(s, first_part + into);
        const float* b = at<float>(s, first_part + from);
        for (std::size_t i = 0; i < size; ++i)
            a[i] += b[i];
    });
    return at<float>(s, first_part);
}

void square(const StepState& s) {
    const float* gradient = reduce(s, 1);
    double sum = 0;
    for (std::int64_t i = 0; i < s.op->count; ++i)
        sum += static_cast<double>(gradient[i]) * gradient[i];
    *at<double>(s, 0) = sum;
}

void norm(const StepState& s) {
    double sum = 0;
    for (std::size_t i = 1; i < s.op->slot_count; ++i)
        sum += *at<double>(s, i);
    *at<double>(s, 0) = std::sqrt(sum);
}

bool finite(const float* values, std::size_t count) {
    constexpr std::uint32_t exponent = 0x7F800000;
    std::uint32_t bad = 0;
    for (std::size_t i = 0; i < count; ++i)
        bad |= static_cast<std::uint32_t>((std::bit_cast<std::uint32_t>(values[i]) & exponent) == exponent);
    return bad == 0;
}

void keep_first(std::atomic<std::uint32_t>& first, std::uint32_t number) {
    std::uint32_t seen = first.load(std::memory_order_relaxed);
    while (number < seen && !first.compare_exchange_weak(seen, number, std::memory_order_relaxed)) {
    }
}

// Slots: parameter, total loss, gradient norm, then the parts of the gradient.
void update(const StepState& s, const StepInput& input, StepFlags& flags) {
    const double* loss = at<double>(s, 1);
    const double* norm = at<double>(s, 2);
    if (loss != nullptr && !std::isfinite(*loss))
        return;
    const float* gradient = norm != nullptr ? at<float>(s, 3) : reduce(s, 3);
    const auto size = static_cast<std::size_t>(s.op->count);
    if (!finite(gradient, size)) {
        keep_first(flags.bad_update, static_cast<std::uint32_t>(s.op - s.plan->ops.data()));
        return;
    }
    const std::size_t offset = slot(s, 0).offset;
    const PhaseInput* const phase = s.op->stage < input.phases.size() ? &input.phases[s.op->stage] : nullptr;
    if (phase == nullptr || phase->optimizer == nullptr) {
        std::memcpy(s.bases[static_cast<std::size_t>(Base::gradients)] + offset, gradient, size * sizeof(float));
        return;
    }
    UpdateState update;
    update.parameter = {at<float>(s, 0), size};
    update.gradient = {gradient, size};
    update.slots =
        s.bases + static_cast<std::size_t>(Base::first_slot) + s.plan->phases[s.op->stage].request.first_slot;
    update.offset = offset;
    update.counters = phase->counters;
    update.learning_rate = phase->learning_rate;
    update.gradient_norm = norm != nullptr ? *norm : 0;
    phase->optimizer->update(UpdateContext{update});
}

}  // namespace

void run_operation(const StepState& state, const StepInput& input, StepFlags& flags) {
    switch (state.op->kind) {
        case OpKind::stage:
            if (!input.derived_fresh || !is_derivation(state.node->stages[state.op->stage]))
                state.node->work->run(StageContext{state});
            return;
        case OpKind::combine:
            return combine(state);
        case OpKind::seed:
            return seed(state);
        case OpKind::objective:
            return objective(state);
        case OpKind::total:
            return total(state, flags);
        case OpKind::add:
            return add(state);
        case OpKind::zero:
            return zero(state);
        case OpKind::square:
            return square(state);
        case OpKind::norm:
            return norm(state);
        case OpKind::update:
            return update(state, input, flags);
    }
}

}  // namespace plexus
