#include <algorithm>

#include "embedding.hpp"
#include "tokens.hpp"

namespace plexus::embedding {
namespace {

/// A row of zeros for each token, a whole number, with a 1 at its place.
///   x  [N, ...]              int32 or uint8, 0 .. num_tokens - 1
///   y  [N, ..., num_tokens]  float32
/// Tokens have no gradient.
/// Refused while planning: other element types. While running: a token out of range (SampleError).
struct OneHot final : Layer {
    explicit OneHot(const Attributes& a) : tokens_{a.get<std::int64_t>("num_tokens")} {}

    void infer(InferContext& c) const override {
        want_tokens(c, "num_tokens");
        c.output(0, {with_vectors(c.input(0).shape, tokens_), Element::float32});
    }

    [[nodiscard]] Traits traits() const override {
        return {.backward_reads_inputs = false, .backward_reads_outputs = false};
    }

    void forward(const ForwardContext& c) const override {
        const auto y = c.output(0).as();
        std::ranges::fill(y, 0.0F);
        float* row = y.data();
        each_token(c, tokens_, [&](std::size_t token) {
            row[token] = 1;
            row += tokens_;
        });
    }

    void backward(const BackwardContext&) const override {}

    std::int64_t tokens_;
};

}  // namespace

void add_one_hot(Registry& registry) {
    registry.layer<OneHot>("one_hot", "Gives each token, a whole number, a 1 in a row of zeros")
        .required("num_tokens", AttributeSpec::Form::integer, "how many tokens there are: 0 .. num_tokens - 1")
        .at_least(1)
        .any_element()
        .formula("y[n,...,k] = 1 where k = x[n,...], else 0")
        .shapes("x  [N, ...]  int32 or uint8\ny  [N, ..., num_tokens]");
}

}  // namespace plexus::embedding
