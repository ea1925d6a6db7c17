#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <unordered_set>

#include "datasets.hpp"

namespace plexus::datasets {
namespace {

constexpr std::string_view alphabet = "0123456789+ ";  // a token is a place in it

/// Sums to be done digit by digit.
///   question  [2 digits + 1] int32, as "12+345 ", and reversed " 543+21" with `reverse`
///   answer    [digits + 1] int32, "357 "
/// Both are padded with spaces. Each number is drawn anew: how many digits, from 1 to `digits`, then the digits; so
/// small ones are frequent. A sum is there once, and a+b is the sum that b+a is: samples held out are of sums that were
/// not trained on. Sample i follows from `seed` and `digits`, whatever `samples` is.
/// Source: F. Chollet, Keras's example "Sequence to sequence learning for performing number addition".
class Addition final : public Dataset {
public:
    explicit Addition(const Attributes& attributes)
        : digits_(attributes.get<std::size_t>("digits")),
          reverse_(attributes.get<bool>("reverse")),
          key_{static_cast<std::uint32_t>(attributes.get<std::int64_t>("seed")), path_hash("addition")} {
        const auto samples = attributes.get<std::size_t>("samples");
        const std::uint64_t numbers = power(digits_);
        const std::uint64_t sums = numbers * (numbers + 1) / 2;
        if (samples > sums / 2)
            throw attributes.error("samples", text("addition 'samples' is ", samples, "; there are ", sums,
                                                   " different sums, half of which, ", sums / 2,
                                                   ", can be drawn: ask for fewer, or for more 'digits'"));
        draw(samples);
        tensors_ = {{{"question", {Shape{static_cast<std::int64_t>(2 * digits_ + 1)}, Element::int32}},
                     {"answer", {Shape{static_cast<std::int64_t>(digits_ + 1)}, Element::int32}}}};
    }

    [[nodiscard]] std::size_t size() const override { return sums_.size(); }
    [[nodiscard]] std::span<const SampleTensor> tensors() const override { return tensors_; }
    [[nodiscard]] std::vector<std::string> classes() const override {
        std::vector<std::string> names;
        for (const char c : alphabet)
            names.emplace_back(1, c);
        return names;
    }

    void read(std::size_t index, std::span<const Tensor> sample) const override {
        const auto [a, b] = sums_[index];
        const std::span<std::int32_t> question = sample[0].as<std::int32_t>();
        write(std::to_string(a) + '+' + std::to_string(b), question);
        if (reverse_)
            std::ranges::reverse(question);
        write(std::to_string(std::uint64_t{a} + b), sample[1].as<std::int32_t>());
    }

private:
    struct Sum {
        std::uint32_t a, b;
    };

    static std::uint64_t power(std::size_t digits) {
        std::uint64_t numbers = 1;
        for (std::size_t i = 0; i < digits; ++i)
            numbers *= 10;
        return numbers;
    }

    [[nodiscard]] std::uint32_t number(std::uint64_t attempt, std::uint32_t which) const {
        const auto words = philox(key_, {attempt, 0, which});
        const std::uint64_t bits = std::uint64_t{words[1]} << 32 | words[2];
        return static_cast<std::uint32_t>(bits % power(1 + words[0] % digits_));
    }

    void draw(std::size_t samples) {
        std::unordered_set<std::uint64_t> seen;
        sums_.reserve(samples);
        for (std::uint64_t attempt = 0; sums_.size() < samples; ++attempt) {
            const Sum sum{number(attempt, 0), number(attempt, 1)};
            if (seen.insert(std::uint64_t{std::min(sum.a, sum.b)} << 32 | std::max(sum.a, sum.b)).second)
                sums_.push_back(sum);
        }
    }

    static void write(std::string_view characters, std::span<std::int32_t> tokens) {
        for (std::size_t i = 0; i < tokens.size(); ++i)
            tokens[i] = static_cast<std::int32_t>(alphabet.find(i < characters.size() ? characters[i] : ' '));
    }

    std::size_t digits_;
    bool reverse_;
    RandomKey key_;
    std::vector<Sum> sums_;
    std::array<SampleTensor, 2> tensors_;
};

}  // namespace

void add_addition(Registry& registry) {
    registry.dataset<Addition>("addition", "sums as text, 12+345 and 357, no two of them the same")
        .attribute("digits", 3, "of each number at most")
        .range(1, 9)
        .attribute("samples", 50000, "how many sums there are")
        .range(1, 10'000'000)
        .attribute("seed", 1, "of the random numbers")
        .range(0, 0xffffffffU)
        .attribute("reverse", true, "whether questions are given from their end, which makes the last digit the first")
        .formula("question \"12+345 \", reversed \" 543+21\"; answer \"357 \"; tokens are places in \"0123456789+ \"")
        .shapes("question  [2 digits + 1]; int32\nanswer    [digits + 1]; int32");
}

}  // namespace plexus::datasets
