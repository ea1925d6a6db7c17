#include "embedding.hpp"

#include <algorithm>

#include "kernels/elementwise.hpp"
#include "tokens.hpp"

namespace plexus::embedding {
namespace {

using kernels::Floats;

/// A vector of its own for each token, learnt.
///   x           [N, ...]              int32 or uint8, 0 .. input_dim - 1
///   embeddings  [input_dim, output_dim]
///   y           [N, ..., output_dim]  y[n, ..., :] = embeddings[x[n, ...], :]
/// backward() adds, per shard, the rows of dy to those of the gradient in the order of the samples; a token that does
/// not occur has a gradient of 0. Tokens have no gradient.
/// Refused while planning: other element types. While running: a token out of range (SampleError).
struct Embedding final : Layer {
    explicit Embedding(const Attributes& a)
        : tokens_{a.get<std::int64_t>("input_dim")},
          width_{a.get<std::int64_t>("output_dim")},
          initializer_{a.typed("embeddings_initializer")} {}

    void infer(InferContext& c) const override {
        const TensorType& x = c.input(0);
        want_tokens(c, "input_dim");
        c.parameter("embeddings", {tokens_, width_}, initializer_);
        c.output(0, {with_vectors(x.shape, width_), Element::float32});
    }

    [[nodiscard]] Traits traits() const override { return {.backward_reads_outputs = false}; }

    void forward(const ForwardContext& c) const override {
        const auto width = static_cast<std::size_t>(width_);
        const float* const embeddings = c.parameter(0).as().data();
        float* y = c.output(0).as().data();
        each_token(c, tokens_, [&](std::size_t token) {
            std::copy_n(embeddings + token * width, width, y);
            y += width;
        });
    }

    void backward(const BackwardContext& c) const override {
        if (!c.parameter_gradient(0))
            return;
        const auto width = static_cast<std::size_t>(width_);
        const auto gradient = c.parameter_gradient(0).as();
        const float* dy = c.output_gradient(0).as().data();
        std::ranges::fill(gradient, 0.0F);
        each_token(c, tokens_, [&](std::size_t token) {
            kernels::apply(
                [](const Floats& slope, Floats& sum) __attribute__((always_inline)) { sum += slope; }, width, dy,
                gradient.data() + token * width);
            dy += width;
        });
    }

private:
    std::int64_t tokens_;
    std::int64_t width_;
    TypedValue initializer_;
};

}  // namespace

void add_embedding(Registry& registry) {
    registry.layer<Embedding>("embedding", "Gives each token, a whole number, a vector that is learnt")
        .required("input_dim", AttributeSpec::Form::integer, "how many tokens there are: 0 .. input_dim - 1")
        .at_least(1)
        .required("output_dim", AttributeSpec::Form::integer, "size of a token's vector")
        .at_least(1)
        .typed("embeddings_initializer", Kind::initializer, "random_uniform", "first values of the vectors")
        .any_element()
        .formula("y[n,...,:] = embeddings[x[n,...],:]")
        .shapes(
            "x           [N, ...]  int32 or uint8\nembeddings  [input_dim, output_dim]\n"
            "y           [N, ..., output_dim]");
}

}  // namespace plexus::embedding
