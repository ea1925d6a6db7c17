#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numeric>
#include <utility>

#include "datasets.hpp"

namespace plexus::datasets {
namespace {

/// Samples out of nothing, for benchmarks and tests; each follows from seed and index alone.
///   input   `shape` float32
///   label   int32, kind classification: sample i is of class i mod `classes`, and its input is that class's own
///   pattern
///           (uniform in [-1, 1)) plus `noise` times as much of its own
///   input, label  `shape` int32 each, kind sequence: numbers below `classes`, and for each of them one that a fixed
///   rule
///           gives (a permutation)
///   target  [targets] float32, kind regression: fixed weighted sums of the input (uniform in [-1, 1)), scaled to a
///           variance of about 1, plus `noise` times uniform numbers in [-1, 1)
class Synthetic final : public Dataset {
public:
    explicit Synthetic(const Attributes& attributes)
        : shape_(shape_of(attributes)),
          elements_(static_cast<std::size_t>(shape_.elements())),
          classes_(attributes.get<std::size_t>("classes")),
          targets_(attributes.get<std::size_t>("targets")),
          samples_(attributes.get<std::size_t>("samples")),
          streams_(attributes.get<std::size_t>("streams")),
          seed_(static_cast<std::uint32_t>(attributes.get<std::int64_t>("seed"))),
          noise_(attributes.get<float>("noise")),
          regression_(attributes.get<std::string>("kind") == "regression"),
          sequence_(attributes.get<std::string>("kind") == "sequence") {
        if (streams_ > 0 && samples_ % streams_ != 0)
            throw attributes.error("streams", text("synthetic 'streams' is ", streams_, ", which does not divide the ",
                                                   samples_, " samples evenly"));
        if (sequence_) {
            tensors_ = {SampleTensor{"input", {shape_, Element::int32}}, {"label", {shape_, Element::int32}}};
            rule_ = permutation();
            return;
        }
        tensors_[0] = {"input", {shape_, Element::float32}};
        if (regression_)
            tensors_[1] = {"target", {Shape{static_cast<std::int64_t>(targets_)}, Element::float32}};
        else
            tensors_[1] = {"label", {Shape{}, Element::int32}};
        // A few samples are made once, so that a benchmark measures the network and not this.
        if (samples_ <= most_kept / (elements_ * sizeof(float))) {
            kept_.resize(samples_ * elements_);
            for (std::size_t i = 0; i < samples_; ++i)
                make_input(i, std::span{kept_}.subspan(i * elements_, elements_));
        }
    }

    [[nodiscard]] std::size_t size() const override { return samples_; }
    [[nodiscard]] std::size_t streams() const override { return streams_; }
    [[nodiscard]] std::span<const SampleTensor> tensors() const override { return tensors_; }

    void read(std::size_t index, std::span<const Tensor> sample) const override {
        if (sequence_)
            return make_sequence(index, sample[0].as<std::int32_t>(), sample[1].as<std::int32_t>());
        const std::span<float> input = sample[0].as<float>();
        if (kept_.empty())
            make_input(index, input);
        else
            std::memcpy(input.data(), kept_.data() + index * elements_, elements_ * sizeof(float));
        if (regression_)
            make_targets(index, input, sample[1].as<float>());
        else
            sample[1].as<std::int32_t>()[0] = static_cast<std::int32_t>(index % classes_);
    }

private:
    static constexpr std::size_t most_kept = std::size_t{64} << 20;  // bytes
    static constexpr std::int64_t most_elements = std::int64_t{1} << 28;
    static constexpr std::size_t per_block = 8;  // numbers of 16 bits in four words

    static Shape shape_of(const Attributes& attributes) {
        const auto sizes = attributes.get<std::vector<std::int64_t>>("shape");
        std::int64_t elements = 1;
        for (const std::int64_t size : sizes)
            if (__builtin_mul_overflow(elements, size, &elements) || elements > most_elements)
                throw attributes.error("shape", text("synthetic 'shape' has more than ", most_elements, " elements"));
        // One less than a tensor has: the batch comes in front.
        if (sizes.size() >= Shape::max_rank)
            throw attributes.error("shape", text("synthetic 'shape' has ", sizes.size(), " dimensions; up to ",
                                                 Shape::max_rank - 1, " are possible"));
        return Shape(std::span{sizes});
    }

    /// Eight numbers in [-1, 1), in steps of 2^-15.
    [[nodiscard]] std::array<float, per_block> numbers(std::uint32_t stream, std::size_t row, std::size_t block) const {
        const std::array<std::uint32_t, 4> words = philox({seed_, stream}, {row, 0, static_cast<std::uint32_t>(block)});
        std::array<float, per_block> all{};
        for (std::size_t i = 0; i < words.size(); ++i) {
            all[2 * i] = static_cast<float>(static_cast<std::int32_t>(words[i] & 0xffff) - 0x8000) * 0x1p-15F;
            all[2 * i + 1] = static_cast<float>(static_cast<std::int32_t>(words[i] >> 16) - 0x8000) * 0x1p-15F;
        }
        return all;
    }

    void make_input(std::size_t index, std::span<float> input) const {
        const float share = regression_ ? 1.0F : noise_;
        for (std::size_t begin = 0; begin < input.size(); begin += per_block) {
            const std::size_t count = std::min(per_block, input.size() - begin);
            const std::array<float, per_block> own = numbers(own_stream_, index, begin / per_block);
            for (std::size_t i = 0; i < count; ++i)
                input[begin + i] = share * own[i];
            if (regression_)
                continue;
            const std::array<float, per_block> pattern = numbers(pattern_stream_, index % classes_, begin / per_block);
            for (std::size_t i = 0; i < count; ++i)
                input[begin + i] += pattern[i];
        }
    }

    /// Of 0 .. classes - 1, by Fisher and Yates.
    [[nodiscard]] std::vector<std::int32_t> permutation() const {
        std::vector<std::int32_t> all(classes_);
        std::iota(all.begin(), all.end(), 0);
        for (std::size_t i = all.size(); i-- > 1;)
            std::swap(all[i], all[below(philox({seed_, pattern_stream_}, {i, 0, 0})[0], i + 1)]);
        return all;
    }

    static std::size_t below(std::uint32_t word, std::size_t limit) {
        return static_cast<std::size_t>(std::uint64_t{word} * limit >> 32);
    }

    void make_sequence(std::size_t index, std::span<std::int32_t> input, std::span<std::int32_t> label) const {
        constexpr std::size_t per_draw = 4;
        for (std::size_t i = 0; i < input.size(); ++i) {
            const auto block = static_cast<std::uint32_t>(i / per_draw);
            input[i] = static_cast<std::int32_t>(
                below(philox({seed_, own_stream_}, {index, 0, block})[i % per_draw], classes_));
            label[i] = rule_[static_cast<std::size_t>(input[i])];
        }
    }

    void make_targets(std::size_t index, std::span<const float> input, std::span<float> targets) const {
        for (std::size_t k = 0; k < targets.size(); ++k) {
            double sum = 0;
            for (std::size_t begin = 0; begin < input.size(); begin += per_block) {
                const std::array<float, per_block> weights = numbers(pattern_stream_, k, begin / per_block);
                for (std::size_t i = 0; i < std::min(per_block, input.size() - begin); ++i)
                    sum += static_cast<double>(weights[i]) * static_cast<double>(input[begin + i]);
            }
            // A product of two uniform numbers has a variance of 1/9.
            sum *= 3 / std::sqrt(static_cast<double>(input.size()));
            sum += static_cast<double>(noise_ * numbers(error_stream_, index, k / per_block)[k % per_block]);
            targets[k] = static_cast<float>(sum);
        }
    }

    Shape shape_;
    std::size_t elements_;
    std::size_t classes_;
    std::size_t targets_;
    std::size_t samples_;
    std::size_t streams_;
    std::uint32_t seed_;
    float noise_;
    bool regression_;
    bool sequence_;
    std::uint32_t own_stream_ = path_hash("own");
    std::uint32_t pattern_stream_ = path_hash("pattern");
    std::uint32_t error_stream_ = path_hash("error");
    std::vector<float> kept_;
    std::vector<std::int32_t> rule_;  ///< of sequences: the label of each number
    std::array<SampleTensor, 2> tensors_;
};

}  // namespace

void add_synthetic(Registry& registry) {
    using enum AttributeSpec::Form;
    registry
        .dataset<Synthetic>("synthetic", "samples out of nothing that can be learnt; each follows from seed and index")
        .required("shape", integers, "of a sample's input, as in [28, 28, 1]")
        .at_least(1)
        .attribute("kind", "classification", "what is to be learnt")
        .choices({"classification", "regression", "sequence"})
        .attribute("classes", 10, "of a classification, sample i is of class i mod classes; numbers in a sequence")
        .range(1, 1 << 24)
        .attribute("targets", 1, "quantities of a regression")
        .range(1, 1 << 20)
        .attribute("samples", 1024, "how many there are")
        .range(1, 0x7fffffff)
        .attribute("streams", 0, "for networks that carry state: sample i + streams goes on where sample i ends")
        .range(0, 0x7fffffff)
        .attribute("seed", 1, "of the random numbers; another seed is another problem")
        .range(0, 0xffffffffU)
        .attribute("noise", 1.0, "how much of a sample is its own, as a share of what it is to be known by")
        .at_least(0)
        .formula(
            "classification: input = pattern(label) + noise * own(i); regression: target = weights . input + noise * "
            "own(i); sequence: label[t] = permutation(input[t])")
        .shapes(
            "input   `shape`; float32, or int32 (sequence)\nlabel   one int32 (classification), `shape` int32 "
            "(sequence)\n"
            "target  [targets]; float32 (regression)");
}

}  // namespace plexus::datasets
