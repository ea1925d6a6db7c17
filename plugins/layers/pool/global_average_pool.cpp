#include "kernels/elementwise.hpp"
#include "pool.hpp"

namespace plexus::pool {
namespace {

using kernels::Floats;

/// The mean of each plane; global_average_pool1d is that of an image of one row.
///   x  [N, H, W, C]   or [N, T, F]
///   y  [N, C]         or [N, F]; with keepdims [N, 1, 1, C] or [N, 1, F]
/// backward() assigns dx.
template <Along along>
struct GlobalAveragePool final : Layer {
    explicit GlobalAveragePool(const Attributes& a) : keepdims{a.get<bool>("keepdims")} {}

    void infer(InferContext& c) const override {
        c.want(0, along == Along::steps ? 3 : 4, kernels::dimensions_of(along), "put a reshape before it");
        const Shape input = kernels::image_of(along, c.input(0).shape);
        if (input[1] * input[2] < 1)
            throw c.error(text("input has shape ", c.source(0), "; there must be at least one ",
                               along == Along::steps ? "step" : "pixel", " in it"));
        const Shape kept = kernels::without_rows(along, {input[0], 1, 1, input.back()});
        c.output(0, TensorType{keepdims ? kept : Shape{input[0], input.back()}});
    }

    [[nodiscard]] Traits traits() const override {
        return {.backward_reads_inputs = false, .backward_reads_outputs = false};
    }

    void forward(const ForwardContext& c) const override {
        const Shape input = kernels::image_of(along, c.input(0).shape());
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
        const Shape input = kernels::image_of(along, c.input_gradient(0).shape());
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

void add_global_average_pool(Registry& registry) {
    registry
        .layer<GlobalAveragePool<Along::steps>>("global_average_pool1d", "Takes the mean of all steps of a sequence")
        .attribute("keepdims", false, "keeps the steps, as 1")
        .formula("y[n,f] = mean over t of x[n,t,f]")
        .shapes("x  [N, T, F]\ny  [N, F]");
    registry.layer<GlobalAveragePool<Along::image>>("global_average_pool2d", "Takes the mean of each plane of an image")
        .attribute("keepdims", false, "keeps rows and columns, as 1 x 1")
        .formula("y[n,c] = mean over h, w of x[n,h,w,c]")
        .shapes("x  [N, H, W, C]\ny  [N, C]");
}

}  // namespace plexus::pool
