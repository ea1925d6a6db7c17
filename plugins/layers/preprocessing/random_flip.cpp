#include <cstring>

#include "preprocessing.hpp"

namespace plexus::preprocessing {
namespace {

/// Mirrors each image of a batch with probability 1/2, for each direction that `mode` allows on its own.
///   x  [N, H, W, C]  float32 or uint8
///   y  like x
/// In training alone; otherwise y = x. backward() mirrors dy back and assigns dx.
/// Source: keras.layers.RandomFlip.
struct RandomFlip final : Layer {
    explicit RandomFlip(const Attributes& a)
        : horizontal_{a.get<std::string>("mode") != "vertical"},
          vertical_{a.get<std::string>("mode") != "horizontal"} {}

    void infer(InferContext& c) const override {
        want_images(c);
        c.output(0, c.input(0));
    }

    [[nodiscard]] Traits traits() const override {
        return {.backward_reads_inputs = false, .backward_reads_outputs = false};
    }

    void forward(const ForwardContext& c) const override {
        if (!c.training())
            std::memcpy(c.output(0).data, c.input(0).data, c.input(0).type.bytes());
        else if (c.input(0).type.element == Element::uint8)
            flip<std::uint8_t>(c, c.input(0), c.output(0));
        else
            flip<float>(c, c.input(0), c.output(0));
    }

    // A mirror is its own inverse, and its transpose.
    void backward(const BackwardContext& c) const override {
        flip<float>(c, c.output_gradient(0), c.input_gradient(0));
    }

private:
    template <class T>
    void flip(const StepContext& c, const ConstTensor& from, const Tensor& to) const {
        const std::int64_t height = from.shape()[1];
        const std::int64_t width = from.shape()[2];
        const std::int64_t channels = from.shape()[3];
        const T* x = from.as<T>().data();
        T* y = to.as<T>().data();
        for (std::int64_t sample = 0; sample < c.samples(); ++sample) {
            const auto words = c.random(sample, 0);
            const bool mirror_columns = horizontal_ && uniform(words[0]) < 0.5F;
            const bool mirror_rows = vertical_ && uniform(words[1]) < 0.5F;
            for (std::int64_t h = 0; h < height; ++h, y += width * channels) {
                const T* row = x + (mirror_rows ? height - 1 - h : h) * width * channels;
                if (!mirror_columns) {
                    std::memcpy(y, row, static_cast<std::size_t>(width * channels) * sizeof(T));
                    continue;
                }
                for (std::int64_t w = 0; w < width; ++w)
                    for (std::int64_t k = 0; k < channels; ++k)
                        y[w * channels + k] = row[(width - 1 - w) * channels + k];
            }
            x += height * width * channels;
        }
    }

    bool horizontal_;
    bool vertical_;
};

}  // namespace

void add_random_flip(Registry& registry) {
    registry.layer<RandomFlip>("random_flip", "Mirrors random images in training")
        .attribute("mode", "horizontal_and_vertical", "directions: left and right, up and down, or both")
        .choices({"horizontal", "vertical", "horizontal_and_vertical"})
        .any_element()
        .formula("y = x or its mirror image")
        .shapes("x  [N, H, W, C]  float32 or uint8\ny  [N, H, W, C]");
}

}  // namespace plexus::preprocessing
