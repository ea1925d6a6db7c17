#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "columns.hpp"
#include "datasets.hpp"

namespace plexus::datasets {
namespace {

constexpr std::int32_t no_label = -1;

/// Sequences out of the table of a CSV file, one step a row, kept in memory. Rows of one `id` are a sequence, wherever
/// they stand, in the file's order; sequences are in the order of their first rows.
///   features  [length, F] float32, of every column that no attribute names, or of `features`; 0 after the last step
///   label     int32, of the sequence, the same in all of its rows; numbered as csv does
///   labels    [length] int32, with label_of: step; -1 after the last step
///   length    int32, the steps of the sequence
/// Samples are all as long as the longest sequence, or as `length`. Refused: what csv refuses, a row without an id, a
/// sequence that is longer than `length`, or that has two labels.
class SequenceCsv final : public Dataset {
public:
    SequenceCsv(const Attributes& attributes, const Factory& factory)
        : of_step_(attributes.get<std::string>("label_of") == "step") {
        const Table table = read_table(attributes, factory);
        const Columns columns(attributes, table);
        std::vector<std::size_t> taken{columns.find_one("id")};
        group(columns, taken.front());
        const auto steps = static_cast<std::int64_t>(find_length(attributes, columns));
        const bool has_label = attributes.has("label");
        if (has_label)
            taken.push_back(columns.find_one("label"));
        const std::vector<std::size_t> features =
            attributes.has("features") ? columns.find("features") : columns.others(taken);
        features_ = columns.numbers(features);
        width_ = features.size();
        tensors_.push_back({"features", {Shape{steps, static_cast<std::int64_t>(width_)}, Element::float32}});
        if (has_label) {
            labels_ = columns.labels(taken.back());
            if (!of_step_)
                refuse_two_labels(columns, taken.back());
            tensors_.push_back(of_step_ ? SampleTensor{"labels", {Shape{steps}, Element::int32}}
                                        : SampleTensor{"label", {Shape{}, Element::int32}});
        }
        tensors_.push_back({"length", {Shape{}, Element::int32}});
    }

    [[nodiscard]] std::size_t size() const override { return ends_.size(); }
    [[nodiscard]] std::span<const SampleTensor> tensors() const override { return tensors_; }
    [[nodiscard]] std::vector<std::string> classes() const override { return labels_.names; }

    void read(std::size_t index, std::span<const Tensor> sample) const override {
        const std::span<const std::size_t> rows = rows_of(index);
        const std::span<float> features = sample[0].as<float>();
        std::fill(features.begin(), features.end(), 0.0F);
        for (std::size_t step = 0; step < rows.size(); ++step)
            std::ranges::copy(std::span{features_}.subspan(rows[step] * width_, width_),
                              features.subspan(step * width_).begin());
        if (!labels_.values.empty()) {
            const std::span<std::int32_t> labels = sample[1].as<std::int32_t>();
            std::fill(labels.begin(), labels.end(), no_label);
            for (std::size_t step = 0; step < std::min(rows.size(), labels.size()); ++step)
                labels[step] = labels_.values[rows[step]];
        }
        sample.back().as<std::int32_t>()[0] = static_cast<std::int32_t>(rows.size());
    }

private:
    void group(const Columns& columns, std::size_t id) {
        std::unordered_map<std::string_view, std::size_t> places;
        std::vector<std::size_t> sequences;  // of each row
        for (std::size_t row = 0; row < columns.rows(); ++row) {
            const std::string_view name = columns.field(row, id);
            if (name.empty())
                throw columns.error("id", text(columns.place(row, id), " is empty; a sequence has a name or a number"));
            sequences.push_back(places.try_emplace(name, places.size()).first->second);
        }
        rows_.resize(columns.rows());
        std::iota(rows_.begin(), rows_.end(), std::size_t{0});
        std::ranges::stable_sort(rows_, {}, [&](std::size_t row) { return sequences[row]; });
        ends_.resize(places.size());
        for (std::size_t i = 0; i < rows_.size(); ++i)
            ends_[sequences[rows_[i]]] = i + 1;
    }

    /// The rows of a sequence, step by step.
    [[nodiscard]] std::span<const std::size_t> rows_of(std::size_t sequence) const {
        const std::size_t begin = sequence == 0 ? 0 : ends_[sequence - 1];
        return std::span{rows_}.subspan(begin, ends_[sequence] - begin);
    }

    [[nodiscard]] std::size_t find_length(const Attributes& attributes, const Columns& columns) const {
        std::size_t longest = 0;
        for (std::size_t i = 0; i < size(); ++i)
            longest = std::max(longest, rows_of(i).size());
        if (!attributes.has("length"))
            return longest;
        const auto length = attributes.get<std::size_t>("length");
        for (std::size_t i = 0; i < size(); ++i)
            if (const auto rows = rows_of(i); rows.size() > length)
                throw columns.error("length",
                                    text("in ", columns.place(rows[length]), ", a sequence of ", rows.size(),
                                         " steps goes beyond 'length', ", length, "; the longest has ", longest));
        return length;
    }

    void refuse_two_labels(const Columns& columns, std::size_t label) const {
        for (std::size_t i = 0; i < size(); ++i) {
            const std::span<const std::size_t> rows = rows_of(i);
            for (const std::size_t row : rows)
                if (labels_.values[row] != labels_.values[rows.front()])
                    throw columns.error("label", text(columns.place(row, label), " holds another label than ",
                                                      columns.place(rows.front()),
                                                      " of the same sequence; with label_of: step, each row has its "
                                                      "own"));
        }
    }

    bool of_step_;
    std::vector<std::size_t> rows_;  ///< sequence by sequence
    std::vector<std::size_t> ends_;  ///< of each sequence in rows_
    std::size_t width_ = 0;
    std::vector<float> features_;  ///< row by row, in the file's order; likewise the labels
    Labels labels_;
    std::vector<SampleTensor> tensors_;
};

}  // namespace

void add_sequence_csv(Registry& registry) {
    using enum AttributeSpec::Form;
    declare_table(
        registry.dataset<SequenceCsv>("sequence_csv", "a table of sequences of any lengths, one step a row, padded")
            .required("file", string, "the table; fields may be quoted")
            .required("id", any, "column that says which sequence a row belongs to: its name, or its number from 0")
            .optional("label", any, "column of the class: its name, or its number from 0, or from -1 backwards")
            .attribute("label_of", "sequence", "what has a label; in a sequence's, all rows agree")
            .choices({"sequence", "step"})
            .optional("features", any, "column or list of columns; without it, all others")
            .optional("length", integer, "steps of a sample; without it, those of the longest sequence")
            .range(1, 1 << 24))
        .shapes(
            "features  [length, F], 0 after the last step; float32\nlabel     one int32, with 'label'\n"
            "labels    [length], with label_of: step; -1 after the last step; int32\n"
            "length    steps of the sequence; one int32");
}

}  // namespace plexus::datasets
