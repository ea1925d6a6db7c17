#include "kernels/depthwise.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>
#include <vector>

#include "kernels/elementwise.hpp"
#include "kernels/lines.hpp"
#include "kernels/rows.hpp"
#include "kernels/strip.hpp"

namespace plexus::kernels {
namespace {

// Pixels whose sums are in registers together: each vector of weights is read once for them.
constexpr std::size_t most_pixels = 6;
// Elements of the kernel whose gradients are in registers together: each vector of dy is read once for them.
constexpr std::size_t most_terms = 9;
// Pixels between two visits of an element's gradient: what they read should stay in the first-level cache.
constexpr std::size_t longest_sum = 32;

template <class V>
[[gnu::always_inline]] inline V load_as(const float* from) {
    V v;
    __builtin_memcpy(&v, from, sizeof v);
    return v;
}

/// Calls `body` with `size`, 1 .. most, as a constant.
template <std::size_t most, class Body>
[[gnu::always_inline]] inline void with_size(std::size_t size, const Body& body) {
    [&]<std::size_t... i>(std::index_sequence<i...>) __attribute__((always_inline)) {
        ((size == i + 1 ? body(std::integral_constant<std::size_t, i + 1>{}) : void()), ...);
    }
    (std::make_index_sequence<most>{});
}

/// Calls `body(c, type)` for vectors of channels that cover them all. With `twice`, the last vector may hold channels
/// of the one before: for results that are assigned.
template <bool twice, class Body>
[[gnu::always_inline]] inline void each_vector(std::size_t channels, const Body& body) {
    std::size_t c = 0;
    for (; c + lanes <= channels; c += lanes)
        body(c, std::type_identity<Floats>{});
    if (twice && c < channels && channels >= lanes)
        return body(channels - lanes, std::type_identity<Floats>{});
    for (; c + lanes / 2 <= channels; c += lanes / 2)
        body(c, std::type_identity<HalfFloats>{});
    for (; c < channels; ++c)
        body(c, std::type_identity<float>{});
}

/// Pixels that are sums over the same elements of the kernel. Offsets are in floats.
struct Sweep {
    std::vector<std::int32_t> source;  ///< per pixel
    std::vector<std::int32_t> target;
    std::vector<std::int32_t> index;    ///< per term, from the pixel's source
    std::vector<std::int32_t> weights;  ///< per term: its line of weights
};

/// The sweeps of one sample; each pixel has as many channels as there are filters.
std::vector<Sweep> sweeps_of(const Convolution& s, Pass pass) {
    const bool forward = pass == Pass::forward;
    const std::int64_t width = forward ? s.columns.extent : s.columns.count();
    const std::int64_t result_width = forward ? s.columns.count() : s.columns.extent;
    const auto place = [&](std::int64_t pixel) { return static_cast<std::int32_t>(pixel * s.filters); };
    std::vector<Sweep> sweeps;
    for (const Line& rows : lines_of(s.rows, pass))
        for (const Line& columns : lines_of(s.columns, pass)) {
            Sweep& sweep = sweeps.emplace_back();
            for (std::size_t r = 0; r < rows.results.size(); ++r)
                for (std::size_t c = 0; c < columns.results.size(); ++c) {
                    sweep.source.push_back(place(rows.origins[r] * width + columns.origins[c]));
                    sweep.target.push_back(place(rows.results[r] * result_width + columns.results[c]));
                }
            for (std::size_t r = 0; r < rows.elements.size(); ++r)
                for (std::size_t c = 0; c < columns.elements.size(); ++c) {
                    sweep.index.push_back(place(rows.places[r] * width + columns.places[c]));
                    sweep.weights.push_back(place(rows.elements[r] * s.columns.size + columns.elements[c]));
                }
        }
    return sweeps;
}

/// One sample.
struct Operands {
    const float* from;
    const float* weights;
    const float* bias;  ///< null: zeros
    float* to;
    std::size_t channels;
};

template <std::size_t J>
[[gnu::always_inline]] inline void run_pixels(const Sweep& s, const Operands& o, std::size_t first) {
    const float* from[J];
#pragma GCC unroll 8
    for (std::size_t j = 0; j < J; ++j) {
        from[j] = o.from + s.source[first + j];
        // Keeps the pointer in a register: else GCC adds its parts anew for every term.
        asm("" : "+r"(from[j]));
    }
    each_vector<true>(
        o.channels, [&]<class V>(std::size_t c, std::type_identity<V>) __attribute__((always_inline)) {
            V sum[J];
#pragma GCC unroll 8
            for (std::size_t j = 0; j < J; ++j)
                sum[j] = o.bias != nullptr ? load_as<V>(o.bias + c) : V{};
            for (std::size_t i = 0, terms = s.index.size(); i < terms; ++i) {
                const V w = load_as<V>(o.weights + s.weights[i] + c);
                const std::ptrdiff_t at = s.index[i] + static_cast<std::ptrdiff_t>(c);
#pragma GCC unroll 8
                for (std::size_t j = 0; j < J; ++j)
                    sum[j] += load_as<V>(from[j] + at) * w;
            }
#pragma GCC unroll 8
            for (std::size_t j = 0; j < J; ++j)
                __builtin_memcpy(o.to + s.target[first + j] + c, &sum[j], sizeof(V));
        });
}

void run_sweep(const Sweep& sweep, const Operands& operands) {
    dispatch_fused([ =, s = &sweep ]() __attribute__((always_inline)) {
        const Cut groups{s->source.size(), most_pixels};
        for (std::size_t g = 0; g < groups.pieces; ++g)
            with_size<most_pixels>(
                groups.size(g), [&](auto size) __attribute__((always_inline)) {
                    run_pixels<size()>(*s, operands, groups.begin(g));
                });
    });
}

/// Results side by side, where elements of the kernel lie side by side in the image. Offsets are in floats.
struct Stretch {
    std::ptrdiff_t from;     ///< the first factor of the first result, should it lie in the image
    std::ptrdiff_t weights;  ///< of the first row of the kernel that meets the image
    std::ptrdiff_t to;
    std::ptrdiff_t down;   ///< from factor to factor in the next row of the kernel
    std::int64_t rows;     ///< of the kernel that meet the image
    std::uint32_t inside;  ///< a bit for each column of factors
};

/// J results, one vector of channels from `c` on: each factor is read once for all of the results that it meets.
template <std::size_t S, std::size_t stride, std::size_t J, class V>
[[gnu::always_inline]] inline void slide(const Operands& o, const Stretch& at, std::size_t c) {
    V sum[J];
#pragma GCC unroll 8
    for (std::size_t j = 0; j < J; ++j)
        sum[j] = o.bias != nullptr ? load_as<V>(o.bias + c) : V{};
    const float* w = o.weights + at.weights + c;
    const float* from = o.from + at.from + c;
    for (std::int64_t r = 0; r < at.rows; ++r, w += S * o.channels, from += at.down) {
        V weights[S];
#pragma GCC unroll 8
        for (std::size_t e = 0; e < S; ++e)
            weights[e] = load_as<V>(w + e * o.channels);
        const float* x = from;
#pragma GCC unroll 16
        for (std::size_t place = 0; place < (J - 1) * stride + S; ++place, x += o.channels) {
            if ((at.inside >> place & 1U) == 0)
                continue;
            const V factor = load_as<V>(x);
#pragma GCC unroll 8
            for (std::size_t e = 0; e < S; ++e)
                if (place >= e && (place - e) % stride == 0 && (place - e) / stride < J)
                    sum[(place - e) / stride] += factor * weights[e];
        }
    }
#pragma GCC unroll 8
    for (std::size_t j = 0; j < J; ++j)
        __builtin_memcpy(o.to + at.to + j * o.channels + c, &sum[j], sizeof(V));
}

/// Adds what J results contribute to the kernel's gradient: `from` is x, `weights` is dy, `to` is dw.
template <std::size_t S, std::size_t stride, std::size_t J, class V>
[[gnu::always_inline]] inline void slide_gradient(const Operands& o, const Stretch& at, std::size_t c) {
    V slope[J];
#pragma GCC unroll 8
    for (std::size_t j = 0; j < J; ++j)
        slope[j] = load_as<V>(o.weights + at.to + j * o.channels + c);
    float* dw = o.to + at.weights + c;
    const float* from = o.from + at.from + c;
    for (std::int64_t r = 0; r < at.rows; ++r, dw += S * o.channels, from += at.down) {
        V sum[S];
#pragma GCC unroll 8
        for (std::size_t e = 0; e < S; ++e)
            sum[e] = load_as<V>(dw + e * o.channels);
        const float* x = from;
#pragma GCC unroll 16
        for (std::size_t place = 0; place < (J - 1) * stride + S; ++place, x += o.channels) {
            if ((at.inside >> place & 1U) == 0)
                continue;
            const V factor = load_as<V>(x);
#pragma GCC unroll 8
            for (std::size_t e = 0; e < S; ++e)
                if (place >= e && (place - e) % stride == 0 && (place - e) / stride < J)
                    sum[e] += factor * slope[(place - e) / stride];
        }
#pragma GCC unroll 8
        for (std::size_t e = 0; e < S; ++e)
            __builtin_memcpy(dw + e * o.channels, &sum[e], sizeof(V));
    }
}

/// Calls `body(stretch, J)` for all results of one sample.
template <std::size_t S, std::size_t stride, class Body>
[[gnu::always_inline]] inline void each_stretch(const Window& down, const Window& across, std::ptrdiff_t channels,
                                                const Body& body) {
    const std::int64_t columns = across.count();
    const Cut groups{static_cast<std::size_t>(columns), most_pixels};
    for (std::int64_t p = 0, rows = down.count(); p < rows; ++p) {
        const std::int64_t top = p * down.stride - down.before;
        std::int64_t begin = 0;
        std::int64_t end = down.size;
        while (begin < end && top + begin * down.dilation < 0)
            ++begin;
        while (end > begin && top + (end - 1) * down.dilation >= down.extent)
            --end;
        for (std::size_t g = 0; g < groups.pieces; ++g) {
            const auto q = static_cast<std::int64_t>(groups.begin(g));
            const std::int64_t left = q * across.stride - across.before;
            Stretch at{.from = ((top + begin * down.dilation) * across.extent + left) * channels,
                       .weights = begin * across.size * channels,
                       .to = (p * columns + q) * channels,
                       .down = down.dilation * across.extent * channels,
                       .rows = end - begin,
                       .inside = 0};
            for (std::int64_t place = 0; place < 32; ++place)
                at.inside |= static_cast<std::uint32_t>(left + place >= 0 && left + place < across.extent) << place;
            with_size<most_pixels>(
                groups.size(g), [&](auto size) __attribute__((always_inline)) { body(at, size); });
        }
    }
}

template <std::size_t S, std::size_t stride, bool gradient>
void slide_sample(const Convolution& shape, const Operands& operands) {
    dispatch_fused([ o = operands, s = &shape ]() __attribute__((always_inline)) {
        const auto channels = static_cast<std::ptrdiff_t>(o.channels);
        each_stretch<S, stride>(
            s->rows, s->columns, channels, [&](const Stretch& at, auto size) __attribute__((always_inline)) {
                each_vector<!gradient>(
                    o.channels, [&]<class V>(std::size_t c, std::type_identity<V>) __attribute__((always_inline)) {
                        if constexpr (gradient)
                            slide_gradient<S, stride, size(), V>(o, at, c);
                        else
                            slide<S, stride, size(), V>(o, at, c);
                    });
            });
    });
}

using Slide = void (*)(const Convolution& shape, const Operands& operands);

/// For the kernels that networks have most; null for others, which are swept.
template <bool gradient>
Slide slide_of(const Window& across) noexcept {
    if (across.dilation != 1)
        return nullptr;
    if (across.size == 3 && across.stride <= 2)
        return across.stride == 1 ? slide_sample<3, 1, gradient> : slide_sample<3, 2, gradient>;
    return across.size == 5 && across.stride == 1 ? slide_sample<5, 1, gradient> : nullptr;
}

/// With strides of 1, dx is what the kernel, turned round, makes of dy.
Window turned(const Window& w) noexcept {
    const std::int64_t before = w.reach() - 1 - w.before;
    return {w.count(), w.size, 1, w.dilation, before, w.extent + w.reach() - 1 - w.count() - before};
}

/// Each channel of x as often as it has filters.
void spread(const float* x, std::int64_t count, std::size_t times, float* to) {
    dispatch([=]() __attribute__((always_inline)) {
        const auto copy = [=](auto m) __attribute__((always_inline)) {
            for (std::int64_t i = 0; i < count; ++i)
                for (std::size_t j = 0; j < m; ++j)
                    to[static_cast<std::size_t>(i) * m + j] = x[i];
        };
        // Of a number that is known to the compiler it makes whole vectors.
        with_size<4>(times, copy);
        if (times > 4)
            copy(times);
    });
}

/// The reverse of spread(): sums over the filters of each channel.
void gather(const float* spread, std::int64_t count, std::size_t times, float* dx) {
    dispatch([=]() __attribute__((always_inline)) {
        const auto add = [=](auto m) __attribute__((always_inline)) {
            for (std::int64_t i = 0; i < count; ++i) {
                float sum = 0;
                for (std::size_t j = 0; j < m; ++j)
                    sum += spread[static_cast<std::size_t>(i) * m + j];
                dx[i] = sum;
            }
        };
        with_size<4>(times, add);
        if (times > 4)
            add(times);
    });
}

std::string loops() {
    return has_fma() ? "own:depthwise:avx2" : "own:depthwise:baseline";
}

class DepthwiseProduct final : public FloatProduct {
public:
    DepthwiseProduct(Pass pass, const Convolution& s)
        : shape_{s},
          slid_{s},
          forward_{pass == Pass::forward},
          times_{static_cast<std::size_t>(s.filters / s.channels)} {
        turned_ = !forward_ && s.rows.stride == 1 && s.columns.stride == 1 && slide_of<false>(s.columns) != nullptr;
        if (turned_) {
            slid_.rows = turned(s.rows);
            slid_.columns = turned(s.columns);
        }
        if (forward_ || turned_)
            slide_ = slide_of<false>(slid_.columns);
        if (slide_ == nullptr)
            sweeps_ = sweeps_of(s, pass);
    }

    [[nodiscard]] std::string name() const override { return loops(); }
    [[nodiscard]] std::string format() const override { return turned_ ? "turned round" : "as it is"; }
    [[nodiscard]] std::size_t packed_bytes() const noexcept override {
        return static_cast<std::size_t>(shape_.taps() * shape_.filters) * sizeof(float);
    }
    [[nodiscard]] std::size_t scratch_bytes() const noexcept override {
        return times_ == 1 ? 0 : static_cast<std::size_t>(shape_.inputs()) * times_ * sizeof(float);
    }

    void pack(std::size_t, const float* weights, std::byte* packed) const override {
        auto* to = reinterpret_cast<float*>(packed);
        for (std::int64_t tap = 0; tap < shape_.taps(); ++tap)
            std::copy_n(weights + (turned_ ? shape_.taps() - 1 - tap : tap) * shape_.filters, shape_.filters,
                        to + tap * shape_.filters);
    }

    [[nodiscard]] std::int64_t split() const noexcept override { return 0; }

    void run_floats(std::size_t, std::int64_t samples, const float* from, const std::byte* packed, const Finish& finish,
                    float* to, std::byte* scratch) const override {
        const float* const bias = finish.bias;
        auto* const wide = reinterpret_cast<float*>(scratch);
        Operands one{from, reinterpret_cast<const float*>(packed), bias, to, static_cast<std::size_t>(shape_.filters)};
        for (std::int64_t n = 0; n < samples; ++n) {
            if (times_ > 1 && forward_)
                spread(from, shape_.inputs(), times_, wide);
            one.from = times_ > 1 && forward_ ? wide : from;
            one.to = times_ > 1 && !forward_ ? wide : to;
            one.bias = times_ > 1 && !forward_ ? nullptr : bias;
            run_sample(one);
            if (times_ > 1 && !forward_)
                gather(wide, shape_.inputs(), times_, to);
            if (one.bias != bias)
                add_to_rows(bias, static_cast<std::size_t>(shape_.inputs() / shape_.channels),
                            static_cast<std::size_t>(shape_.channels), to);
            if (finish.relu)
                cut_negative(to, static_cast<std::size_t>(forward_ ? shape_.outputs() : shape_.inputs()));
            from += forward_ ? shape_.inputs() : shape_.outputs();
            to += forward_ ? shape_.outputs() : shape_.inputs();
        }
    }

private:
    void run_sample(const Operands& operands) const {
        if (slide_ != nullptr)
            return slide_(slid_, operands);
        for (const Sweep& sweep : sweeps_)
            run_sweep(sweep, operands);
    }

    Convolution shape_;
    Convolution slid_;  ///< the forward pass that is run for either pass
    bool forward_;
    bool turned_ = false;
    std::size_t times_;  ///< filters of a channel
    Slide slide_ = nullptr;
    std::vector<Sweep> sweeps_;
};

/// Adds what pixels [first, first + count) of a sweep contribute to the gradients of T elements from `term` on.
template <std::size_t T>
[[gnu::always_inline]] inline void add_pixels(const Sweep& s, std::size_t first, std::size_t count, std::size_t term,
                                              const float* x, const float* dy, float* dw, std::size_t channels) {
    std::ptrdiff_t index[T];
#pragma GCC unroll 16
    for (std::size_t t = 0; t < T; ++t)
        index[t] = s.index[term + t];
    each_vector<false>(
        channels, [&]<class V>(std::size_t c, std::type_identity<V>) __attribute__((always_inline)) {
            V sum[T];
#pragma GCC unroll 16
            for (std::size_t t = 0; t < T; ++t)
                sum[t] = load_as<V>(dw + s.weights[term + t] + c);
            for (std::size_t p = first; p < first + count; ++p) {
                const V slope = load_as<V>(dy + s.target[p] + c);
                const float* at = x + s.source[p] + c;
#pragma GCC unroll 16
                for (std::size_t t = 0; t < T; ++t)
                    sum[t] += load_as<V>(at + index[t]) * slope;
            }
#pragma GCC unroll 16
            for (std::size_t t = 0; t < T; ++t)
                __builtin_memcpy(dw + s.weights[term + t] + c, &sum[t], sizeof(V));
        });
}

void add_sweep(const Sweep& sweep, const float* x, const float* dy, float* dw, std::size_t channels) {
    if (sweep.index.empty())
        return;
    dispatch_fused([ =, s = &sweep ]() __attribute__((always_inline)) {
        const Cut sums{s->source.size(), longest_sum};
        const Cut terms{s->index.size(), most_terms};
        for (std::size_t part = 0; part < sums.pieces; ++part)
            for (std::size_t t = 0; t < terms.pieces; ++t)
                with_size<most_terms>(
                    terms.size(t), [&](auto size) __attribute__((always_inline)) {
                        add_pixels<size()>(*s, sums.begin(part), sums.size(part), terms.begin(t), x, dy, dw, channels);
                    });
    });
}

class DepthwiseGradient final : public FloatGradient {
public:
    explicit DepthwiseGradient(const Convolution& s)
        : shape_{s}, times_{static_cast<std::size_t>(s.filters / s.channels)}, slide_{slide_of<true>(s.columns)} {
        if (slide_ == nullptr)
            sweeps_ = sweeps_of(s, Pass::forward);
    }

    [[nodiscard]] std::string name() const override { return loops(); }
    [[nodiscard]] std::size_t scratch_bytes() const noexcept override {
        return times_ == 1 ? 0 : static_cast<std::size_t>(shape_.inputs()) * times_ * sizeof(float);
    }

    void run_floats(std::size_t, std::int64_t samples, const float* x, const float* dy, std::int64_t, std::int64_t,
                    float* dw, std::byte* scratch) const override {
        auto* const wide = reinterpret_cast<float*>(scratch);
        std::fill_n(dw, shape_.taps() * shape_.filters, 0.0F);
        for (std::int64_t n = 0; n < samples; ++n, x += shape_.inputs(), dy += shape_.outputs()) {
            if (times_ > 1)
                spread(x, shape_.inputs(), times_, wide);
            add_sample({times_ > 1 ? wide : x, dy, nullptr, dw, static_cast<std::size_t>(shape_.filters)});
        }
    }

private:
    void add_sample(const Operands& operands) const {
        if (slide_ != nullptr)
            return slide_(shape_, operands);
        for (const Sweep& sweep : sweeps_)
            add_sweep(sweep, operands.from, operands.weights, operands.to, operands.channels);
    }

    Convolution shape_;
    std::size_t times_;  ///< filters of a channel
    Slide slide_;
    std::vector<Sweep> sweeps_;
};

}  // namespace

bool is_depthwise(const Convolution& shape) noexcept {
    return shape.groups == shape.channels && (shape.groups > 1 || shape.filters == 1);
}

std::unique_ptr<Product> make_depthwise(Pass pass, const Convolution& shape) {
    return std::make_unique<DepthwiseProduct>(pass, shape);
}

std::unique_ptr<WeightGradient> make_depthwise_gradient(const Convolution& shape) {
    return std::make_unique<DepthwiseGradient>(shape);
}

}  // namespace plexus::kernels
