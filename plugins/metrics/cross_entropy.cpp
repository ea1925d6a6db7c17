#include <cmath>
#include <numbers>

#include "class_rows.hpp"
#include "metrics.hpp"

namespace plexus::metrics {
namespace {

/// How surprised the network is by the right classes: the mean of -log softmax(x)[label], in nats, over all positions
/// of all samples, each of which counts alike. Inputs: see class_rows.hpp; x are logits.
/// partial 0: {sum of the cross-entropies, positions}
struct MeanCrossEntropy : Layer {
    void infer(InferContext& c) const final {
        infer_class_rows(c);
        c.partial("cross_entropy", 2);
    }

    void forward(const ForwardContext& c) const final {
        const ClassRows rows{c};
        double sum = 0;
        for (std::size_t row = 0; row < rows.size(); ++row)
            sum += rows.cross_entropy(row);
        c.partial(0)[0] = sum;
        c.partial(0)[1] = static_cast<double>(rows.size());
    }
};

/// e^mean: a network that guesses among so many classes, all alike, is as surprised. Infinite above e^709.
struct Perplexity final : MeanCrossEntropy {
    explicit Perplexity(const Attributes&) {}

    void report(std::span<const double> merged, Report& report) const override {
        report.value("perplexity", std::exp(merged[0] / merged[1]), Better::lower);
    }
};

/// The mean in bits, where classes are characters: what a compressor that has the network would need.
struct BitsPerCharacter final : MeanCrossEntropy {
    explicit BitsPerCharacter(const Attributes&) {}

    void report(std::span<const double> merged, Report& report) const override {
        report.value("bits_per_character", merged[0] / merged[1] / std::numbers::ln2, Better::lower);
    }
};

}  // namespace

void add_cross_entropy(Registry& registry) {
    const char* const shapes = "x       [N, ..., K]  logits\nlabels  [N, ...]     int32";
    registry.metric<BitsPerCharacter>("bits_per_character", "Mean cross-entropy of all positions, in bits")
        .formula("mean of -log2 softmax(x)_label")
        .shapes(shapes);
    registry.metric<Perplexity>("perplexity", "Among how many classes, all alike, a guess would be as good")
        .formula("e^(mean of -log softmax(x)_label)")
        .shapes(shapes);
}

}  // namespace plexus::metrics
