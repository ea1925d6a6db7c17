#include "kernels/elementwise.hpp"
#include "pool.hpp"

namespace plexus::pool {
namespace {

using kernels::Floats;

/// The mean of each plane.
///   x  [N, H, W, C]
///   y  [N, C]; with keepdims [N, 1, 1, C]
/// backward() assigns dx.
struct GlobalAveragePool2d final : Layer {
    explicit GlobalAveragePool2d(const Attributes& a) : keepdims{a.get<bool>("keepdims")} {}

    void infer(InferContext& c) const override {
        c.want(0, 4, "[batch, rows, columns, channels]", "put a reshape before it");
        const Shape& input = c.input(0).shape;
        if (input[1] * input[2] < 1)
            throw c.error(text("input has shape ", c.source(0), "; there must be at least one pixel in it"));
        c.output(0, TensorType{keepdims ? Shape{input[0], 1, 1, input[3]} : Shape{input[0], input[3]}});
    }

    [[nodiscard]] Traits traits() const override {
        return {.backward_reads_inputs = false, .backward_reads_outputs = false};
    }

    void forward(const ForwardContext& c) const override {
        const Shape input = c.input(0).shape();
        const auto channels = static_cast<std::size_t>(input[3]);
        const auto pixels = static_cast<std::size_t>(input[1] * input[2]);
        const auto samples = static_cast<std::size_t>(c.samples());
        const float* x = c.input(0).as().data();
        float* y = c.output(0).as().data();
        kernels::dispatch([=]() __attribute__((always_inline)) {
            const float share = 1.0F / static_cast<float>(pixels);
            for (std::size_t n = 0; n < samples; ++n) {
                float* sums = y + n * channels;
                std::fill_n(sums, channels, 0.0F);
                for (std::size_t p = 0; p < pixels; ++p)
                    kernels::sweep(
                        [](const Floats& v, Floats& sum) __attribute__((always_inline)) { sum += v; }, channels,
                        x + (n * pixels + p) * channels, sums);
                kernels::sweep(
                    [=](Floats & sum) __attribute__((always_inline)) { sum *= share; }, channels, sums);
            }
        });
    }

    void backward(const BackwardContext& c) const override {
        if (!c.input_gradient(0))
            return;
        const Shape input = c.input_gradient(0).shape();
        const auto channels = static_cast<std::size_t>(input[3]);
        const auto pixels = static_cast<std::size_t>(input[1] * input[2]);
        const auto samples = static_cast<std::size_t>(c.samples());
        const float* dy = c.output_gradient(0).as().data();
        float* dx = c.input_gradient(0).as().data();
        kernels::dispatch([=]() __attribute__((always_inline)) {
            const float share = 1.0F / static_cast<float>(pixels);
            for (std::size_t n = 0; n < samples; ++n)
                for (std::size_t p = 0; p < pixels; ++p)
                    kernels::sweep(
                        [=](const Floats& slope, Floats& d) __attribute__((always_inline)) { d = slope * share; },
                        channels, dy + n * channels, dx + (n * pixels + p) * channels);
        });
    }

    bool keepdims;
};

}  // namespace

void add_global_average_pool2d(Registry& registry) {
    registry.layer<GlobalAveragePool2d>("global_average_pool2d", "Takes the mean of each plane of an image")
        .attribute("keepdims", false, "keeps rows and columns, as 1 x 1")
        .formula("y[n,c] = mean over h, w of x[n,h,w,c]")
        .shapes("x  [N, H, W, C]\ny  [N, C]");
}

}  // namespace plexus::pool
