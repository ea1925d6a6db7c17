#include <cmath>
#include <cstring>

#include "kernels/elementwise.hpp"
#include "regularization.hpp"

namespace plexus::regularization {
namespace {

using kernels::Floats;
using kernels::Integers;

/// Sets each element to 0 with probability `rate`, and divides the others by 1 - rate so that the mean stays.
///   x     [N, ...]  float32
///   y     like x
///   kept  [N, ...]  uint8, 1 or 0; saved from forward to backward
/// In training alone; otherwise, and with rate 0, y = x. What is dropped is 0 even where x is NaN. Works in place;
/// backward() reads `kept` alone and assigns dx = dy / (1 - rate) where x was kept, else 0.
///
/// A draw is a whole number of `bits` bits, and an element is dropped where it is below rate 2^bits. The fewest bits
/// are taken that state the rate exactly (1 for 0.5, 2 for 0.25), so a block of random words serves up to 128 elements;
/// at most 16, so that other rates are off by at most 2^-17. Source: Srivastava et al. 2014, in the inverted form of
/// Keras and PyTorch.
struct Dropout final : Layer {
    explicit Dropout(const Attributes& a) : rate_{a.get<double>("rate")} {
        while (bits_ < 16 && rate_ * (1U << bits_) != std::floor(rate_ * (1U << bits_)))
            bits_ *= 2;
        threshold_ = static_cast<std::uint32_t>(std::lround(rate_ * (1U << bits_)));
    }

    void infer(InferContext& c) const override {
        const TensorType& x = c.input(0);
        if (x.element != Element::float32)
            throw c.error(
                text("input ", c.source(0), " is ", x.element, "; float32 is wanted: put a rescaling before it"));
        c.output(0, x);
        if (rate_ > 0)
            c.saved("kept", {x.shape, Element::uint8});
    }

    [[nodiscard]] Traits traits() const override {
        return {.in_place = true, .backward_reads_inputs = false, .backward_reads_outputs = false};
    }

    void forward(const ForwardContext& c) const override {
        const ConstTensor x = c.input(0);
        const Tensor y = c.output(0);
        if (!c.training() || rate_ == 0) {
            if (x.data != y.data)
                std::memcpy(y.data, x.data, x.type.bytes());
            return;
        }
        const auto kept = c.saved(0).as<std::uint8_t>();
        draw(c, kept);
        select(x.as().data(), kept, y.as().data());
    }

    void backward(const BackwardContext& c) const override {
        const ConstTensor dy = c.output_gradient(0);
        const Tensor dx = c.input_gradient(0);
        if (rate_ == 0) {
            if (dx.data != dy.data)
                std::memcpy(dx.data, dy.data, dy.type.bytes());
            return;
        }
        select(dy.as().data(), c.saved(0).as<std::uint8_t>(), dx.as().data());
    }

private:
    /// Element e of a sample takes bits e `bits_` to (e + 1) `bits_` of the sample's words, lowest first.
    void draw(const StepContext& c, std::span<std::uint8_t> kept) const {
        using Words = kernels::Vector<std::uint32_t>;
        const auto samples = static_cast<std::size_t>(c.samples());
        const std::size_t size = samples == 0 ? 0 : kept.size() / samples;
        const StepContext* const step = &c;
        const std::uint32_t bits = bits_;
        const std::uint32_t threshold = threshold_;
        std::uint8_t* const begin = kept.data();
        kernels::dispatch([=]() __attribute__((always_inline)) {
            for (std::size_t sample = 0; sample < samples; ++sample) {
                std::uint8_t* to = begin + sample * size;
                std::uint8_t* const end = to + size;
                for (std::uint32_t block = 0; to < end; ++block) {
                    const auto words = step->random(static_cast<std::int64_t>(sample), block);
                    for (std::uint32_t bit = 0; bit < 128 && to < end; bit += 8 * bits) {
                        Words lanes{};
                        Words shifts{};
                        for (std::uint32_t lane = 0; lane < 8; ++lane) {
                            lanes[lane] = words[(bit + lane * bits) / 32];
                            shifts[lane] = (bit + lane * bits) % 32;
                        }
                        const Words draws = (lanes >> shifts) & ((1U << bits) - 1);
                        const auto keep =
                            __builtin_convertvector(draws >= threshold, kernels::Vector<std::uint8_t>) & 1;
                        const auto left = static_cast<std::size_t>(end - to);
                        if (left >= kernels::lanes)
                            kernels::store<std::uint8_t>(to, keep);
                        else
                            kernels::store_some<std::uint8_t>(to, keep, left);
                        to += left < kernels::lanes ? left : kernels::lanes;
                    }
                }
            }
        });
    }

    void select(const float* from, std::span<const std::uint8_t> kept, float* to) const {
        const auto scale = static_cast<float>(1 / (1 - rate_));
        kernels::apply(
            [scale](const Floats& x, const kernels::Vector<std::uint8_t>& keep, Floats& y) __attribute__((
                always_inline)) { y = __builtin_convertvector(keep, Integers) != 0 ? x * scale : Floats{}; },
            kept.size(), from, kept.data(), to);
    }

    double rate_;
    unsigned bits_ = 1;
    std::uint32_t threshold_ = 0;
};

}  // namespace

void add_dropout(Registry& registry) {
    registry.layer<Dropout>("dropout", "Drops random elements in training")
        .required("rate", AttributeSpec::Form::number, "share of elements that are dropped")
        .at_least(0)
        .below(1)
        .formula("y = x / (1 - rate) or, with probability rate, 0; y = x outside of training")
        .shapes("x  [N, ...]\ny  [N, ...]");
}

}  // namespace plexus::regularization
