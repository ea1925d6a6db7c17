#include "kernels/direct.hpp"
#include "kernels/image.hpp"
#include "kernels/onednn.hpp"
#include "kernels/strip.hpp"

namespace plexus::kernels {
namespace {

// Pixels that are summed over between two visits of a tile of the gradient: what they read should stay in the
// first-level cache. Of gathered pixels it is one panel of dy; else, the image too.
constexpr std::size_t longest_gathered_sum = 256;
constexpr std::size_t longest_sum = 192;
// From so many channels on, a tile's column of x is spread over too many cache lines: x is copied together first.
constexpr std::int64_t gathered_channels = 64;
constexpr std::size_t gathered_rows = 128;
// Of a plain product, rows of fewer floats are read faster where they lie than copied together, with AVX-512 by halves:
// lines that are a page apart, or more, would push each other out of the caches.
constexpr std::int64_t page = 1024;
constexpr std::size_t panels_at_once = 2;
// A row more than a power of two, so that the lines of a column fall on different places of the cache.
constexpr std::size_t spread = 16;

class DirectGradient final : public FloatGradient {
public:
    DirectGradient(const Convolution& s, std::int64_t samples, std::int64_t channels)
        : shape_{s}, kernel_{strip_kernel()}, image_{input_image(s)} {
        depth_ = static_cast<std::size_t>(s.channels / s.groups);
        width_ = static_cast<std::size_t>(s.filters / s.groups);
        panels_ = (width_ + kernel_.columns - 1) / kernel_.columns;
        pixels_ = static_cast<std::size_t>(s.rows.count() * s.columns.count());
        const bool plain = onednn_has_halved_avx512() && s.taps() == 1 && std::max(s.channels, s.filters) < page;
        gathers_ = s.channels >= gathered_channels && !plain;
        packs_ =
            !plain && (s.filters > 2 * static_cast<std::int64_t>(kernel_.columns) || width_ % kernel_.columns != 0);
        longest_ = s.channels >= gathered_channels ? longest_gathered_sum : longest_sum;
        block_ = std::clamp<std::int64_t>(static_cast<std::int64_t>(longest_ / pixels_), 1, samples);
        const std::vector<std::int32_t> places = window_places(s, image_);
        for (std::int64_t n = 0; n < block_; ++n)
            for (const std::int32_t place : places)
                source_.push_back(static_cast<std::int32_t>(n * image_.padded_elements()) + place);
        element_ = element_places(s, image_);
        chunk_ = gathers_ ? std::min(gathered_rows, static_cast<std::size_t>(channels)) : element_.size();
        sum_ = Cut{source_.size(), longest_}.largest();
        for (std::size_t p = 0; gathers_ && p < sum_; ++p)
            lines_.push_back(static_cast<std::int32_t>(p * (chunk_ + spread)));
        for (std::size_t row = 0; row < chunk_; ++row) {
            if (gathers_)
                channel_.push_back(static_cast<std::int32_t>(row));
            target_.push_back(static_cast<std::int32_t>(row) * static_cast<std::int32_t>(s.filters));
        }
    }

    [[nodiscard]] std::string name() const override { return std::string("own:") + kernel_.name; }

    [[nodiscard]] std::size_t scratch_bytes() const noexcept override {
        return (padded_floats() + packed_floats() + gathered_floats()) * sizeof(float);
    }

    void run_floats(std::size_t, std::int64_t samples, const float* x, const float* dy, std::int64_t first,
                    std::int64_t count, float* dw, std::byte* scratch) const override {
        const Cut blocks{static_cast<std::size_t>(samples), static_cast<std::size_t>(block_)};
        Part wanted{static_cast<std::size_t>(first), static_cast<std::size_t>(count), dw, true};
        for (std::size_t b = 0; b < blocks.pieces; ++b) {
            const auto begin = static_cast<std::int64_t>(blocks.begin(b));
            const float* images = x + begin * image_.elements();
            if (image_.padded()) {
                auto* padded = reinterpret_cast<float*>(scratch);
                for (std::size_t n = 0; n < blocks.size(b); ++n)
                    image_.pad(images + static_cast<std::int64_t>(n) * image_.elements(),
                               padded + static_cast<std::int64_t>(n) * image_.padded_elements());
                images = padded;
            }
            const Cut sums{blocks.size(b) * pixels_, longest_};
            for (std::size_t part = 0; part < sums.pieces; ++part) {
                add_pixels(images, dy + begin * shape_.outputs(), sums.begin(part), sums.size(part), wanted,
                           reinterpret_cast<float*>(scratch));
                wanted.fresh = false;
            }
        }
    }

private:
    /// The channels of the gradient that are wanted.
    struct Part {
        std::size_t first;
        std::size_t count;
        float* dw;
        bool fresh;  ///< nothing has been added yet
    };

    static std::size_t aligned(std::size_t floats) noexcept { return (floats + 15) / 16 * 16; }
    [[nodiscard]] std::size_t padded_floats() const noexcept {
        return image_.padded() ? aligned(static_cast<std::size_t>(block_ * image_.padded_elements())) : 0;
    }
    [[nodiscard]] std::size_t packed_floats() const noexcept { return packs_ ? sum_ * panels_ * kernel_.columns : 0; }
    [[nodiscard]] std::size_t gathered_floats() const noexcept { return gathers_ ? sum_ * (chunk_ + spread) : 0; }

    /// Adds what `count` pixels of a block contribute.
    void add_pixels(const float* images, const float* dy, std::size_t first, std::size_t count, const Part& wanted,
                    float* scratch) const {
        const auto filters = static_cast<std::size_t>(shape_.filters);
        float* packed = scratch + padded_floats();
        float* gathered = packed + packed_floats();
        for (std::int64_t group = 0; group < shape_.groups; ++group) {
            const float* slope = dy + first * filters + static_cast<std::size_t>(group) * width_;
            const float* image = images + static_cast<std::size_t>(group) * depth_;
            Strip strip;
            strip.count = count;
            strip.accumulate = !wanted.fresh;
            strip.stride = packs_ ? kernel_.columns : filters;
            strip.next = packs_ ? count * kernel_.columns : kernel_.columns;
            strip.target = target_.data();
            if (packs_)
                pack(slope, count, packed);
            // Of all channels, the elements of the window follow one another.
            const std::size_t step = wanted.count == depth_ ? element_.size() : wanted.count;
            for (std::size_t row = wanted.first; row < element_.size(); row += wanted.count == depth_ ? step : depth_)
                add_rows(image, slope, packed, gathered, first, row, row + step,
                         wanted.dw + row / depth_ * wanted.count * filters + static_cast<std::size_t>(group) * width_,
                         strip);
        }
    }

    /// Rows of the gradient as a matrix [R S C / groups, K].
    void add_rows(const float* image, const float* slope, const float* packed, float* gathered, std::size_t first,
                  std::size_t begin, std::size_t end, float* dw, Strip strip) const {
        const std::size_t count = strip.count;
        for (std::size_t row = begin; row < end; row += strip.rows) {
            strip.rows = end - row;
            if (gathers_) {
                // Within one element of the window, where channels lie side by side.
                strip.rows = std::min({strip.rows, chunk_, depth_ - row % depth_});
                gather(image + element_[row], first, count, strip.rows, gathered);
                strip.from = gathered;
                strip.source = channel_.data();
                strip.index = lines_.data();
            } else {
                strip.from = image;
                strip.source = element_.data() + row;
                strip.index = source_.data() + first;
            }
            for (std::size_t panel = 0; panel < panels_; panel += panels_at_once) {
                const std::size_t column = panel * kernel_.columns;
                strip.panel = packs_ ? packed + column * count : slope + column;
                strip.columns = std::min(panels_at_once * kernel_.columns, width_ - column);
                strip.to = dw + (row - begin) * static_cast<std::size_t>(shape_.filters) + column;
                kernel_.run(strip);
            }
        }
    }

    void gather(const float* image, std::size_t first, std::size_t count, std::size_t channels, float* to) const {
        for (std::size_t p = 0; p < count; ++p)
            std::memcpy(to + p * (chunk_ + spread), image + source_[first + p], channels * sizeof(float));
    }

    /// dy [count, K] of one group as panels [count, columns].
    void pack(const float* dy, std::size_t count, float* to) const {
        const std::size_t wide = kernel_.columns;
        for (std::size_t panel = 0; panel < panels_; ++panel) {
            const std::size_t columns = std::min(wide, width_ - panel * wide);
            const float* from = dy + panel * wide;
            for (std::size_t p = 0; p < count; ++p, to += wide, from += shape_.filters) {
                if (columns == wide) {
                    std::memcpy(to, from, panel_bytes);
                    continue;
                }
                std::fill_n(to, wide, 0.0F);
                std::memcpy(to, from, columns * sizeof(float));
            }
        }
    }

    static constexpr std::size_t panel_bytes = 16 * sizeof(float);

    Convolution shape_;
    const StripKernel& kernel_;
    Image image_;
    std::vector<std::int32_t> source_;   ///< per pixel of a block of samples: the first element of its window
    std::vector<std::int32_t> element_;  ///< per row of the gradient: its place from there
    std::vector<std::int32_t> lines_;    ///< per pixel: its line in what was gathered
    std::vector<std::int32_t> channel_;  ///< per gathered channel: its place in the line
    std::vector<std::int32_t> target_;   ///< per row of the gradient: its place from the first
    std::size_t depth_ = 0;
    std::size_t width_ = 0;
    std::size_t panels_ = 0;
    std::size_t pixels_ = 0;
    std::size_t chunk_ = 0;  ///< rows of the gradient that are gathered at a time
    std::size_t longest_ = 0;
    std::size_t sum_ = 0;  ///< pixels at a time, at most
    std::int64_t block_ = 1;
    bool gathers_ = false;
    bool packs_ = false;
};

}  // namespace

std::unique_ptr<WeightGradient> make_direct_gradient(const Convolution& shape, std::int64_t samples,
                                                     std::int64_t channels) {
    return std::make_unique<DirectGradient>(shape, samples, channels);
}

}  // namespace plexus::kernels
