#include "resampled.hpp"

#include <algorithm>
#include <memory>

namespace plexus::resampling {
namespace {

/// Calls use(input row, weight) for what an output row is made of.
template <class Use>
void each_part(const Tap& tap, const Use& use) {
    if (tap.first >= 0 && tap.share != 1)
        use(tap.first, 1 - tap.share);
    if (tap.second >= 0 && tap.share != 0)
        use(tap.second, tap.share);
}

class ResampledWork final : public Work {
public:
    ResampledWork(PlanContext& c, std::vector<Tap> rows, std::vector<Tap> columns)
        : rows_{std::move(rows)}, columns_{std::move(columns)} {
        const Shape& x = c.input(0).shape;
        height_ = x[1];
        width_ = x[2];
        channels_ = x[3];
        forward_ = c.forward({.name = "forward",
                              .reads = {{Operand::Role::input, 0}},
                              .writes = {{Operand::Role::output, 0}},
                              .kernel = "plain"});
        if (c.wants_input_gradient(0))
            c.backward({.name = "backward",
                        .reads = {{Operand::Role::output_gradient, 0}},
                        .writes = {{Operand::Role::input_gradient, 0}},
                        .kernel = "plain"});
    }

    void run(const StageContext& c) const override {
        const std::int64_t samples = c.samples();
        if (c.stage() == forward_) {
            const auto y = c.output(0).as();
            std::ranges::fill(y, 0.0F);
            const float* const x = c.input(0).as().data();
            for (std::int64_t n = 0; n < samples; ++n)
                each_place(
                    n, [&](std::int64_t out, std::int64_t in, float weight) { add(y.data() + out, x + in, weight); });
            return;
        }
        const auto dx = c.input_gradient(0).as();
        std::ranges::fill(dx, 0.0F);
        const float* const dy = c.output_gradient(0).as().data();
        for (std::int64_t n = 0; n < samples; ++n)
            each_place(n,
                       [&](std::int64_t out, std::int64_t in, float weight) { add(dx.data() + in, dy + out, weight); });
    }

private:
    template <class Use>
    void each_place(std::int64_t n, const Use& use) const {
        const auto high = static_cast<std::int64_t>(rows_.size()), wide = static_cast<std::int64_t>(columns_.size());
        for (std::int64_t p = 0; p < high; ++p)
            for (std::int64_t q = 0; q < wide; ++q)
                each_part(rows_[static_cast<std::size_t>(p)], [&](std::int64_t row, float of_row) {
                    each_part(columns_[static_cast<std::size_t>(q)], [&](std::int64_t column, float of_column) {
                        use(((n * high + p) * wide + q) * channels_,
                            ((n * height_ + row) * width_ + column) * channels_, of_row * of_column);
                    });
                });
    }

    void add(float* to, const float* from, float weight) const {
        for (std::int64_t i = 0; i < channels_; ++i)
            to[i] += weight * from[i];
    }

    std::vector<Tap> rows_, columns_;
    std::int64_t height_ = 0, width_ = 0, channels_ = 0;
    std::size_t forward_ = 0;
};

}  // namespace

void Resampled::infer(InferContext& c) const {
    c.want(0, 4, "[batch, rows, columns, channels]");
    const Shape& x = c.input(0).shape;
    check(c, x[1], x[2]);
    c.output(0, {Shape{x[0], static_cast<std::int64_t>(taps(0, x[1]).size()),
                       static_cast<std::int64_t>(taps(1, x[2]).size()), x[3]}});
}

void Resampled::check(const InferContext&, std::int64_t, std::int64_t) const {}

Traits Resampled::traits() const {
    return {.backward_reads_inputs = false, .backward_reads_outputs = false};
}

// All is done by the work, which knows the taps.
void Resampled::forward(const ForwardContext&) const {}
void Resampled::backward(const BackwardContext&) const {}

std::unique_ptr<Work> Resampled::plan(PlanContext& c) const {
    const Shape& x = c.input(0).shape;
    return std::make_unique<ResampledWork>(c, taps(0, x[1]), taps(1, x[2]));
}

}  // namespace plexus::resampling
