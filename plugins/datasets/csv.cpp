#include <algorithm>

#include "columns.hpp"
#include "datasets.hpp"

namespace plexus::datasets {
namespace {

/// The table of a CSV file, one sample a row, kept in memory.
///   features  [F] float32, every column but the label and the targets
///   label     int32: whole numbers from 0 as they are, else each name's place in the alphabet or in `classes`
///   target    [K] float32, the columns that `target` names
/// Without `header`, the first row is taken for names if it has a field that is no number above one that is.
class Csv final : public Dataset {
public:
    Csv(const Attributes& attributes, const Factory& factory) {
        if (attributes.has("label") && attributes.has("target"))
            throw attributes.error("target", "csv takes 'label' (a class) or 'target' (a quantity), not both");
        const Table table = read_table(attributes, factory);
        const Columns columns(attributes, table);
        rows_ = columns.rows();

        const bool has_label = attributes.has("label");
        std::vector<std::size_t> wanted;
        if (has_label)
            wanted = {columns.find_one("label")};
        else if (attributes.has("target"))
            wanted = columns.find("target");
        const std::vector<std::size_t> features = columns.others(wanted);
        features_ = columns.numbers(features);
        tensors_.push_back({"features", {Shape{static_cast<std::int64_t>(features.size())}, Element::float32}});
        if (has_label) {
            labels_ = columns.labels(wanted.front());
            tensors_.push_back({"label", {Shape{}, Element::int32}});
        } else if (!wanted.empty()) {
            targets_ = columns.numbers(wanted);
            tensors_.push_back({"target", {Shape{static_cast<std::int64_t>(wanted.size())}, Element::float32}});
        }
    }

    [[nodiscard]] std::size_t size() const override { return rows_; }
    [[nodiscard]] std::span<const SampleTensor> tensors() const override { return tensors_; }
    [[nodiscard]] std::vector<std::string> classes() const override { return labels_.names; }

    void read(std::size_t index, std::span<const Tensor> sample) const override {
        copy_row(features_, index, sample[0]);
        if (!labels_.values.empty())
            sample[1].as<std::int32_t>()[0] = labels_.values[index];
        else if (!targets_.empty())
            copy_row(targets_, index, sample[1]);
    }

private:
    static void copy_row(const std::vector<float>& rows, std::size_t index, const Tensor& to) {
        const std::span<float> out = to.as<float>();
        std::copy_n(rows.begin() + static_cast<std::ptrdiff_t>(index * out.size()), out.size(), out.begin());
    }

    std::size_t rows_ = 0;
    std::vector<float> features_;
    std::vector<float> targets_;
    Labels labels_;
    std::vector<SampleTensor> tensors_;
};

}  // namespace

void add_csv(Registry& registry) {
    using enum AttributeSpec::Form;
    declare_table(
        registry
            .dataset<Csv>("csv", "a table, one sample a row, one column a class or some of them quantities to be found")
            .required("file", string, "the table; fields may be quoted")
            .optional("label", any, "column of the class: its name, or its number from 0, or from -1 backwards")
            .optional("target", any, "column or list of columns of the quantities that a regression is to find"))
        .shapes(
            "features  [F], all other columns; float32\nlabel     one int32, with 'label'\ntarget    [K]; float32, "
            "with 'target'");
}

}  // namespace plexus::datasets
