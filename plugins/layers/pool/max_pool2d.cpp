#include "kernels/elementwise.hpp"
#include "pool.hpp"

namespace plexus::pool {
namespace {

using kernels::Floats;
using kernels::Integers;
using kernels::lanes;

/// Runs `at(span of rows, span of columns, output pixel)` for all windows of one sample.
template <class At>
[[gnu::always_inline]] inline void each_window(const Windows& w, const At& at) {
    std::int64_t pixel = 0;
    for (std::int64_t p = 0; p < w.rows.count(); ++p)
        for (std::int64_t q = 0; q < w.columns.count(); ++q, ++pixel)
            at(Windows::span(w.rows, p), Windows::span(w.columns, q), pixel);
}

/// The largest of one window, for up to eight channels.
template <class Index>
struct Largest {
    Floats value;
    Integers place;

    [[gnu::always_inline]] void take(const Floats& x, std::int32_t at) {
        const Integers better = (x > value) | ((x != x) & (value == value));
        value = better ? x : value;
        place = better ? kernels::broadcast(at) : place;
    }
    [[gnu::always_inline]] void put(float* y, Index* argmax, std::size_t count) const {
        const auto narrow = __builtin_convertvector(place, kernels::Vector<Index>);
        if (count == lanes) {
            kernels::store(y, value);
            if (argmax != nullptr)
                kernels::store<Index>(argmax, narrow);
            return;
        }
        kernels::store_some(y, value, count);
        if (argmax != nullptr)
            kernels::store_some<Index>(argmax, narrow, count);
    }
};

template <class Index>
[[gnu::always_inline]] inline void forward_sample(const Windows& w, std::size_t channels, const float* x, float* y,
                                                  Index* argmax) {
    each_window(
        w, [&](const Windows::Span& down, const Windows::Span& across, std::int64_t pixel)
               __attribute__((always_inline)) {
                   const std::size_t out = static_cast<std::size_t>(pixel) * channels;
                   for (std::size_t c = 0; c < channels; c += lanes) {
                       const std::size_t count = std::min(lanes, channels - c);
                       Largest<Index> largest{kernels::broadcast(0.0F), kernels::broadcast(0)};
                       bool first = true;
                       for (std::int64_t r = down.begin; r < down.end; ++r)
                           for (std::int64_t s = across.begin; s < across.end; ++s) {
                               const float* from =
                                   x +
                                   static_cast<std::size_t>((down.origin + r) * w.columns.extent + across.origin + s) *
                                       channels +
                                   c;
                               const Floats v = count == lanes ? kernels::load(from) : kernels::load_some(from, count);
                               const auto at = static_cast<std::int32_t>(r * w.columns.size + s);
                               if (first)
                                   largest = {v, kernels::broadcast(at)};
                               else
                                   largest.take(v, at);
                               first = false;
                           }
                       largest.put(y + out + c, argmax != nullptr ? argmax + out + c : nullptr, count);
                   }
               });
}

/// `add`: windows overlap or leave gaps, and dx was cleared; else each element is written once.
template <class Index>
[[gnu::always_inline]] inline void backward_sample(const Windows& w, std::size_t channels, const float* dy,
                                                   const Index* argmax, float* dx, bool add) {
    each_window(
        w, [&](const Windows::Span& down, const Windows::Span& across,
               std::int64_t pixel) __attribute__((always_inline)) {
            const std::size_t out = static_cast<std::size_t>(pixel) * channels;
            for (std::size_t c = 0; c < channels; c += lanes) {
                const std::size_t count = std::min(lanes, channels - c);
                const bool whole = count == lanes;
                const Floats slope = whole ? kernels::load(dy + out + c) : kernels::load_some(dy + out + c, count);
                const auto narrow =
                    whole ? kernels::load(argmax + out + c) : kernels::load_some(argmax + out + c, count);
                const Integers place = __builtin_convertvector(narrow, Integers);
                for (std::int64_t r = down.begin; r < down.end; ++r)
                    for (std::int64_t s = across.begin; s < across.end; ++s) {
                        float* to = dx +
                                    static_cast<std::size_t>((down.origin + r) * w.columns.extent + across.origin + s) *
                                        channels +
                                    c;
                        Floats v = place == static_cast<std::int32_t>(r * w.columns.size + s) ? slope : Floats{};
                        if (add)
                            v += whole ? kernels::load(to) : kernels::load_some(to, count);
                        if (whole)
                            kernels::store(to, v);
                        else
                            kernels::store_some(to, v, count);
                    }
            }
        });
}

/// The largest value of each window of each plane.
///   x       [N, H, W, C]
///   y       [N, P, Q, C]   P = floor((H + padding - pool_size) / strides) + 1; Q likewise from W
///   argmax  [N, P, Q, C]   place in the window; kept from forward to backward; uint8, of windows over 256 int32
/// Ties go to the first in row-major order; a NaN is the largest value. backward() assigns dx.
/// Refused while planning: pool_size > H + padding or W + padding; a side's padding > pool_size / 2.
struct MaxPool2d final : Layer {
    explicit MaxPool2d(const Attributes& a) : windows{a} {}

    void infer(InferContext& c) const override {
        windows.infer(c);
        const Windows w = windows.on(c.input(0).shape);
        const Shape output{c.input(0).shape[0], w.rows.count(), w.columns.count(), c.input(0).shape[3]};
        c.saved("argmax", TensorType{output, is_small(w) ? Element::uint8 : Element::int32});
    }

    [[nodiscard]] Traits traits() const override {
        return {.backward_reads_inputs = false, .backward_reads_outputs = false};
    }

    void forward(const ForwardContext& c) const override {
        if (is_small(windows.on(c.input(0).shape())))
            forward_as<std::uint8_t>(c);
        else
            forward_as<std::int32_t>(c);
    }

    void backward(const BackwardContext& c) const override {
        if (!c.input_gradient(0))
            return;
        if (c.saved(0).type.element == Element::uint8)
            backward_as<std::uint8_t>(c);
        else
            backward_as<std::int32_t>(c);
    }

    template <class Index>
    void forward_as(const ForwardContext& c) const {
        const Shape input = c.input(0).shape();
        const Windows w = windows.on(input);
        const auto channels = static_cast<std::size_t>(input[3]);
        const float* x = c.input(0).as().data();
        float* y = c.output(0).as().data();
        auto* argmax = static_cast<Index*>(c.saved(0).data);
        const std::int64_t samples = c.samples();
        const std::int64_t in = input.from(1).elements();
        const std::int64_t out = c.output(0).shape().from(1).elements();
        kernels::dispatch([=]() __attribute__((always_inline)) {
            for (std::int64_t n = 0; n < samples; ++n)
                forward_sample<Index>(w, channels, x + n * in, y + n * out,
                                      argmax != nullptr ? argmax + n * out : nullptr);
        });
    }

    template <class Index>
    void backward_as(const BackwardContext& c) const {
        const Shape input = c.input_gradient(0).shape();
        const Windows w = windows.on(input);
        const auto channels = static_cast<std::size_t>(input[3]);
        const float* dy = c.output_gradient(0).as().data();
        const auto* argmax = c.saved(0).as<Index>().data();
        float* dx = c.input_gradient(0).as().data();
        const std::int64_t samples = c.samples();
        const std::int64_t in = input.from(1).elements();
        const std::int64_t out = c.output_gradient(0).shape().from(1).elements();
        const bool add = !w.tile();
        kernels::dispatch([=]() __attribute__((always_inline)) {
            for (std::int64_t n = 0; n < samples; ++n) {
                if (add)
                    std::fill_n(dx + n * in, in, 0.0F);
                backward_sample<Index>(w, channels, dy + n * out, argmax + n * out, dx + n * in, add);
            }
        });
    }

    static bool is_small(const Windows& w) noexcept { return w.rows.size * w.columns.size <= 256; }

    WindowAttributes windows;
};

}  // namespace

void add_max_pool2d(Registry& registry) {
    WindowAttributes::declare(
        registry.layer<MaxPool2d>("max_pool2d", "Keeps the largest value of each window of an image"))
        .formula("y[n,p,q,c] = max over r, s of x[n, p strides + r - top, q strides + s - left, c]")
        .shapes("x  [N, H, W, C]\ny  [N, P, Q, C]");
}

}  // namespace plexus::pool
