#include <algorithm>
#include <array>
#include <cmath>

#include "datasets.hpp"
#include "source_file.hpp"
#include "vocabulary.hpp"

namespace plexus::datasets {
namespace {

/// A run of samples: `pieces` contiguous pieces of equally many, dealt out in turn.
struct Part {
    std::size_t begin = 0;   ///< in tokens
    std::size_t pieces = 1;  ///< of the text
    std::size_t chunks = 0;  ///< samples of a piece

    [[nodiscard]] std::size_t samples() const noexcept { return pieces * chunks; }
    /// Where a sample of `length` tokens begins.
    [[nodiscard]] std::size_t start(std::size_t index, std::size_t length) const noexcept {
        return begin + (index % pieces * chunks + index / pieces) * length;
    }
};

/// A text, each sample a stretch of it, to be asked at each step what comes next.
///   tokens  [length] int32, numbers of characters or bytes
///   labels  [length] int32, the token after each
/// Without `streams`, sample i begins at i * length. With S streams, the text is cut into S contiguous pieces of equal
/// length, and sample i is chunk i / S of piece i % S, so that sample i + S goes on where sample i ends. What is
/// `held_out` is the end of the text: cut in the same way by itself, its samples are the last ones. At the end of
/// either part, what fills no sample in every piece is not used. Refused: an empty text, characters that are no UTF-8,
/// a unit outside of `vocabulary`, too short a text.
class Text final : public Dataset {
public:
    Text(const Attributes& attributes, const Factory& factory)
        : length_(attributes.get<std::size_t>("length")),
          streams_(attributes.has("streams") ? attributes.get<std::size_t>("streams") : 0),
          unit_(attributes.get<std::string>("unit") == "bytes" ? Unit::byte : Unit::character) {
        const double from = attributes.get<double>("from");
        const double to = attributes.get<double>("to");
        if (from >= to)
            throw attributes.error("to", text("text 'to' is ", to, ", 'from' ", from, "; a part ends after its begin"));
        read_tokens(attributes, factory);
        tokens_.resize(share(to));
        tokens_.erase(tokens_.begin(), tokens_.begin() + static_cast<std::ptrdiff_t>(share(from)));

        const std::string file = factory.path(attributes, "file").string();
        const std::size_t held = share(attributes.get<double>("held_out"));
        training_ = part(attributes, "length", text(file, ": has "), 0, tokens_.size() - held);
        if (held > 0)
            held_out_ = part(attributes, "held_out", text(file, ": holds out "), tokens_.size() - held, held);
        const TensorType row{Shape{static_cast<std::int64_t>(length_)}, Element::int32};
        tensors_ = {{{"tokens", row}, {"labels", row}}};
    }

    [[nodiscard]] std::size_t size() const override { return training_.samples() + held_out_.samples(); }
    [[nodiscard]] std::span<const SampleTensor> tensors() const override { return tensors_; }
    [[nodiscard]] std::vector<std::string> classes() const override { return classes_; }
    [[nodiscard]] std::size_t streams() const override { return streams_; }
    [[nodiscard]] std::size_t held_out() const override { return held_out_.samples(); }

    void read(std::size_t index, std::span<const Tensor> sample) const override {
        const std::size_t trained = training_.samples();
        const std::size_t start =
            index < trained ? training_.start(index, length_) : held_out_.start(index - trained, length_);
        const std::span stretch = std::span{tokens_}.subspan(start, length_ + 1);
        std::ranges::copy(stretch.first(length_), sample[0].as<std::int32_t>().begin());
        std::ranges::copy(stretch.last(length_), sample[1].as<std::int32_t>().begin());
    }

private:
    /// All of the file, by the numbers of its own units or of those of `vocabulary`.
    void read_tokens(const Attributes& attributes, const Factory& factory) {
        const char* const named = attributes.has("vocabulary") ? "vocabulary" : "file";
        const Array content = read_source(attributes, factory, "file", "text");
        const Array numbered = attributes.has("vocabulary") ? read_source(attributes, factory, named, "text") : content;
        const char* blamed = named;
        try {
            const Vocabulary vocabulary(characters(numbered), unit_, factory.path(attributes, named).string());
            classes_ = vocabulary.names();
            blamed = "file";
            tokens_ = vocabulary.tokens(characters(content), factory.path(attributes, "file").string());
        } catch (const InputError& error) {
            throw attributes.error(blamed, error.what());
        }
    }

    static std::string_view characters(const Array& bytes) {
        return {static_cast<const char*>(bytes.view().data), bytes.as<std::uint8_t>().size()};
    }

    /// A fraction of the tokens, to the nearest.
    [[nodiscard]] std::size_t share(double fraction) const {
        return static_cast<std::size_t>(std::lround(fraction * static_cast<double>(tokens_.size())));
    }

    [[nodiscard]] Part part(const Attributes& attributes, const char* blamed, const std::string& has, std::size_t begin,
                            std::size_t count) const {
        const std::size_t pieces = std::max<std::size_t>(streams_, 1);
        const std::size_t chunks = count == 0 ? 0 : (count - 1) / (pieces * length_);
        if (chunks == 0)
            throw attributes.error(
                blamed, text(has, counted(count, unit_), "; a sample of ", length_, length_ == 1 ? " step" : " steps",
                             streams_ > 0 ? text(" for each of ", streams_, " streams") : "",
                             " and the label after the last take ", pieces * length_ + 1));
        return {begin, pieces, chunks};
    }

    std::size_t length_;
    std::size_t streams_;
    Unit unit_;
    std::vector<std::int32_t> tokens_;
    std::vector<std::string> classes_;
    Part training_;
    Part held_out_;
    std::array<SampleTensor, 2> tensors_;
};

}  // namespace

void add_text(Registry& registry) {
    using enum AttributeSpec::Form;
    registry
        .dataset<Text>("text", "stretches of a text, plain or compressed with gzip; what is asked is what comes next")
        .required("file", string, "the text")
        .required("length", integer, "steps of a sample")
        .range(1, 1 << 24)
        .attribute("unit", "characters", "what a step is; bytes need not be UTF-8")
        .choices({"characters", "bytes"})
        .optional(
            "streams", integer,
            "how many pieces the text is cut into: sample i goes on in sample i + streams, for networks that carry "
            "their state from batch to batch; without it, each sample stands alone")
        .range(1, 1 << 24)
        .attribute("held_out", 0.0, "fraction of the text, at its end, that is held out where data.holdout is not said")
        .at_least(0)
        .below(1)
        .attribute("from", 0.0, "where in the file the text begins, as a fraction of it")
        .at_least(0)
        .below(1)
        .attribute("to", 1.0, "where in the file the text ends, as a fraction of it")
        .range(0, 1)
        .optional("vocabulary", string,
                  "file whose characters are numbered; without it, those of all of `file`: for a data.test in another "
                  "file, give that of data.source")
        .shapes("tokens  [length]; int32\nlabels  [length], the token after each; int32");
}

}  // namespace plexus::datasets
