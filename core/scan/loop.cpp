#include "core/scan/loop.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "core/execute/non_finite.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

/// What the core may see of a step, and a plugin may not.
class OuterStep final : public StageContext {
public:
    explicit OuterStep(const StageContext& context) : StageContext(context) {}
    [[nodiscard]] const StepState& state() const noexcept { return state_; }
};

void add(float* to, const float* from, std::size_t count) noexcept {
    for (std::size_t i = 0; i < count; ++i)
        to[i] += from[i];
}

}  // namespace

/// For the report of a crash: which node's code runs, and at which step.
class Loop::Call final : public Activity {
public:
    Call(const Loop& loop, std::size_t pass) noexcept : loop_(loop), pass_(pass) {}
    [[nodiscard]] const PluginUse* use() const noexcept override { return loop_.state_.node->use; }
    void say_where(CrashText& text) const noexcept override {
        const NodePlan& node = *loop_.state_.node;
        text << "in its " << (loop_.op_.stage < node.forward_stages ? "forward" : "backward") << " pass, stage '"
             << node.stages[loop_.op_.stage].name << "'";
        if (loop_.shard_.passes > 1)
            text << ", step " << static_cast<std::uint64_t>(loop_.row(pass_, 0).step);
    }

private:
    const Loop& loop_;
    std::size_t pass_;
};

Loop::Loop(const ScanPlan& scan, const ShardPlan& shard, const StageContext& context)
    : scan_{scan}, shard_{shard}, c_{context}, plan_{shard.step.plan}, outer_{OuterStep{context}.state()} {
    std::byte* const memory = c_.scratch().data();
    const auto set = [&](Base base, std::byte* address) { bases_[static_cast<std::size_t>(base)] = address; };
    set(Base::arena, memory + shard.arena);
    set(Base::scratch, memory + shard.scratch);
    set(Base::batch, memory + shard.batch);
    if (plan_.derived_bytes != 0)
        set(Base::derived, static_cast<std::byte*>(c_.derived(shard.derived).data));
    // Nothing in a step writes a parameter: its plan has no optimizer.
    for (std::size_t p = 0; p < scan.model->parameters().size(); ++p)
        bases_[base_of_parameter(p)] = static_cast<std::byte*>(const_cast<void*>(c_.parameter(p).data));
    state_ = {.plan = &plan_,
              .bases = bases_.data(),
              .worker = outer_.worker,
              .seed = outer_.seed,
              .execution = outer_.execution};
    if (scan.lengths && c_.stage() != shard.pack)
        lengths_ = c_.input(1 + scan.given_states).as<std::int32_t>();
}

Loop::Row Loop::row(std::size_t pass, std::size_t r) const noexcept {
    if (shard_.rows != shard_.samples)
        return {r / scan_.steps, r % scan_.steps};
    return {r, scan_.step->go_backwards ? scan_.steps - 1 - pass : pass};
}

bool Loop::counts(const Row& row) const noexcept {
    return lengths_.empty() || row.step < static_cast<std::size_t>(lengths_[row.sample]);
}

bool Loop::is_last(const Row& row) const noexcept {
    const std::size_t count = lengths_.empty() ? scan_.steps : static_cast<std::size_t>(lengths_[row.sample]);
    return counts(row) && row.step == (scan_.step->go_backwards ? 0 : count - 1);
}

std::size_t Loop::place_in_y(const Row& row) const noexcept {
    if (!scan_.step->return_sequences)
        return row.sample;
    return row.sample * scan_.steps + (scan_.step->go_backwards ? scan_.steps - 1 - row.step : row.step);
}

std::size_t Loop::state_size(std::size_t s) const noexcept {
    return static_cast<std::size_t>(scan_.step->states[s].shape.elements());
}

float* Loop::floats(const Result& result) const noexcept {
    return static_cast<float*>(state_.address(result.place));
}

float* Loop::state_at(std::size_t memory, std::size_t s) const noexcept {
    std::size_t before = 0;
    for (std::size_t i = 0; i < s; ++i)
        before += state_size(i);
    return reinterpret_cast<float*>(c_.scratch().data() + memory) + before * shard_.rows;
}

void Loop::derive() {
    run(shard_.step.derivations, 0);
}

void Loop::refuse_lengths() const {
    for (std::size_t i = 0; i < lengths_.size(); ++i)
        if (lengths_[i] < 0 || static_cast<std::size_t>(lengths_[i]) > scan_.steps)
            throw SampleError(c_.first() + static_cast<std::int64_t>(i),
                              text("length ", lengths_[i], "; the sequence has ", scan_.steps, " steps"));
}

void Loop::forward() {
    refuse_lengths();
    const std::size_t states = scan_.step->states.size();
    for (std::size_t s = 0; s < states; ++s) {
        float* const state = floats(plan_.sources[1 + s]);
        if (scan_.given_states != 0)
            std::memcpy(state, c_.input(1 + s).data, shard_.rows * state_size(s) * sizeof(float));
        else
            std::fill_n(state, shard_.rows * state_size(s), 0.0F);
    }
    std::ranges::fill(c_.output(0).as(), 0.0F);
    for (std::size_t pass = 0; pass < shard_.passes && not_finite_.empty(); ++pass) {
        gather_x(pass);
        run(shard_.step.forward, pass);
        if (scan_.keeps)
            keep(pass);
        write_y(pass);
        step_states(pass);
    }
    for (std::size_t s = 0; scan_.step->return_state && s < states; ++s)
        std::memcpy(c_.output(1 + s).data, floats(plan_.sources[1 + s]), shard_.rows * state_size(s) * sizeof(float));
}

void Loop::gather_x(std::size_t pass) noexcept {
    const ConstTensor x = c_.input(0);
    const std::size_t size = plan_.sources[0].type.bytes() / shard_.rows;
    const auto* const from = static_cast<const std::byte*>(x.data);
    auto* const to = static_cast<std::byte*>(state_.address(plan_.sources[0].place));
    for (std::size_t r = 0; r < shard_.rows; ++r) {
        const Row at = row(pass, r);
        if (counts(at))
            std::memcpy(to + r * size, from + (at.sample * scan_.steps + at.step) * size, size);
        else
            std::memset(to + r * size, 0, size);
    }
}

void Loop::keep(std::size_t pass) noexcept {
    auto* to = static_cast<std::byte*>(c_.saved(0).data) + pass * shard_.step.kept_bytes;
    for (const StepPlan::Range& range : shard_.step.kept) {
        std::memcpy(to, bases_[range.base] + range.offset, range.bytes);
        to += range.bytes;
    }
}

void Loop::restore(std::size_t pass) noexcept {
    const auto* from = static_cast<const std::byte*>(c_.saved(0).data) + pass * shard_.step.kept_bytes;
    for (const StepPlan::Range& range : shard_.step.kept) {
        std::memcpy(bases_[range.base] + range.offset, from, range.bytes);
        from += range.bytes;
    }
}

void Loop::write_y(std::size_t pass) noexcept {
    const Result& result = plan_.kept[0];
    const auto size = static_cast<std::size_t>(result.type.shape.elements()) / shard_.rows;
    float* const y = c_.output(0).as().data();
    for (std::size_t r = 0; r < shard_.rows; ++r) {
        const Row at = row(pass, r);
        if (scan_.step->return_sequences ? counts(at) : is_last(at))
            std::memcpy(y + place_in_y(at) * size, floats(result) + r * size, size * sizeof(float));
    }
}

// All next values are read before a state is written: one may be another's.
void Loop::step_states(std::size_t pass) noexcept {
    const StepNetwork& step = *scan_.step;
    for (std::size_t s = 0; s < step.states.size(); ++s) {
        const Handed from = step.next[s];
        const std::size_t size = state_size(s);
        const float* const next = from.from == Handed::From::result  ? floats(plan_.kept[from.index])
                                  : from.from == Handed::From::state ? floats(plan_.sources[1 + from.index])
                                                                     : floats(plan_.sources[0]);
        const float* const before = floats(plan_.sources[1 + s]);
        float* const to = state_at(shard_.states, s);
        for (std::size_t r = 0; r < shard_.rows; ++r)
            std::memcpy(to + r * size, (counts(row(pass, r)) ? next : before) + r * size, size * sizeof(float));
    }
    for (std::size_t s = 0; s < step.states.size(); ++s)
        std::memcpy(floats(plan_.sources[1 + s]), state_at(shard_.states, s),
                    shard_.rows * state_size(s) * sizeof(float));
}

void Loop::backward() {
    const std::size_t states = scan_.step->states.size();
    for (std::size_t s = 0; s < states; ++s) {
        float* const slope = state_at(shard_.states, s);
        if (scan_.step->return_state)
            std::memcpy(slope, c_.output_gradient(1 + s).data, shard_.rows * state_size(s) * sizeof(float));
        else
            std::fill_n(slope, shard_.rows * state_size(s), 0.0F);
    }
    for (std::size_t p = 0; p < scan_.model->parameters().size(); ++p)
        if (const Tensor gradient = c_.parameter_gradient(p))
            std::ranges::fill(gradient.as(), 0.0F);
    for (std::size_t pass = shard_.passes; pass-- > 0 && not_finite_.empty();) {
        if (scan_.keeps)
            restore(pass);
        if (shard_.step.backward_reads_x)
            gather_x(pass);
        give_gradients(pass);
        run(shard_.step.backward, pass);
        take_x_gradient(pass);
        take_state_gradients(pass);
    }
    for (std::size_t s = 0; s < scan_.given_states; ++s)
        if (const Tensor gradient = c_.input_gradient(1 + s))
            std::memcpy(gradient.data, state_at(shard_.states, s), shard_.rows * state_size(s) * sizeof(float));
}

void Loop::give_gradients(std::size_t pass) noexcept {
    const float* const dy = c_.output_gradient(0).as().data();
    for (std::size_t i = 0; i < plan_.given_gradients.size(); ++i) {
        const auto size = static_cast<std::size_t>(plan_.given_gradients[i].type.shape.elements()) / shard_.rows;
        for (std::size_t r = 0; r < shard_.rows; ++r) {
            float* const gradient = floats(plan_.given_gradients[i]) + r * size;
            std::fill_n(gradient, size, 0.0F);
            const Row at = row(pass, r);
            if (!counts(at))
                continue;
            if (i == 0 && (scan_.step->return_sequences || is_last(at)))
                std::memcpy(gradient, dy + place_in_y(at) * size, size * sizeof(float));
            add_handed({Handed::From::result, i}, r, gradient, size);
        }
    }
}

// By each state that became what `to` is.
void Loop::add_handed(Handed to, std::size_t r, float* gradient, std::size_t size) const noexcept {
    for (std::size_t s = 0; s < scan_.step->next.size(); ++s)
        if (scan_.step->next[s] == to)
            add(gradient, state_at(shard_.states, s) + r * size, size);
}

void Loop::take_x_gradient(std::size_t pass) noexcept {
    const Tensor dx = c_.input_gradient(0);
    if (!dx)
        return;
    const auto size = static_cast<std::size_t>(plan_.sources[0].type.shape.elements()) / shard_.rows;
    const float* const from = floats(plan_.input_gradients[0]);
    for (std::size_t r = 0; r < shard_.rows; ++r) {
        const Row at = row(pass, r);
        float* const to = dx.as().data() + (at.sample * scan_.steps + at.step) * size;
        if (counts(at) && from != nullptr)
            std::memcpy(to, from + r * size, size * sizeof(float));
        else
            std::fill_n(to, size, 0.0F);
        if (counts(at))
            add_handed({Handed::From::input, 0}, r, to, size);
    }
}

void Loop::take_state_gradients(std::size_t pass) noexcept {
    const std::size_t states = scan_.step->states.size();
    for (std::size_t s = 0; s < states; ++s) {
        const std::size_t size = state_size(s);
        const float* const from = floats(plan_.input_gradients[1 + s]);
        for (std::size_t r = 0; r < shard_.rows; ++r) {
            float* const to = state_at(shard_.other_states, s) + r * size;
            const bool valid = counts(row(pass, r));
            if (!valid)
                std::memcpy(to, state_at(shard_.states, s) + r * size, size * sizeof(float));
            else if (from != nullptr)
                std::memcpy(to, from + r * size, size * sizeof(float));
            else
                std::fill_n(to, size, 0.0F);
            if (valid)
                add_handed({Handed::From::state, s}, r, to, size);
        }
    }
    std::memcpy(c_.scratch().data() + shard_.states, c_.scratch().data() + shard_.other_states,
                shard_.bytes - shard_.other_states);
}

void Loop::run(const std::vector<std::uint32_t>& operations, std::size_t pass) {
    // Each step has random numbers of its own, the same forward and backward.
    state_.seed = philox({outer_.seed, outer_.node->path}, {0, static_cast<std::uint32_t>(pass), 0})[0];
    for (const std::uint32_t number : operations) {
        if (!not_finite_.empty())
            return;
        op_ = plan_.ops[number];
        state_.op = &op_;
        if (op_.kind == OpKind::update) {
            add_gradient();
            continue;
        }
        state_.node = &plan_.nodes[op_.node];
        run_stage(pass);
    }
}

void Loop::run_stage(std::size_t pass) {
    const bool is_stage = op_.kind == OpKind::stage;
    if (is_stage && state_.node->stages[op_.stage].over == Over::shard)
        op_.first += c_.first() * static_cast<std::int64_t>(shard_.rows / shard_.samples);
    StepFlags flags;
    if (!is_stage)
        return run_operation(state_, {}, flags);
    const Call call(*this, pass);
    try {
        run_operation(state_, {}, flags);
    } catch (...) {
        rethrow(pass);
    }
    if (!checks_)
        return;
    not_finite_ = non_finite_written(state_);
    if (!not_finite_.empty() && shard_.passes > 1)
        not_finite_ += text(", step ", row(pass, 0).step);
}

// Of a stage in the step's network: the error gets the node's name, its place and the step. Who runs the scan's own
// stage adds the scan's.
void Loop::rethrow(std::size_t pass) const {
    const std::size_t per_sample = shard_.rows / shard_.samples;
    const Position& position = state_.node->use->position;
    const std::string node =
        text(state_.node->use->title, position.known() ? text(" (", to_string(position), ")") : std::string{});
    const auto told = [&](std::size_t step, const char* what) { return text(node, ", step ", step, ": ", what); };
    const std::string anywhere = shard_.passes > 1 ? text(node, ", step ", row(pass, 0).step, ": ") : node + ": ";
    try {
        throw;
    } catch (const SampleError& error) {
        const auto sample = static_cast<std::size_t>(error.sample());
        throw SampleError(static_cast<std::int64_t>(sample / per_sample),
                          told(per_sample > 1 ? sample % per_sample : row(pass, 0).step, error.what()));
    } catch (const std::bad_alloc&) {
        throw RunError(anywhere + "is out of memory");
    } catch (const std::exception& error) {
        throw RunError(anywhere + error.what());
    } catch (...) {
        throw RunError(anywhere + "threw something that is no exception");
    }
}

// Slots of an update: parameter, loss, norm, and the only shard's part of the gradient.
void Loop::add_gradient() noexcept {
    const Tensor gradient = c_.parameter_gradient(op_.node);
    const auto* const part = static_cast<const float*>(state_.address(plan_.slots[op_.slots + 3]));
    if (gradient)
        add(gradient.as().data() + op_.first, part, static_cast<std::size_t>(op_.count));
}

}  // namespace plexus
