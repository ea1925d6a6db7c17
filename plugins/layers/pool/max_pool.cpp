#include "kernels/max_pool.hpp"
#include "kernels/elementwise.hpp"
#include "pool.hpp"

namespace plexus::pool {
namespace {

/// Calls `at(window, its first pixel in the image)` for all windows of one sample, in the order of outputs.
template <class At>
void each_window(const Windows& w, std::int64_t channels, bool positive, const At& at) {
    const std::int64_t rows = w.rows.count();
    const std::int64_t columns = w.columns.count();
    kernels::PoolWindow window{};
    window.stride = w.columns.extent * channels;
    window.channels = channels;
    window.place_stride = static_cast<std::int32_t>(w.columns.size);
    window.positive = positive;
    for (std::int64_t p = 0; p < rows; ++p) {
        const Windows::Span down = Windows::span(w.rows, p);
        window.rows = down.end - down.begin;
        for (std::int64_t q = 0; q < columns; ++q) {
            const Windows::Span across = Windows::span(w.columns, q);
            window.columns = across.end - across.begin;
            window.place = static_cast<std::int32_t>(down.begin * w.columns.size + across.begin);
            at(window, (down.origin + down.begin) * w.columns.extent + across.origin + across.begin);
        }
    }
}

/// The largest value of each window of each plane; max_pool1d is that of an image of one row.
///   x       [N, H, W, C]   or [N, T, F]; float32 or bfloat16
///   y       [N, P, Q, C]   or [N, Q, F]; P = floor((H + padding - pool_size) / strides) + 1; Q likewise from W or T
///   argmax  like y         place in the window; kept from forward to backward; uint8, of windows over 255 int32
/// Ties go to the first in row-major order; a NaN is the largest value. backward() assigns dx.
/// Does the work of a relu before it: the largest value is cut instead of all, and where it was, dx is 0.
/// Refused while planning: pool_size > H + padding, W + padding or T + padding; a side's padding > pool_size / 2.
template <Along along>
struct MaxPool final : Layer {
    explicit MaxPool(const Attributes& a) : windows{a, along} {}

    void infer(InferContext& c) const override {
        const Shape output = windows.infer(c);
        c.saved("argmax", TensorType{output, is_small(windows.on(c.input(0).shape)) ? Element::uint8 : Element::int32});
    }

    [[nodiscard]] Traits traits() const override {
        return {.backward_reads_inputs = false, .backward_reads_outputs = false, .bfloat16 = Bfloat16::alike};
    }

    [[nodiscard]] bool absorbs(const Neighbour& neighbour, std::span<const Neighbour> so_far, Mode) const override {
        return neighbour.side == Neighbour::Side::before && neighbour.does.op == "Relu" && so_far.empty();
    }

    void forward(const ForwardContext& c) const override {
        kernels::with_type_of(c.input(0).type.element, [&]<class T>(T) {
            if (is_small(windows.on(c.input(0).shape())))
                forward_with<T, std::uint8_t>(c);
            else
                forward_with<T, std::int32_t>(c);
        });
    }

    void backward(const BackwardContext& c) const override {
        if (!c.input_gradient(0))
            return;
        kernels::with_type_of(c.input_gradient(0).type.element, [&]<class T>(T) {
            if (c.saved(0).type.element == Element::uint8)
                backward_with<T, std::uint8_t>(c);
            else
                backward_with<T, std::int32_t>(c);
        });
    }

    template <class T, class Index>
    void forward_with(const ForwardContext& c) const {
        const auto forward = kernels::max_pool<T, Index>().forward;
        const Shape input = c.input(0).shape();
        const Windows w = windows.on(input);
        const std::int64_t channels = input.back();
        const T* x = c.input(0).as<T>().data();
        T* y = c.output(0).as<T>().data();
        auto* argmax = static_cast<Index*>(c.saved(0).data);  // absent outside of training
        for (std::int64_t n = 0; n < c.samples(); ++n, x += input.from(1).elements())
            each_window(w, channels, !c.absorbed().empty(), [&](const kernels::PoolWindow& window, std::int64_t from) {
                forward(window, x + from * channels, y, argmax);
                y += channels;
                argmax += argmax != nullptr ? channels : 0;
            });
    }

    template <class T, class Index>
    void backward_with(const BackwardContext& c) const {
        const Shape input = c.input_gradient(0).shape();
        const Windows w = windows.on(input);
        const std::int64_t channels = input.back();
        const T* dy = c.output_gradient(0).as<T>().data();
        const Index* argmax = c.saved(0).as<Index>().data();
        T* dx = c.input_gradient(0).as<T>().data();
        const auto& pool = kernels::max_pool<T, Index>();
        const auto run = w.apart() ? pool.assign : pool.add;
        for (std::int64_t n = 0; n < c.samples(); ++n, dx += input.from(1).elements()) {
            // Where windows leave gaps or overlap.
            if (!w.tile())
                std::fill_n(dx, input.from(1).elements(), T{});
            each_window(w, channels, false, [&](const kernels::PoolWindow& window, std::int64_t to) {
                run(window, dy, argmax, dx + to * channels);
                dy += channels;
                argmax += channels;
            });
        }
    }

    static bool is_small(const Windows& w) noexcept { return w.rows.size * w.columns.size <= 255; }

    WindowAttributes windows;
};

}  // namespace

void add_max_pool(Registry& registry) {
    WindowAttributes::declare(
        registry.layer<MaxPool<Along::steps>>("max_pool1d", "Keeps the largest value of each window of a sequence"),
        Along::steps)
        .formula("y[n,q,f] = max over s of x[n, q strides + s - left, f]")
        .shapes("x  [N, T, F]\ny  [N, Q, F]");
    WindowAttributes::declare(
        registry.layer<MaxPool<Along::image>>("max_pool2d", "Keeps the largest value of each window of an image"),
        Along::image)
        .formula("y[n,p,q,c] = max over r, s of x[n, p strides + r - top, q strides + s - left, c]")
        .shapes("x  [N, H, W, C]\ny  [N, P, Q, C]");
}

}  // namespace plexus::pool
