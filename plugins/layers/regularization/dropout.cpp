#include <emmintrin.h>

#include <algorithm>
#include <array>
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
///   kept  [N, B]    uint8, a bit for each element of a sample, lowest first; saved from forward to backward
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
        c.output(0, x);
        if (rate_ > 0)
            c.saved("kept", {{x.shape[0], (x.shape.from(1).elements() + 7) / 8}, Element::uint8});
    }

    [[nodiscard]] Traits traits() const override {
        return {.in_place = true,
                .backward_reads_inputs = false,
                .backward_reads_outputs = false,
                .bfloat16 = Bfloat16::alike};
    }

    void forward(const ForwardContext& c) const override {
        const ConstTensor x = c.input(0);
        const Tensor y = c.output(0);
        if (!c.training() || rate_ == 0) {
            if (x.data != y.data)
                std::memcpy(y.data, x.data, x.type.bytes());
            return;
        }
        draw(c);
        select(x, c.saved(0), y);
    }

    void backward(const BackwardContext& c) const override {
        const ConstTensor dy = c.output_gradient(0);
        const Tensor dx = c.input_gradient(0);
        if (rate_ == 0) {
            if (dx.data != dy.data)
                std::memcpy(dx.data, dy.data, dy.type.bytes());
            return;
        }
        select(dy, c.saved(0), dx);
    }

private:
    /// Element e of a sample takes bits e `bits_` to (e + 1) `bits_` of the sample's words, lowest first.
    void draw(const ForwardContext& c) const {
        const auto kept = c.saved(0).as<std::uint8_t>();
        const auto bytes = static_cast<std::size_t>(c.saved(0).shape()[1]);
        const std::uint32_t bits = bits_;
        const auto threshold = static_cast<std::int32_t>(threshold_);
        // Bytes that a block of words gives: each is the verdict on eight draws.
        const std::size_t per_block = 16 / bits;
        for (std::size_t sample = 0; sample * bytes < kept.size(); ++sample) {
            std::uint8_t* to = kept.data() + sample * bytes;
            std::uint8_t* const end = to + bytes;
            if (bits == 16 && threshold <= 0xFFFF) {
                for (std::uint32_t block = 0; to < end; ++block)
                    *to++ = verdict(c.random(static_cast<std::int64_t>(sample), block), threshold);
                continue;
            }
            for (std::uint32_t block = 0; to < end; ++block) {
                const auto words = c.random(static_cast<std::int64_t>(sample), block);
                const std::size_t count = std::min(per_block, static_cast<std::size_t>(end - to));
                // A draw of one bit is its own verdict: kept where it is not below 1.
                for (std::size_t i = 0; i < count; ++i)
                    to[i] = bits == 1 ? byte(words, i) : verdict(words, i * 8 * bits, bits, threshold);
                to += count;
            }
        }
    }

    using Words = std::array<std::uint32_t, 4>;

    [[nodiscard]] static std::uint8_t byte(const Words& words, std::size_t i) {
        return static_cast<std::uint8_t>(words[i / 4] >> (i % 4 * 8));
    }

    /// Bit k tells whether the k-th draw from bit `first` on is not below the threshold.
    [[nodiscard]] static std::uint8_t verdict(const Words& words, std::size_t first, std::uint32_t bits,
                                              std::int32_t threshold) {
        unsigned kept = 0;
        for (std::size_t k = 0; k < 8; ++k, first += bits) {
            const auto draw = static_cast<std::int32_t>((words[first / 32] >> (first % 32)) & ((1U << bits) - 1));
            kept |= static_cast<unsigned>(draw >= threshold) << k;
        }
        return static_cast<std::uint8_t>(kept);
    }

    /// The same of a whole block, which has eight draws of 16 bits.
    [[nodiscard]] static std::uint8_t verdict(const Words& words, std::int32_t threshold) {
        __m128i draws;
        std::memcpy(&draws, words.data(), sizeof draws);
        const __m128i missing = _mm_subs_epu16(_mm_set1_epi16(static_cast<short>(threshold)), draws);
        const __m128i kept = _mm_cmpeq_epi16(missing, _mm_setzero_si128());
        return static_cast<std::uint8_t>(_mm_movemask_epi8(_mm_packs_epi16(kept, _mm_setzero_si128())));
    }

    void select(const ConstTensor& from, const ConstTensor& kept, const Tensor& to) const {
        kernels::with_type_of(to.type.element, [&]<class T>(T) { select(from.as<T>().data(), kept, to.as<T>()); });
    }

    template <class T>
    void select(const T* x, const ConstTensor& kept, std::span<T> to) const {
        const auto scale = static_cast<float>(1 / (1 - rate_));
        const std::uint8_t* const bits = kept.as<std::uint8_t>().data();
        T* const y = to.data();
        const auto samples = static_cast<std::size_t>(kept.shape()[0]);
        const auto bytes = static_cast<std::size_t>(kept.shape()[1]);
        const std::size_t size = samples == 0 ? 0 : to.size() / samples;
        kernels::dispatch([=]() __attribute__((always_inline)) {
            const Integers place{1, 2, 4, 8, 16, 32, 64, 128};
            for (std::size_t sample = 0; sample < samples; ++sample) {
                const std::uint8_t* next = bits + sample * bytes;
                kernels::sweep(
                    [&next, scale, place ](const Floats& v, Floats& w) __attribute__((always_inline)) {
                        w = (place & static_cast<std::int32_t>(*next++)) != 0 ? v * scale : Floats{};
                    },
                    size, x + sample * size, y + sample * size);
            }
        });
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
