#include <algorithm>
#include <cmath>
#include <cstring>

#include "preprocessing.hpp"

namespace plexus::preprocessing {
namespace {

enum class Fill { constant, nearest, reflect, wrap };

/// Lowest and highest move along one side: whole pixels, or parts of the image's size.
struct Range {
    double low = 0;
    double high = 0;
};

Fill fill_named(const std::string& name) {
    return name == "constant"  ? Fill::constant
           : name == "nearest" ? Fill::nearest
           : name == "reflect" ? Fill::reflect
                               : Fill::wrap;
}

/// Where a place outside of 0 .. size - 1 takes its value from; -1: from nowhere.
std::int64_t source(std::int64_t at, std::int64_t size, Fill fill) {
    if (at >= 0 && at < size)
        return at;
    if (fill == Fill::constant)
        return -1;
    if (fill == Fill::nearest)
        return at < 0 ? 0 : size - 1;
    const std::int64_t period = fill == Fill::wrap ? size : 2 * size;
    const std::int64_t place = (at % period + period) % period;
    return place < size ? place : period - 1 - place;
}

/// Moves each image of a batch by a random number of whole pixels, down and to the right (up and to the left where it
/// is negative).
///   x  [N, H, W, C]  float32 or uint8
///   y  like x
/// `height_factor: f` stands for moves of round(-f H) .. round(f H) rows, `[low, high]` for round(low H) ..
/// round(high H), all equally likely; `width_factor` likewise; `pixels: p` for -p .. p both ways. What is moved in from
/// outside follows `fill_mode`: fill_value (constant), the border pixel (nearest), the image mirrored at its edge
/// (reflect: c b a | a b c | c b a), or its other side (wrap).
/// In training alone; otherwise y = x. backward() adds each dy to the dx that it came from.
/// Refused when the attributes are read: factors beyond -1 .. 1, a range that ends below its begin, `pixels` beside a
/// factor, neither of them. Refused while planning: `pixels` above the image's size.
/// Source: keras.layers.RandomTranslation, with moves rounded to whole pixels instead of interpolated.
struct RandomTranslation final : Layer {
    explicit RandomTranslation(const Attributes& a)
        : rows_{range(a, "height_factor")},
          columns_{range(a, "width_factor")},
          fill_{fill_named(a.get<std::string>("fill_mode"))},
          fill_value_{a.get<float>("fill_value")} {
        const bool factors = a.has("height_factor") || a.has("width_factor");
        if (a.has("pixels")) {
            if (factors)
                throw a.error("pixels",
                              "'pixels' stands beside height_factor or width_factor; only one of them is possible");
            pixels_ = a.get<std::int64_t>("pixels");
        } else if (!factors) {
            throw InputError(a.position(), "nothing says how far to move: give height_factor, width_factor or pixels");
        }
    }

    void infer(InferContext& c) const override {
        want_images(c);
        const TensorType& x = c.input(0);
        if (pixels_ > std::min(x.shape[1], x.shape[2]))
            throw c.error(text("pixels is ", pixels_, ", more than the input ", c.source(0), " has"));
        c.output(0, x);
    }

    [[nodiscard]] Traits traits() const override {
        return {.backward_reads_inputs = false, .backward_reads_outputs = false};
    }

    void forward(const ForwardContext& c) const override {
        if (!c.training())
            std::memcpy(c.output(0).data, c.input(0).data, c.input(0).type.bytes());
        else if (c.input(0).type.element == Element::uint8)
            move<std::uint8_t>(c, static_cast<std::uint8_t>(std::clamp(fill_value_, 0.0F, 255.0F)));
        else
            move<float>(c, fill_value_);
    }

    void backward(const BackwardContext& c) const override {
        const Image image{c.output_gradient(0).shape()};
        const float* dy = c.output_gradient(0).as().data();
        const auto all = c.input_gradient(0).as();
        std::ranges::fill(all, 0.0F);
        float* dx = all.data();
        for (std::int64_t sample = 0; sample < c.samples(); ++sample, dx += image.elements()) {
            const Move by = draw(c, sample, image);
            for (std::int64_t h = 0; h < image.height; ++h, dy += image.row()) {
                const std::int64_t from = source(h - by.rows, image.height, fill_);
                for (std::int64_t w = 0; from >= 0 && w < image.width; ++w) {
                    const std::int64_t column = source(w - by.columns, image.width, fill_);
                    for (std::int64_t k = 0; column >= 0 && k < image.channels; ++k)
                        dx[from * image.row() + column * image.channels + k] += dy[w * image.channels + k];
                }
            }
        }
    }

private:
    struct Move {
        std::int64_t rows;
        std::int64_t columns;
    };

    struct Image {
        std::int64_t height;
        std::int64_t width;
        std::int64_t channels;
        explicit Image(const Shape& shape) : height{shape[1]}, width{shape[2]}, channels{shape[3]} {}
        [[nodiscard]] std::int64_t row() const { return width * channels; }
        [[nodiscard]] std::int64_t elements() const { return height * row(); }
    };

    static Range range(const Attributes& a, const char* name) {
        if (!a.has(name))
            return {};
        const Value& written = a.raw(name);
        Range range;
        if (written.is_list()) {
            if (written.list().size() != 2)
                throw a.error(name, text("'", name, "' must be one number, or [lowest, highest]"));
            range = {written.list()[0].number(), written.list()[1].number()};
        } else {
            range = {-written.number(), written.number()};
        }
        if (!(range.low >= -1 && range.high <= 1 && range.low <= range.high))
            throw a.error(name, text("'", name, "' gives the range ", range.low, " .. ", range.high,
                                     "; wanted is a part of -1 .. 1 of the image, lowest first"));
        return range;
    }

    [[nodiscard]] Move draw(const StepContext& c, std::int64_t sample, const Image& image) const {
        const auto words = c.random(sample, 0);
        const auto pick = [this](std::uint32_t word, const Range& range, std::int64_t size) {
            const auto scale = static_cast<double>(size);
            const std::int64_t low = pixels_ > 0 ? -pixels_ : std::llround(range.low * scale);
            const std::int64_t high = pixels_ > 0 ? pixels_ : std::llround(range.high * scale);
            const auto count = static_cast<std::uint64_t>(high - low + 1);
            return low + static_cast<std::int64_t>((word * count) >> 32U);
        };
        return {pick(words[0], rows_, image.height), pick(words[1], columns_, image.width)};
    }

    template <class T>
    void move(const ForwardContext& c, T fill_value) const {
        const Image image{c.input(0).shape()};
        const T* x = c.input(0).as<T>().data();
        T* y = c.output(0).as<T>().data();
        for (std::int64_t sample = 0; sample < c.samples(); ++sample, x += image.elements()) {
            const Move by = draw(c, sample, image);
            for (std::int64_t h = 0; h < image.height; ++h, y += image.row()) {
                const std::int64_t from = source(h - by.rows, image.height, fill_);
                if (from < 0)
                    std::fill_n(y, image.row(), fill_value);
                else
                    move_row(x + from * image.row(), y, by.columns, image, fill_value);
            }
        }
    }

    /// What stays inside is one run; only the columns beside it are worked out one by one.
    template <class T>
    void move_row(const T* x, T* y, std::int64_t by, const Image& image, T fill_value) const {
        const std::int64_t begin = std::clamp<std::int64_t>(by, 0, image.width);
        const std::int64_t end = std::clamp<std::int64_t>(image.width + by, begin, image.width);
        const auto outside = [&](std::int64_t w) {
            const std::int64_t column = source(w - by, image.width, fill_);
            for (std::int64_t k = 0; k < image.channels; ++k)
                y[w * image.channels + k] = column < 0 ? fill_value : x[column * image.channels + k];
        };
        for (std::int64_t w = 0; w < begin; ++w)
            outside(w);
        if (end > begin)
            std::memcpy(y + begin * image.channels, x + (begin - by) * image.channels,
                        static_cast<std::size_t>((end - begin) * image.channels) * sizeof(T));
        for (std::int64_t w = end; w < image.width; ++w)
            outside(w);
    }

    Range rows_;
    Range columns_;
    std::int64_t pixels_ = 0;
    Fill fill_;
    float fill_value_;
};

}  // namespace

void add_random_translation(Registry& registry) {
    registry.layer<RandomTranslation>("random_translation", "Moves images by random distances in training")
        .optional("height_factor", AttributeSpec::Form::any,
                  "largest move up and down as a part of the height, or [lowest, highest], downwards positive")
        .optional("width_factor", AttributeSpec::Form::any,
                  "largest move left and right as a part of the width, or [lowest, highest], to the right positive")
        .optional("pixels", AttributeSpec::Form::integer, "largest move both ways, instead of factors")
        .at_least(1)
        .attribute("fill_mode", "reflect", "what is moved in from outside")
        .choices({"constant", "nearest", "reflect", "wrap"})
        .attribute("fill_value", 0.0, "what fill_mode: constant moves in")
        .any_element()
        .formula("y[h, w] = x[h - a, w - b], a and b random for each image")
        .shapes("x  [N, H, W, C]  float32 or uint8\ny  [N, H, W, C]");
}

}  // namespace plexus::preprocessing
