#include "reshaping.hpp"

namespace plexus::reshaping {
namespace {

/// A sample's vector, once for each of n time steps.
///   x  [N, F]     any element type
///   y  [N, n, F]
/// backward() assigns dx, the sum of dy over the steps, added up from the first on.
/// Refused while planning: an input that is not [N, F].
struct RepeatVector final : Layer {
    explicit RepeatVector(const Attributes& a) : n_{a.get<std::int64_t>("n")} {}

    void infer(InferContext& c) const override {
        const TensorType& x = c.input(0);
        if (x.shape.rank() != 2)
            throw c.error(text("input has shape ", c.source(0), "; [batch, features] is wanted"));
        c.output(0, {Shape{x.shape[0], n_, x.shape[1]}, x.element});
    }

    [[nodiscard]] Traits traits() const override {
        return {.backward_reads_inputs = false, .backward_reads_outputs = false};
    }

    void forward(const ForwardContext& c) const override {
        const ConstTensor x = c.input(0);
        const auto samples = static_cast<std::size_t>(c.samples());
        const std::size_t bytes = x.type.bytes() / samples;
        const auto* from = static_cast<const std::byte*>(x.data);
        auto* to = static_cast<std::byte*>(c.output(0).data);
        for (std::size_t sample = 0; sample < samples; ++sample, from += bytes)
            for (std::int64_t step = 0; step < n_; ++step, to += bytes)
                std::memcpy(to, from, bytes);
    }

    void backward(const BackwardContext& c) const override {
        const auto dx = c.input_gradient(0).as();
        const float* dy = c.output_gradient(0).as().data();
        const std::size_t features = dx.size() / static_cast<std::size_t>(c.samples());
        for (std::size_t begin = 0; begin < dx.size(); begin += features) {
            float* const sums = dx.data() + begin;
            std::memcpy(sums, dy, features * sizeof(float));
            dy += features;
            for (std::int64_t step = 1; step < n_; ++step, dy += features)
                for (std::size_t i = 0; i < features; ++i)
                    sums[i] += dy[i];
        }
    }

    std::int64_t n_;
};

}  // namespace

void add_repeat_vector(Registry& registry) {
    registry.layer<RepeatVector>("repeat_vector", "Repeats a sample's vector, once for each time step")
        .required("n", AttributeSpec::Form::integer, "how many time steps")
        .at_least(1)
        .any_element()
        .formula("y[n,t,:] = x[n,:]")
        .shapes("x  [N, F]\ny  [N, n, F]");
}

}  // namespace plexus::reshaping
