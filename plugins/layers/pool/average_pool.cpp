#include "kernels/elementwise.hpp"
#include "pool.hpp"

namespace plexus::pool {
namespace {

using kernels::Floats;

/// Calls `at(input element, output element, 1 / values in the window)` for each value of each window of one sample;
/// elements are the first channels of pixels.
template <class At>
[[gnu::always_inline]] inline void each_value(const Windows& w, std::size_t channels, const At& at) {
    const std::int64_t rows = w.rows.count();
    const std::int64_t columns = w.columns.count();
    std::size_t out = 0;
    for (std::int64_t p = 0; p < rows; ++p)
        for (std::int64_t q = 0; q < columns; ++q, out += channels) {
            const Windows::Span down = Windows::span(w.rows, p);
            const Windows::Span across = Windows::span(w.columns, q);
            const auto values = static_cast<float>((down.end - down.begin) * (across.end - across.begin));
            for (std::int64_t r = down.begin; r < down.end; ++r)
                for (std::int64_t s = across.begin; s < across.end; ++s)
                    at(static_cast<std::size_t>((down.origin + r) * w.columns.extent + across.origin + s) * channels,
                       out, 1.0F / values);
        }
}

/// The mean of each window of each plane; average_pool1d is that of an image of one row.
///   x  [N, H, W, C]   or [N, T, F]
///   y  [N, P, Q, C]   or [N, Q, F]; P = floor((H + padding - pool_size) / strides) + 1; Q likewise from W or T
/// Values in the border are not there: they are not counted (as in Keras; PyTorch's count_include_pad = False).
/// backward() assigns dx.
/// Refused while planning: pool_size > H + padding, W + padding or T + padding; a side's padding > pool_size / 2.
template <Along along>
struct AveragePool final : Layer {
    explicit AveragePool(const Attributes& a) : windows{a, along} {}

    void infer(InferContext& c) const override { windows.infer(c); }

    [[nodiscard]] Traits traits() const override {
        return {.backward_reads_inputs = false, .backward_reads_outputs = false};
    }

    void forward(const ForwardContext& c) const override {
        const Shape input = c.input(0).shape();
        const Windows w = windows.on(input);
        const auto channels = static_cast<std::size_t>(input.back());
        const auto size = c.output(0).as().size();
        const float* x = c.input(0).as().data();
        float* y = c.output(0).as().data();
        const auto samples = static_cast<std::size_t>(c.samples());
        const auto in = static_cast<std::size_t>(input.from(1).elements());
        kernels::dispatch([=]() __attribute__((always_inline)) {
            std::fill_n(y, size, 0.0F);
            for (std::size_t n = 0; n < samples; ++n)
                each_value(
                    w, channels, [=](std::size_t from, std::size_t to, float share) __attribute__((always_inline)) {
                        kernels::sweep(
                            [=](const Floats& v, Floats& sum) __attribute__((always_inline)) { sum += v * share; },
                            channels, x + n * in + from, y + n * (size / samples) + to);
                    });
        });
    }

    void backward(const BackwardContext& c) const override {
        if (!c.input_gradient(0))
            return;
        const Shape input = c.input_gradient(0).shape();
        const Windows w = windows.on(input);
        const auto channels = static_cast<std::size_t>(input.back());
        const auto size = c.output_gradient(0).as().size();
        const float* dy = c.output_gradient(0).as().data();
        float* dx = c.input_gradient(0).as().data();
        const auto samples = static_cast<std::size_t>(c.samples());
        const auto in = static_cast<std::size_t>(input.from(1).elements());
        kernels::dispatch([=]() __attribute__((always_inline)) {
            std::fill_n(dx, samples * in, 0.0F);
            for (std::size_t n = 0; n < samples; ++n)
                each_value(
                    w, channels, [=](std::size_t to, std::size_t from, float share) __attribute__((always_inline)) {
                        kernels::sweep(
                            [=](const Floats& slope, Floats& sum)
                                __attribute__((always_inline)) { sum += slope * share; },
                            channels, dy + n * (size / samples) + from, dx + n * in + to);
                    });
        });
    }

    WindowAttributes windows;
};

}  // namespace

void add_average_pool(Registry& registry) {
    WindowAttributes::declare(
        registry.layer<AveragePool<Along::steps>>("average_pool1d", "Takes the mean of each window of a sequence"),
        Along::steps)
        .formula("y[n,q,f] = mean over s of x[n, q strides + s - left, f]")
        .shapes("x  [N, T, F]\ny  [N, Q, F]");
    WindowAttributes::declare(
        registry.layer<AveragePool<Along::image>>("average_pool2d", "Takes the mean of each window of an image"),
        Along::image)
        .formula("y[n,p,q,c] = mean over r, s of x[n, p strides + r - top, q strides + s - left, c]")
        .shapes("x  [N, H, W, C]\ny  [N, P, Q, C]");
}

}  // namespace plexus::pool
