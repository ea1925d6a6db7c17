#include "sequence_work.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "kernels/elementwise.hpp"
#include "kernels/rows.hpp"
#include "plexus/error.hpp"
#include "plexus/text.hpp"

namespace plexus::recurrent {
namespace {

using Role = Operand::Role;

constexpr std::size_t kernel = 0;
constexpr std::size_t recurrent_kernel = 1;
constexpr std::size_t bias = 2;

// Saved tensors, as Recurrence::infer() declares them.
constexpr std::size_t saved_gates = 0;
constexpr std::size_t saved_states = 1;

/// Books arrays one after the other, each aligned as the scratch is.
class Places {
public:
    std::size_t book(std::size_t floats) { return book_bytes(floats * sizeof(float)); }
    std::size_t book_bytes(std::size_t bytes) {
        const std::size_t at = bytes_;
        bytes_ += (bytes + 63) / 64 * 64;
        return at;
    }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

private:
    std::size_t bytes_ = 0;
};

std::size_t scratch_of(const auto& product) {
    return product ? product->scratch_bytes() : 0;
}

float* floats_at(const StageContext& c, std::size_t place) {
    return reinterpret_cast<float*>(c.scratch().data() + place);
}

void copy(float* to, const float* from, std::size_t count) {
    std::memcpy(to, from, count * sizeof(float));
}

void add(float* to, const float* from, std::size_t count) {
    kernels::apply(
        [](const kernels::Floats& a, kernels::Floats& b) __attribute__((always_inline)) { b += a; }, count, from, to);
}

bool counts(std::span<const std::int32_t> lengths, std::size_t sample, std::size_t step) {
    return lengths.empty() || step < static_cast<std::size_t>(lengths[sample]);
}

}  // namespace

struct SequenceWork::ForwardLoop {
    std::size_t samples;
    std::span<const std::int32_t> lengths;
    float* gates;                                  ///< [n, T, G U]
    std::array<float*, most_states> states;        ///< [n, U] each, as they are now
    float* sums;                                   ///< [n, G U] over the state
    float* kept;                                   ///< [n, U]
    const float* mask;                             ///< [n, U] of the state, or null
    float* dropped;                                ///< [n, U] for the state with the mask on it
    float* y;                                      ///< [n, T, U], or null
    std::array<float*, most_states> saved_states;  ///< [n, T, U] each, or null
    float* saved_kept;                             ///< likewise
    const StageContext& context;
    const float* recurrent_bias;
};

struct SequenceWork::BackwardLoop {
    std::size_t samples;
    std::span<const std::int32_t> lengths;
    const float* gates;                                  ///< [n, T, G U]
    std::array<const float*, most_states> saved_states;  ///< [n, T, U] each
    const float* saved_kept;                             ///< [n, T, U], or null
    const float* dy;                                     ///< [n, T, U], or null
    float* dgates;                                       ///< [n, T, G U]
    std::array<float*, most_states> dstates;             ///< [n, U] each, as they are now
    float* dsums;                                        ///< [n, G U] by the sums over the state
    float* back;                                         ///< [n, U] what reaches the state before through these
    const float* mask;                                   ///< [n, U] of the state, or null
    float* last;                                         ///< [n, T, U] dsums of the last gate, or null
    const StageContext& context;
};

SequenceWork::SequenceWork(PlanContext& c, const Cell& cell, const Options& options)
    : cell_{cell},
      options_{options},
      dropout_{options.dropout},
      steps_{static_cast<std::size_t>(c.input(0).shape[1])},
      features_{static_cast<std::size_t>(c.input(0).shape[2])},
      columns_{cell.form().gates * options.units},
      wants_weights_{c.wants_parameter_gradient()} {
    const auto features = static_cast<std::int64_t>(features_);
    const auto units = static_cast<std::int64_t>(options_.units);
    const auto columns = static_cast<std::int64_t>(columns_);
    const std::vector<std::int64_t>& shards = c.shard_sizes();
    std::vector<std::int64_t> rows = shards;
    for (std::int64_t& count : rows)
        count *= static_cast<std::int64_t>(steps_);
    const kernels::Slices at_once{rows, c.workers()};
    const kernels::Slices per_step{shards, c.workers()};
    using enum kernels::Pass;
    input_ = {.product = kernels::make_dense(forward, features, columns, at_once), .parameter = kernel};
    recurrent_ = {.product = kernels::make_dense(forward, units, columns, per_step), .parameter = recurrent_kernel};
    plan_pack(c, input_, "kernel");
    plan_pack(c, recurrent_, "recurrent_kernel");
    if (c.wants_gradient()) {
        back_ = {.product = kernels::make_dense(backward_data, units, columns, per_step),
                 .parameter = recurrent_kernel};
        plan_pack(c, back_, "transposed recurrent_kernel");
    }
    if (c.wants_input_gradient(0)) {
        data_ = {.product = kernels::make_dense(backward_data, features, columns, at_once), .parameter = kernel};
        plan_pack(c, data_, "transposed kernel");
    }
    if (wants_weights_) {
        kernel_gradient_ = kernels::make_dense_gradient(features, columns, features, at_once);
        recurrent_gradient_ = kernels::make_dense_gradient(units, columns, units, at_once);
    }
    plan_forward(c);
    if (c.wants_gradient())
        plan_backward(c);
}

void SequenceWork::plan_pack(PlanContext& c, Packed& packed, const std::string& name) {
    packed.derived = c.derived(name + " " + packed.product->format(), packed.product->packed_bytes());
    packed.stage = c.forward({.name = "pack",
                              .over = Over::batch,
                              .reads = {{Role::parameter, packed.parameter}},
                              .writes = {{Role::derived, packed.derived}},
                              .kernel = packed.product->name()});
}

SequenceWork::ForwardPlaces SequenceWork::forward_places(const PlanContext& c) const {
    const auto samples = static_cast<std::size_t>(c.shard_sizes()[0]);
    const std::size_t state = samples * options_.units;
    Places places;
    ForwardPlaces f{};
    f.gates = places.book(c.training() ? 0 : samples * steps_ * columns_);
    f.states = places.book(cell_.form().states * state);
    f.sums = places.book(samples * columns_);
    f.kept = places.book(cell_.form().keeps ? state : 0);
    f.mask = places.book(dropout_.drops() ? state : 0);
    f.dropped = places.book(dropout_.drops() ? state : 0);
    f.product = places.book_bytes(std::max(scratch_of(input_.product), scratch_of(recurrent_.product)));
    f.bytes = places.bytes();
    return f;
}

SequenceWork::BackwardPlaces SequenceWork::backward_places(const PlanContext& c) const {
    const auto samples = static_cast<std::size_t>(c.shard_sizes()[0]);
    const std::size_t state = samples * options_.units;
    const std::size_t rows = samples * steps_;
    const Cell::Form& form = cell_.form();
    Places places;
    BackwardPlaces b{};
    b.dgates = places.book(rows * columns_);
    b.dstates = places.book(form.states * state);
    b.dsums = places.book(samples * columns_);
    b.back = places.book(state);
    b.last = places.book(form.recurrent_bias ? rows * options_.units : 0);
    b.x = places.book(wants_weights_ && options_.lengths ? rows * features_ : 0);
    b.dkernel = places.book(wants_weights_ && form.resets_first ? options_.units * columns_ : 0);
    b.mask = places.book(dropout_.drops() ? state : 0);
    b.dropped = places.book(wants_weights_ && dropout_.drops() ? rows * options_.units : 0);
    b.product = places.book_bytes(std::max({scratch_of(back_.product), scratch_of(data_.product),
                                            scratch_of(kernel_gradient_), scratch_of(recurrent_gradient_)}));
    b.bytes = places.bytes();
    return b;
}

void SequenceWork::plan_forward(PlanContext& c) {
    forward_ = forward_places(c);
    Stage stage{.name = "forward",
                .reads = {{Role::derived, input_.derived}, {Role::derived, recurrent_.derived}},
                .scratch = forward_.bytes,
                .flops = 2.0 * static_cast<double>(c.batch()) *
                         static_cast<double>(steps_ * (features_ + options_.units) * columns_),
                .kernel = recurrent_.product->name()};
    for (std::size_t i = 0; i < c.inputs(); ++i)
        stage.reads.push_back({Role::input, i});
    if (options_.bias)
        stage.reads.push_back({Role::parameter, bias});
    for (std::size_t i = 0; i < 1 + options_.returned_states; ++i)
        stage.writes.push_back({Role::output, i});
    for (std::size_t i = 0; c.training() && i < c.counts().saved; ++i)
        stage.writes.push_back({Role::saved, i});
    for (std::size_t i = 0; i < c.counts().carries; ++i) {
        stage.reads.push_back({Role::carry, i});
        stage.writes.push_back({Role::next_carry, i});
    }
    forward_stage_ = c.forward(std::move(stage));
    c.choose("forward", text(input_.product->name(), ", steps ", recurrent_.product->name()));
}

void SequenceWork::plan_backward(PlanContext& c) {
    backward_ = backward_places(c);
    Stage stage{.name = "backward",
                .reads = {{Role::derived, back_.derived}},
                .scratch = backward_.bytes,
                .flops = 4.0 * static_cast<double>(c.batch()) *
                         static_cast<double>(steps_ * (features_ + options_.units) * columns_),
                .kernel = back_.product->name()};
    if (options_.lengths)
        stage.reads.push_back({Role::input, c.inputs() - 1});
    for (std::size_t i = 0; i < c.counts().saved; ++i)
        stage.reads.push_back({Role::saved, i});
    for (std::size_t i = 0; i < 1 + options_.returned_states; ++i)
        stage.reads.push_back({Role::output_gradient, i});
    if (data_.product)
        stage.reads.push_back({Role::derived, data_.derived});
    for (std::size_t i = 0; i < 1 + options_.given_states; ++i)
        if (c.wants_input_gradient(i))
            stage.writes.push_back({Role::input_gradient, i});
    if (wants_weights_) {
        stage.reads.push_back({Role::input, 0});
        for (std::size_t i = 0; i < c.counts().parameters; ++i)
            stage.writes.push_back({Role::parameter_gradient, i});
        c.choose("weights", text(kernel_gradient_->name(), ", per shard"));
    }
    c.backward(std::move(stage));
    c.choose("backward", text(back_.product->name(), data_.product ? ", data " + data_.product->name() : ""));
}

void SequenceWork::run(const StageContext& c) const {
    for (const Packed* packed : {&input_, &recurrent_, &back_, &data_})
        if (packed->product && packed->stage == c.stage())
            return packed->product->pack(c.worker(), c.parameter(packed->parameter).as().data(),
                                         static_cast<std::byte*>(c.derived(packed->derived).data));
    if (c.stage() == forward_stage_)
        run_forward(c);
    else
        run_backward(c);
}

std::span<const std::int32_t> SequenceWork::lengths(const StageContext& c) const {
    if (!options_.lengths)
        return {};
    return c.input(1 + options_.given_states).as<std::int32_t>();
}

void SequenceWork::multiply(const StageContext& c, const Packed& by, std::size_t rows, const float* from,
                            const float* row_bias, float* to, std::size_t scratch) const {
    by.product->run(c.worker(), static_cast<std::int64_t>(rows), from,
                    static_cast<const std::byte*>(c.derived(by.derived).data), {.bias = row_bias}, to,
                    c.scratch().data() + scratch);
}

void SequenceWork::run_forward(const StageContext& c) const {
    const auto samples = static_cast<std::size_t>(c.samples());
    const std::size_t state = samples * options_.units;
    const Cell::Form& form = cell_.form();
    const float* biases = options_.bias ? c.parameter(bias).as().data() : nullptr;
    float* states = floats_at(c, forward_.states);
    ForwardLoop loop{.samples = samples,
                     .lengths = lengths(c),
                     .gates = c.training() ? c.saved(saved_gates).as().data() : floats_at(c, forward_.gates),
                     .states = {states, states + state},
                     .sums = floats_at(c, forward_.sums),
                     .kept = form.keeps ? floats_at(c, forward_.kept) : nullptr,
                     .mask = dropout_.draw(c, options_.units, floats_at(c, forward_.mask)),
                     .dropped = floats_at(c, forward_.dropped),
                     .y = options_.sequences ? c.output(0).as().data() : nullptr,
                     .saved_states = {},
                     .saved_kept = nullptr,
                     .context = c,
                     .recurrent_bias = biases != nullptr && form.recurrent_bias ? biases + columns_ : nullptr};
    for (std::size_t i = 0; i < loop.lengths.size(); ++i)
        if (loop.lengths[i] < 0 || static_cast<std::size_t>(loop.lengths[i]) > steps_)
            throw SampleError(c.first() + static_cast<std::int64_t>(i),
                              text("length ", loop.lengths[i], "; the sequence has ", steps_, " steps"));
    for (std::size_t s = 0; c.training() && s < form.states; ++s)
        loop.saved_states[s] = c.saved(saved_states + s).as().data();
    if (c.training() && form.keeps)
        loop.saved_kept = c.saved(saved_states + form.states).as().data();
    begin_states(c, loop);
    multiply(c, input_, samples * steps_, c.input(0).as().data(), biases, loop.gates, forward_.product);
    for (std::size_t place = 0; place < steps_; ++place)
        forward_step(loop, place);
    end_states(c, loop);
}

void SequenceWork::begin_states(const StageContext& c, const ForwardLoop& loop) const {
    const std::size_t state = loop.samples * options_.units;
    for (std::size_t s = 0; s < cell_.form().states; ++s)
        if (options_.given_states > 0)
            copy(loop.states[s], c.input(1 + s).as().data(), state);
        else if (options_.stateful)
            copy(loop.states[s], c.carry(s).as().data(), state);
        else
            std::fill_n(loop.states[s], state, 0.0F);
}

void SequenceWork::end_states(const StageContext& c, const ForwardLoop& loop) const {
    const std::size_t state = loop.samples * options_.units;
    if (!options_.sequences)
        copy(c.output(0).as().data(), loop.states[0], state);
    for (std::size_t s = 0; s < options_.returned_states; ++s)
        copy(c.output(1 + s).as().data(), loop.states[s], state);
    for (std::size_t s = 0; options_.stateful && s < cell_.form().states; ++s)
        copy(c.next_carry(s).as().data(), loop.states[s], state);
}

void SequenceWork::forward_step(const ForwardLoop& loop, std::size_t place) const {
    const std::size_t units = options_.units;
    const std::size_t step = step_at(place);
    const Cell::Form& form = cell_.form();
    const auto row_of = [&](std::size_t i) {
        ForwardRow row{.units = units,
                       .gates = loop.gates + (i * steps_ + step) * columns_,
                       .recurrent = loop.sums + i * columns_,
                       .states = {loop.states[0] + i * units, loop.states[1] + i * units},
                       .kept = form.keeps ? loop.kept + i * units : nullptr};
        return row;
    };
    const float* seen = seen_through(loop.mask, loop.states[0], loop.samples, 1, units, loop.dropped);
    multiply(loop.context, recurrent_, loop.samples, seen, loop.recurrent_bias, loop.sums, forward_.product);
    if (form.resets_first) {
        for (std::size_t i = 0; i < loop.samples; ++i)
            if (counts(loop.lengths, i, step))
                cell_.reset(row_of(i));
        lay_on(loop.mask, loop.samples * units, loop.kept);
        multiply(loop.context, recurrent_, loop.samples, loop.kept, nullptr, loop.sums, forward_.product);
    }
    for (std::size_t i = 0; i < loop.samples; ++i) {
        const ForwardRow row = row_of(i);
        const std::size_t at = (i * steps_ + step) * units;
        for (std::size_t s = 0; s < form.states && loop.saved_states[s] != nullptr; ++s)
            copy(loop.saved_states[s] + at, row.states[s], units);
        const bool valid = counts(loop.lengths, i, step);
        if (valid)
            cell_.forward(row);
        else if (form.keeps)
            std::fill_n(row.kept, units, 0.0F);  // meets slopes of 0 in a product, where NaN would do harm
        if (loop.saved_kept != nullptr)
            copy(loop.saved_kept + at, row.kept, units);
        if (loop.y == nullptr)
            continue;
        float* y = loop.y + (i * steps_ + place) * units;
        if (valid)
            copy(y, row.states[0], units);
        else
            std::fill_n(y, units, 0.0F);
    }
}

void SequenceWork::run_backward(const StageContext& c) const {
    const auto samples = static_cast<std::size_t>(c.samples());
    const Cell::Form& form = cell_.form();
    float* dstates = floats_at(c, backward_.dstates);
    BackwardLoop loop{.samples = samples,
                      .lengths = lengths(c),
                      .gates = c.saved(saved_gates).as().data(),
                      .saved_states = {},
                      .saved_kept = form.keeps ? c.saved(saved_states + form.states).as().data() : nullptr,
                      .dy = options_.sequences ? c.output_gradient(0).as().data() : nullptr,
                      .dgates = floats_at(c, backward_.dgates),
                      .dstates = {dstates, dstates + samples * options_.units},
                      .dsums = floats_at(c, backward_.dsums),
                      .back = floats_at(c, backward_.back),
                      .mask = dropout_.draw(c, options_.units, floats_at(c, backward_.mask)),
                      .last = form.recurrent_bias ? floats_at(c, backward_.last) : nullptr,
                      .context = c};
    for (std::size_t s = 0; s < form.states; ++s)
        loop.saved_states[s] = c.saved(saved_states + s).as().data();
    begin_slopes(c, loop);
    for (std::size_t place = steps_; place > 0; --place)
        backward_step(loop, place - 1);
    for (std::size_t s = 0; s < options_.given_states; ++s)
        if (const Tensor dstate = c.input_gradient(1 + s))
            copy(dstate.as().data(), loop.dstates[s], samples * options_.units);
    if (data_.product)
        multiply(c, data_, samples * steps_, loop.dgates, nullptr, c.input_gradient(0).as().data(), backward_.product);
    if (wants_weights_)
        run_weights(c, loop);
}

void SequenceWork::begin_slopes(const StageContext& c, const BackwardLoop& loop) const {
    const std::size_t state = loop.samples * options_.units;
    for (std::size_t s = 0; s < cell_.form().states; ++s) {
        if (s < options_.returned_states)
            copy(loop.dstates[s], c.output_gradient(1 + s).as().data(), state);
        else
            std::fill_n(loop.dstates[s], state, 0.0F);
    }
    if (!options_.sequences)
        add(loop.dstates[0], c.output_gradient(0).as().data(), state);
}

void SequenceWork::backward_step(const BackwardLoop& loop, std::size_t place) const {
    const std::size_t units = options_.units;
    const std::size_t step = step_at(place);
    const Cell::Form& form = cell_.form();
    const auto row_of = [&](std::size_t i) {
        const std::size_t at = i * steps_ + step;
        BackwardRow row{.units = units,
                        .gates = loop.gates + at * columns_,
                        .previous = {},
                        .kept = form.keeps ? loop.saved_kept + at * units : nullptr,
                        .dstates = {loop.dstates[0] + i * units, loop.dstates[1] + i * units},
                        .dgates = loop.dgates + at * columns_,
                        .drecurrent = loop.dsums + i * columns_,
                        .dreset_state = loop.back + i * units};
        for (std::size_t s = 0; s < form.states; ++s)
            row.previous[s] = loop.saved_states[s] + at * units;
        return row;
    };
    for (std::size_t i = 0; i < loop.samples; ++i) {
        const BackwardRow row = row_of(i);
        if (counts(loop.lengths, i, step)) {
            if (loop.dy != nullptr)
                add(row.dstates[0], loop.dy + (i * steps_ + place) * units, units);
            cell_.backward(row);
        } else {
            std::fill_n(row.dgates, columns_, 0.0F);
            std::fill_n(row.drecurrent, columns_, 0.0F);
        }
        if (loop.last != nullptr)
            copy(loop.last + (i * steps_ + step) * units, row.drecurrent + columns_ - units, units);
    }
    if (form.resets_first) {
        multiply(loop.context, back_, loop.samples, loop.dsums, nullptr, loop.back, backward_.product);
        lay_on(loop.mask, loop.samples * units, loop.back);
        for (std::size_t i = 0; i < loop.samples; ++i)
            if (counts(loop.lengths, i, step))
                cell_.backward_reset(row_of(i));
    }
    multiply(loop.context, back_, loop.samples, loop.dsums, nullptr, loop.back, backward_.product);
    lay_on(loop.mask, loop.samples * units, loop.back);
    add(loop.dstates[0], loop.back, loop.samples * units);
}

/// x with 0 in steps that do not count: what is there meets slopes of 0, and NaN times 0 is NaN.
const float* SequenceWork::counting_rows(const StageContext& c, const BackwardLoop& loop) const {
    const float* x = c.input(0).as().data();
    if (loop.lengths.empty())
        return x;
    float* const rows = floats_at(c, backward_.x);
    for (std::size_t i = 0; i < loop.samples; ++i) {
        const std::size_t begin = i * steps_ * features_;
        const std::size_t count = static_cast<std::size_t>(loop.lengths[i]) * features_;
        copy(rows + begin, x + begin, count);
        std::fill_n(rows + begin + count, steps_ * features_ - count, 0.0F);
    }
    return rows;
}

void SequenceWork::run_weights(const StageContext& c, const BackwardLoop& loop) const {
    const std::size_t rows = loop.samples * steps_;
    const std::size_t units = options_.units;
    std::byte* const scratch = c.scratch().data() + backward_.product;
    kernel_gradient_->run(c.worker(), static_cast<std::int64_t>(rows), counting_rows(c, loop), loop.dgates, 0,
                          static_cast<std::int64_t>(features_), c.parameter_gradient(kernel).as().data(), scratch);
    float* const dbias = options_.bias ? c.parameter_gradient(bias).as().data() : nullptr;
    if (dbias != nullptr)
        kernels::sum_rows(loop.dgates, rows, columns_, dbias);
    // From here on dgates are the slopes of the sums over the state, which differ in the last gate.
    for (std::size_t row = 0; loop.last != nullptr && row < rows; ++row)
        copy(loop.dgates + (row + 1) * columns_ - units, loop.last + row * units, units);
    if (dbias != nullptr && cell_.form().recurrent_bias)
        kernels::sum_rows(loop.dgates, rows, columns_, dbias + columns_);
    run_recurrent_weights(c, loop);
}

void SequenceWork::run_recurrent_weights(const StageContext& c, const BackwardLoop& loop) const {
    const auto rows = static_cast<std::int64_t>(loop.samples * steps_);
    const std::size_t units = options_.units;
    std::byte* const scratch = c.scratch().data() + backward_.product;
    const auto gradient = [&](const float* states, float* to) {
        recurrent_gradient_->run(c.worker(), rows, states, loop.dgates, 0, static_cast<std::int64_t>(units), to,
                                 scratch);
    };
    float* const to = c.parameter_gradient(recurrent_kernel).as().data();
    gradient(
        seen_through(loop.mask, loop.saved_states[0], loop.samples, steps_, units, floats_at(c, backward_.dropped)),
        to);
    if (!cell_.form().resets_first)
        return;
    float* const of_reset_state = floats_at(c, backward_.dkernel);
    gradient(loop.saved_kept, of_reset_state);
    for (std::size_t unit = 1; unit <= units; ++unit)
        copy(to + unit * columns_ - units, of_reset_state + unit * columns_ - units, units);
}

}  // namespace plexus::recurrent
