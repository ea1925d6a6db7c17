#include <algorithm>
#include <array>
#include <system_error>

#include "datasets.hpp"
#include "image.hpp"

namespace plexus::datasets {
namespace {

namespace fs = std::filesystem;

/// A folder with one subfolder per class, named after it, which holds that class's images.
///   image  [H, W, channels] uint8
///   label  int32, the class's place in the alphabet or in `classes`
/// Samples are ordered by class, then by file name, both byte by byte, whatever order the disk has them in. Every
/// regular file with an ending that a format knows is a sample; links, hidden files and deeper folders are passed over.
/// Without `size` all images must be as large as the first; each is looked at when it is read.
class ImageFolder final : public Dataset {
public:
    ImageFolder(const Attributes& attributes, const Factory& factory) : folder_(factory.path(attributes, "folder")) {
        std::error_code error;
        if (!fs::is_directory(folder_, error))
            throw attributes.error(
                "folder", text(folder_.string(), fs::exists(folder_, error)
                                                     ? ": is no folder; one with a subfolder per class is wanted"
                                                     : ": there is no such folder; check the path"));
        find_classes(attributes);
        for (std::size_t label = 0; label < classes_.size(); ++label)
            find_images(attributes, factory, label);
        const std::int64_t channels = attributes.get<std::int64_t>("channels");
        if (channels != 1 && channels != 3)
            throw attributes.error("channels", text("'channels' is ", channels, "; it is 1 (grey) or 3 (colours)"));
        Shape shape;
        if (resize_ = attributes.has("size"); resize_) {
            const auto [height, width] = attributes.get<std::array<std::int64_t, 2>>("size");
            shape = Shape{height, width, channels};
        } else {
            try {
                shape = decode(0).shape().with(2, channels);
            } catch (const RunError& damaged) {
                throw attributes.error("folder", damaged.what());
            }
        }
        tensors_ = {{{"image", {shape, Element::uint8}}, {"label", {Shape{}, Element::int32}}}};
    }

    [[nodiscard]] std::size_t size() const override { return samples_.size(); }
    [[nodiscard]] std::span<const SampleTensor> tensors() const override { return tensors_; }
    [[nodiscard]] std::vector<std::string> classes() const override { return classes_; }

    void read(std::size_t index, std::span<const Tensor> sample) const override {
        const Array image = decode(index);
        const Shape& wanted = sample[0].shape();
        if (!resize_ && (image.shape()[0] != wanted[0] || image.shape()[1] != wanted[1]))
            throw RunError(text(file(index).string(), ": the image has ", image.shape()[0], " x ", image.shape()[1],
                                " pixels; ", file(0).string(), " has ", wanted[0], " x ", wanted[1],
                                ": give image_folder a size, as in size: [", wanted[0], ", ", wanted[1], "]"));
        fit_image(image.view(), sample[0]);
        sample[1].as<std::int32_t>()[0] = static_cast<std::int32_t>(samples_[index].label);
    }

private:
    struct Sample {
        std::string name;
        std::size_t label;
        const Format* format;
    };

    /// Names in a folder for which `wanted` holds, in byte order. Hidden ones are never wanted.
    template <class Wanted>
    static std::vector<std::string> names(const fs::path& folder, const Attributes& attributes, Wanted wanted) {
        std::vector<std::string> all;
        std::error_code error;
        for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
             entry.increment(error)) {
            const std::string name = entry->path().filename().string();
            if (!name.starts_with('.') && wanted(*entry))
                all.push_back(name);
        }
        if (error)
            throw attributes.error("folder", text(folder.string(), ": cannot be read: ", error.message()));
        std::ranges::sort(all);
        return all;
    }

    void find_classes(const Attributes& attributes) {
        const std::vector<std::string> found = names(folder_, attributes, [](const fs::directory_entry& entry) {
            std::error_code ignored;
            return entry.symlink_status(ignored).type() == fs::file_type::directory;
        });
        if (!attributes.has("classes")) {
            classes_ = found;
        } else {
            classes_ = attributes.get<std::vector<std::string>>("classes");
            for (const std::string& name : classes_)
                if (!std::ranges::binary_search(found, name))
                    throw attributes.error("classes", text(folder_.string(), ": has no subfolder '", name,
                                                           "'; every class has one, named after it"));
            for (std::size_t i = 0; i < classes_.size(); ++i)
                if (std::find(classes_.begin(), classes_.begin() + static_cast<std::ptrdiff_t>(i), classes_[i]) !=
                    classes_.begin() + static_cast<std::ptrdiff_t>(i))
                    throw attributes.error("classes", text("'classes' names '", classes_[i], "' twice"));
        }
        if (classes_.empty())
            throw attributes.error("folder", text(folder_.string(),
                                                  ": has no subfolders; one per class is wanted, named "
                                                  "after it, with its images inside"));
    }

    void find_images(const Attributes& attributes, const Factory& factory, std::size_t label) {
        const fs::path folder = folder_ / classes_[label];
        const std::vector<std::string> found = names(folder, attributes, [&](const fs::directory_entry& entry) {
            std::error_code ignored;
            return entry.symlink_status(ignored).type() == fs::file_type::regular && factory.has_format(entry.path());
        });
        if (found.empty())
            throw attributes.error("folder", text(folder.string(),
                                                  ": holds no images; remove the folder, or put the "
                                                  "images of its class into it"));
        for (const std::string& name : found)
            samples_.push_back({name, label, &factory.format(folder / name)});
    }

    [[nodiscard]] fs::path file(std::size_t index) const {
        return folder_ / classes_[samples_[index].label] / samples_[index].name;
    }

    [[nodiscard]] Array decode(std::size_t index) const {
        const fs::path path = file(index);
        Array image;
        try {
            image = samples_[index].format->read(path);
        } catch (const InputError& error) {
            throw RunError(error.what());
        }
        const Shape& shape = image.shape();
        if (image.type().element != Element::uint8 || shape.rank() != 3 || (shape[2] != 1 && shape[2] != 3) ||
            shape.elements() == 0)
            throw RunError(text(path.string(), ": holds ", image.type().element, " ", shape,
                                "; an image is uint8 [H, W, 1] or [H, W, 3]"));
        return image;
    }

    fs::path folder_;
    std::vector<std::string> classes_;
    std::vector<Sample> samples_;
    bool resize_ = false;
    std::array<SampleTensor, 2> tensors_;
};

}  // namespace

void add_image_folder(Registry& registry) {
    using enum AttributeSpec::Form;
    registry.dataset<ImageFolder>("image_folder", "images in one subfolder per class")
        .required("folder", string, "the folder of the subfolders")
        .optional("size", pair,
                  "[height, width] that every image is scaled to, bilinearly; without it all must be equal")
        .range(1, 65500)
        .attribute("channels", 3, "1 for grey, 3 for colours; images are converted")
        .range(1, 3)
        .optional("classes", strings,
                  "subfolders to use, in the order of their labels; without it all, in alphabetical order")
        .shapes("image  [H, W, channels]; uint8\nlabel  one int32");
}

}  // namespace plexus::datasets
