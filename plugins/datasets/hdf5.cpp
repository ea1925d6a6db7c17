#include "plexus/hdf5.hpp"

#include <mutex>

#include "datasets.hpp"

namespace plexus::datasets {
namespace {

/// Datasets of an HDF5 file; the first dimension counts samples. Rows are read when they are asked for.
///   inputs  [...] of [N, ...]; float32 for floats, uint8 for uint8, int32 for other integers
///   labels  int32 of integers [N] or [N, 1]; otherwise as inputs
class Hdf5 final : public Dataset {
public:
    Hdf5(const Attributes& attributes, const Factory& factory) : file_(open(attributes, factory)) {
        add(attributes, factory, "inputs");
        if (attributes.has("labels"))
            add(attributes, factory, "labels");
    }

    [[nodiscard]] std::size_t size() const override { return size_; }
    [[nodiscard]] std::span<const SampleTensor> tensors() const override { return tensors_; }

    void read(std::size_t index, std::span<const Tensor> sample) const override {
        const std::lock_guard lock(mutex_);  // the file is for one thread at a time
        for (std::size_t i = 0; i < sample.size(); ++i) {
            const TensorType row{rows_[i].with(0, 1), sample[i].type.element};
            try {
                file_.read(paths_[i], static_cast<std::int64_t>(index), {sample[i].data, row});
            } catch (const InputError& error) {
                throw RunError(text("sample ", index, ": ", error.what()));
            }
        }
    }

private:
    static Hdf5File open(const Attributes& attributes, const Factory& factory) {
        try {
            return Hdf5File(factory.path(attributes, "file"));
        } catch (const InputError& error) {
            throw attributes.error("file", error.what());
        }
    }

    void add(const Attributes& attributes, const Factory& factory, const std::string& name) {
        const std::string path = attributes.get<std::string>(name);
        const std::string file = factory.path(attributes, "file").string();
        TensorType type;
        try {
            type = file_.type(path);
        } catch (const InputError& error) {
            throw attributes.error(name, error.what());
        }
        if (type.shape.rank() == 0)
            throw attributes.error(name,
                                   text(file, ": ", path, " is a scalar; its first dimension must count samples"));
        const auto count = static_cast<std::size_t>(type.shape[0]);
        if (tensors_.empty() && count == 0)
            throw attributes.error(name, text(file, ": ", path, " has no samples; at least 1 is wanted"));
        if (!tensors_.empty() && count != size_)
            throw attributes.error(name,
                                   text(file, ": ", path, " has ", count, " samples; ", paths_[0], " has ", size_));
        size_ = count;
        TensorType sample{type.shape.from(1), type.element == Element::float64 ? Element::float32 : type.element};
        if (name == "labels" && sample.element != Element::float32) {
            sample.element = Element::int32;
            if (sample.shape == Shape{1})
                sample.shape = Shape{};
        }
        tensors_.push_back({name, sample});
        paths_.push_back(path);
        rows_.push_back(type.shape);
    }

    Hdf5File file_;
    mutable std::mutex mutex_;
    std::size_t size_ = 0;
    std::vector<SampleTensor> tensors_;
    std::vector<std::string> paths_;
    std::vector<Shape> rows_;  ///< the shapes of the whole datasets
};

}  // namespace

void add_hdf5(Registry& registry) {
    using enum AttributeSpec::Form;
    registry.dataset<Hdf5>("hdf5", "datasets of an HDF5 file, whose first dimension counts samples")
        .required("file", string, "the HDF5 file")
        .required("inputs", string, "path of the dataset with the inputs, as in /images")
        .optional("labels", string, "path of the dataset with the labels or the targets, as in /labels")
        .shapes(
            "inputs  [...] of [N, ...]; float64 becomes float32\nlabels  one int32 of [N] or [N, 1] integers, else as "
            "inputs");
}

}  // namespace plexus::datasets
