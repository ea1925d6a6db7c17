#include <algorithm>
#include <array>
#include <cstring>

#include "datasets.hpp"
#include "source_file.hpp"

namespace plexus::datasets {
namespace {

/// Images and labels of two IDX files, as MNIST has them; both are kept in memory.
///   image  [H, W, 1] from a file of [N, H, W]; a file of any other rank keeps its dimensions; the file's element type
///   label  int32
/// Refused: damaged files, no samples, counts that differ, labels that are no whole numbers from 0.
class Idx final : public Dataset {
public:
    Idx(const Attributes& attributes, const Factory& factory)
        : images_(read_source(attributes, factory, "images", "idx")), labels_(read_labels(attributes, factory)) {
        const Shape& shape = images_.shape();
        if (shape[0] == 0)
            throw attributes.error(
                "images", text(factory.path(attributes, "images").string(), ": has no samples; at least 1 is wanted"));
        if (shape[0] != static_cast<std::int64_t>(labels_.size()))
            throw attributes.error("labels", text(factory.path(attributes, "labels").string(), ": has ", labels_.size(),
                                                  " labels; ", factory.path(attributes, "images").string(), " has ",
                                                  shape[0], " images: the two files do not belong together"));
        TensorType image{shape.from(1), images_.type().element};
        if (shape.rank() == 3)
            image.shape = Shape{shape[1], shape[2], 1};
        tensors_ = {{{"image", image}, {"label", {Shape{}, Element::int32}}}};
    }

    [[nodiscard]] std::size_t size() const override { return labels_.size(); }
    [[nodiscard]] std::span<const SampleTensor> tensors() const override { return tensors_; }

    void read(std::size_t index, std::span<const Tensor> sample) const override {
        const std::size_t bytes = tensors_[0].type.bytes();
        std::memcpy(sample[0].data, static_cast<const std::byte*>(images_.view().data) + index * bytes, bytes);
        sample[1].as<std::int32_t>()[0] = labels_[index];
    }

private:
    static std::vector<std::int32_t> read_labels(const Attributes& attributes, const Factory& factory) {
        const Array array = read_source(attributes, factory, "labels", "idx");
        const std::string file = factory.path(attributes, "labels").string();
        const Element element = array.type().element;
        if (array.shape().rank() != 1 || (element != Element::uint8 && element != Element::int32))
            throw attributes.error("labels", text(file, ": holds ", element, " ", array.shape(),
                                                  "; labels are whole numbers of shape [N]: are these the images?"));
        std::vector<std::int32_t> labels(static_cast<std::size_t>(array.shape()[0]));
        if (element == Element::uint8)
            std::ranges::copy(array.as<std::uint8_t>(), labels.begin());
        else
            std::ranges::copy(array.as<std::int32_t>(), labels.begin());
        const auto negative = std::ranges::find_if(labels, [](std::int32_t label) { return label < 0; });
        if (negative != labels.end())
            throw attributes.error("labels", text(file, ": label ", *negative, " of sample ", negative - labels.begin(),
                                                  " is below 0; classes are counted from 0"));
        return labels;
    }

    Array images_;
    std::vector<std::int32_t> labels_;
    std::array<SampleTensor, 2> tensors_;
};

}  // namespace

void add_idx(Registry& registry) {
    using enum AttributeSpec::Form;
    registry.dataset<Idx>("idx", "images and labels of two IDX files, plain or compressed with gzip, as MNIST has them")
        .required("images", string, "file of the images")
        .required("labels", string, "file of the labels, as many as there are images")
        .shapes("image  [H, W, 1], in the file's element type\nlabel  one int32");
}

}  // namespace plexus::datasets
