#include "kernels/direct.hpp"
#include "kernels/image.hpp"
#include "kernels/tile.hpp"
#include "plexus/text.hpp"

namespace plexus::kernels {
namespace {

// Pixels that share a panel of weights while it is in the first-level cache, where an image alone has fewer.
constexpr std::int64_t pixels_wanted = 96;
// Length of the sums between two visits of a panel: 256 x 16 floats are half of a first-level cache.
constexpr std::size_t longest_sum = 320;

/// Output pixels that read the same elements of their windows. The forward pass has one sweep; backward, a stride of
/// 2 x 2 makes four, as pixels of odd and even rows meet different elements of the kernel.
struct Sweep {
    std::vector<std::int32_t> source;  ///< per pixel of one sample, in the padded image
    std::vector<std::int32_t> target;  ///< per pixel, in the output
    std::vector<std::int32_t> index;   ///< per term of the sum, from the pixel's source
    std::vector<std::int64_t> taps;    ///< the elements r * S + s of the kernel, in the order of `index`
};

/// y from x.
std::vector<Sweep> forward_sweeps(const Convolution& s, Image& image) {
    image = input_image(s);
    Sweep sweep;
    sweep.source = window_places(s, image);
    sweep.index = element_places(s, image);
    for (std::size_t p = 0; p < sweep.source.size(); ++p)
        sweep.target.push_back(static_cast<std::int32_t>(p) * static_cast<std::int32_t>(s.filters));
    for (std::int64_t tap = 0; tap < s.taps(); ++tap)
        sweep.taps.push_back(tap);
    return {std::move(sweep)};
}

/// Along one dimension: which elements of the window reach input `first` (the first of its residue class modulo the
/// stride), and from which output.
struct Reach {
    std::vector<std::int64_t> element;
    std::vector<std::int64_t> output;  ///< may be negative or beyond the last: the border
};

Reach reach_of(const Window& w, std::int64_t first) {
    Reach found;
    for (std::int64_t e = 0; e < w.size; ++e) {
        const std::int64_t at = first + w.before - e * w.dilation;
        if (at % w.stride != 0)
            continue;
        found.element.push_back(e);
        found.output.push_back(at / w.stride);
    }
    return found;
}

/// The border that all inputs along one dimension reach into.
void widen(const Window& w, std::int64_t& before, std::int64_t& after) {
    for (std::int64_t first = 0; first < std::min(w.stride, w.extent); ++first) {
        const std::int64_t last = (w.extent - 1 - first) / w.stride;
        for (const std::int64_t output : reach_of(w, first).output) {
            before = std::max(before, -output);
            after = std::max(after, output + last - (w.count() - 1));
        }
    }
}

/// dx from dy.
std::vector<Sweep> backward_sweeps(const Convolution& s, Image& image) {
    image = {.rows = s.rows.count(), .columns = s.columns.count(), .channels = s.filters};
    widen(s.rows, image.top, image.bottom);
    widen(s.columns, image.left, image.right);
    std::vector<Sweep> sweeps;
    for (std::int64_t row = 0; row < std::min(s.rows.stride, s.rows.extent); ++row)
        for (std::int64_t column = 0; column < std::min(s.columns.stride, s.columns.extent); ++column) {
            const Reach down = reach_of(s.rows, row);
            const Reach across = reach_of(s.columns, column);
            Sweep sweep;
            for (std::int64_t h = row; h < s.rows.extent; h += s.rows.stride)
                for (std::int64_t w = column; w < s.columns.extent; w += s.columns.stride) {
                    sweep.source.push_back(static_cast<std::int32_t>(
                        (h / s.rows.stride * image.width() + w / s.columns.stride) * image.channels));
                    sweep.target.push_back(static_cast<std::int32_t>((h * s.columns.extent + w) * s.channels));
                }
            for (std::size_t r = 0; r < down.element.size(); ++r)
                for (std::size_t q = 0; q < across.element.size(); ++q) {
                    sweep.taps.push_back(down.element[r] * s.columns.size + across.element[q]);
                    for (std::int64_t k = 0; k < s.filters / s.groups; ++k)
                        sweep.index.push_back(image.place(down.output[r], across.output[q]) +
                                              static_cast<std::int32_t>(k));
                }
            sweeps.push_back(std::move(sweep));
        }
    return sweeps;
}

class DirectProduct final : public Product {
public:
    DirectProduct(Pass pass, const Convolution& s, std::int64_t samples)
        : shape_{s}, forward_{pass == Pass::forward}, kernel_{tile_kernel()} {
        sweeps_ = forward_ ? forward_sweeps(s, image_) : backward_sweeps(s, image_);
        depth_ = static_cast<std::size_t>((forward_ ? s.channels : s.filters) / s.groups);
        width_ = static_cast<std::size_t>((forward_ ? s.filters : s.channels) / s.groups);
        panels_ = (width_ + kernel_.columns - 1) / kernel_.columns;
        const auto pixels = static_cast<std::int64_t>(sweeps_.front().source.size());
        block_ = std::clamp<std::int64_t>(pixels_wanted / pixels, 1, samples);
    }

    [[nodiscard]] std::string name() const override { return std::string("own:") + kernel_.name; }

    [[nodiscard]] std::string format() const override {
        return text(forward_ ? "forward" : "backward", " in panels of ", kernel_.columns);
    }

    [[nodiscard]] std::size_t packed_bytes() const noexcept override {
        return static_cast<std::size_t>(shape_.groups * shape_.taps()) * depth_ * panels_ * kernel_.columns *
               sizeof(float);
    }

    [[nodiscard]] std::size_t scratch_bytes() const noexcept override {
        return image_.padded() ? static_cast<std::size_t>(block_ * image_.padded_elements()) * sizeof(float) : 0;
    }

    void pack(std::size_t, const float* weights, std::byte* packed) const override {
        auto* to = reinterpret_cast<float*>(packed);
        for (std::int64_t group = 0; group < shape_.groups; ++group)
            for (const Sweep& sweep : sweeps_)
                for (std::size_t panel = 0; panel < panels_; ++panel)
                    for (const std::int64_t tap : sweep.taps) {
                        pack_panel(weights, group, tap, panel * kernel_.columns, to);
                        to += depth_ * kernel_.columns;
                    }
    }

    void run(std::size_t, std::int64_t samples, const float* from, const std::byte* packed, const float* bias,
             float* to, std::byte* scratch) const override {
        const std::int64_t outputs = forward_ ? shape_.outputs() : shape_.inputs();
        const Cut blocks{static_cast<std::size_t>(samples), static_cast<std::size_t>(block_)};
        for (std::size_t b = 0; b < blocks.pieces; ++b) {
            const auto first = static_cast<std::int64_t>(blocks.begin(b));
            const auto count = static_cast<std::int64_t>(blocks.size(b));
            const float* images = from + first * image_.elements();
            if (image_.padded()) {
                auto* padded = reinterpret_cast<float*>(scratch);
                for (std::int64_t n = 0; n < count; ++n)
                    image_.pad(images + n * image_.elements(), padded + n * image_.padded_elements());
                images = padded;
            }
            run_block(count, images, reinterpret_cast<const float*>(packed), bias, to + first * outputs);
        }
    }

private:
    /// [depth, columns] of one element of the kernel: what is summed over times one panel of outputs.
    void pack_panel(const float* weights, std::int64_t group, std::int64_t tap, std::size_t first, float* to) const {
        const std::size_t wide = kernel_.columns;
        const std::size_t columns = std::min(wide, width_ - first);
        const auto filters = static_cast<std::size_t>(shape_.filters);
        const std::size_t in_group = static_cast<std::size_t>(shape_.channels / shape_.groups);
        const float* plane = weights + static_cast<std::size_t>(tap) * in_group * filters +
                             static_cast<std::size_t>(group * (shape_.filters / shape_.groups));
        if (columns < wide)
            std::fill_n(to, depth_ * wide, 0.0F);
        if (forward_) {
            for (std::size_t c = 0; c < depth_; ++c)
                std::memcpy(to + c * wide, plane + c * filters + first, columns * sizeof(float));
            return;
        }
        for (std::size_t c = 0; c < columns; ++c)
            for (std::size_t k = 0; k < depth_; ++k)
                to[k * wide + c] = plane[(first + c) * filters + k];
    }

    void run_block(std::int64_t samples, const float* images, const float* packed, const float* bias, float* to) const {
        for (std::int64_t group = 0; group < shape_.groups; ++group) {
            const std::size_t begin = static_cast<std::size_t>(group) * width_;
            const float* from = images + static_cast<std::size_t>(group) * depth_;
            for (const Sweep& sweep : sweeps_) {
                const std::size_t length = sweep.index.size();
                // Pixels that no window reaches have a sum of no terms.
                const Cut sums{std::max<std::size_t>(length, 1), longest_sum};
                for (std::size_t part = 0; part < sums.pieces; ++part) {
                    Tile tile;
                    tile.index = sweep.index.data() + sums.begin(part);
                    tile.count = length == 0 ? 0 : sums.size(part);
                    tile.stride = kernel_.columns;
                    tile.accumulate = part > 0;
                    for (std::size_t panel = 0; panel < panels_; ++panel) {
                        const std::size_t column = panel * kernel_.columns;
                        tile.b = packed + (panel * length + sums.begin(part)) * kernel_.columns;
                        tile.columns = std::min(kernel_.columns, width_ - column);
                        tile.bias = bias != nullptr ? bias + begin + column : nullptr;
                        run_panel(samples, sweep, from, to + begin + column, tile);
                    }
                }
                packed += length * panels_ * kernel_.columns;
            }
        }
    }

    /// All pixels of the block, times one piece of a panel.
    void run_panel(std::int64_t samples, const Sweep& sweep, const float* from, float* to, Tile& tile) const {
        const float* a[most_rows];
        float* c[most_rows];
        tile.a = a;
        tile.c = c;
        const std::size_t pixels = sweep.source.size();
        const std::int64_t outputs = forward_ ? shape_.outputs() : shape_.inputs();
        const Cut tiles{pixels * static_cast<std::size_t>(samples), kernel_.rows};
        std::size_t pixel = 0;
        for (std::size_t t = 0; t < tiles.pieces; ++t) {
            const std::size_t rows = tiles.size(t);
            for (std::size_t r = 0; r < rows; ++r) {
                a[r] = from + sweep.source[pixel];
                c[r] = to + sweep.target[pixel];
                if (++pixel == pixels) {
                    pixel = 0;
                    from += image_.padded_elements();
                    to += outputs;
                }
            }
            kernel_.run(rows, tile);
        }
    }

    static constexpr std::size_t most_rows = 16;

    Convolution shape_;
    bool forward_;
    const TileKernel& kernel_;
    Image image_;
    std::vector<Sweep> sweeps_;
    std::size_t depth_ = 0;   ///< channels that are summed over, of one group
    std::size_t width_ = 0;   ///< channels that are written, of one group
    std::size_t panels_ = 0;  ///< of one group
    std::int64_t block_ = 1;  ///< samples at a time
};

}  // namespace

std::unique_ptr<Product> make_direct(Pass pass, const Convolution& shape, std::int64_t samples) {
    return std::make_unique<DirectProduct>(pass, shape, samples);
}

}  // namespace plexus::kernels
