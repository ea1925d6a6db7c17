#include <algorithm>
#include <cmath>
#include <numbers>

#include "class_rows.hpp"
#include "metrics.hpp"

namespace plexus::metrics {
namespace {

/// How surprised the network is by the right classes: the mean of -log softmax(x)[label], in nats, over all positions
/// of all samples that count, each alike; 0 where none does. Inputs: see class_rows.hpp; x are logits.
/// partial 0: {sum of the cross-entropies, positions}
struct MeanCrossEntropy : Layer {
    explicit MeanCrossEntropy(const Attributes& a) : ignored_{ignore_class(a)} {}

    void infer(InferContext& c) const final {
        infer_class_rows(c);
        c.partial("cross_entropy", 2);
    }

    void forward(const ForwardContext& c) const final {
        const ClassRows rows{c, ignored_};
        double sum = 0;
        const std::size_t counting = rows.each([&](std::size_t row) { sum += rows.cross_entropy(row); });
        c.partial(0)[0] = sum;
        c.partial(0)[1] = static_cast<double>(counting);
    }

    [[nodiscard]] static double mean(std::span<const double> merged) { return merged[0] / std::max(merged[1], 1.0); }

private:
    std::optional<std::int64_t> ignored_;
};

/// e^mean: a network that guesses among so many classes, all alike, is as surprised. Infinite above e^709.
struct Perplexity final : MeanCrossEntropy {
    explicit Perplexity(const Attributes& a) : MeanCrossEntropy{a} {}

    void report(std::span<const double> merged, Report& report) const override {
        report.value("perplexity", std::exp(mean(merged)), Better::lower);
    }
};

/// The mean in bits, where classes are characters: what a compressor that has the network would need.
struct BitsPerCharacter final : MeanCrossEntropy {
    explicit BitsPerCharacter(const Attributes& a) : MeanCrossEntropy{a} {}

    void report(std::span<const double> merged, Report& report) const override {
        report.value("bits_per_character", mean(merged) / std::numbers::ln2, Better::lower);
    }
};

}  // namespace

void add_cross_entropy(Registry& registry) {
    const char* const shapes = "x       [N, ..., K]  logits\nlabels  [N, ...]     int32";
    add_ignore_class(
        registry.metric<BitsPerCharacter>("bits_per_character", "Mean cross-entropy of all positions, in bits"))
        .formula("mean of -log2 softmax(x)_label")
        .shapes(shapes);
    add_ignore_class(
        registry.metric<Perplexity>("perplexity", "Among how many classes, all alike, a guess would be as good"))
        .formula("e^(mean of -log softmax(x)_label)")
        .shapes(shapes);
}

}  // namespace plexus::metrics
