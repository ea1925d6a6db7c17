#include "kernels/direct.hpp"
#include "kernels/lines.hpp"
#include "kernels/strip.hpp"
#include "plexus/text.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace plexus::kernels {
namespace {

// Pixels that share a panel of weights while it is in the first-level cache, where an image alone has fewer.
constexpr std::int64_t pixels_wanted = 96;
// Bytes of images that are worked on together, so that pixels of one kind fill the registers: they stay in the
// second-level cache.
constexpr std::int64_t bytes_wanted = 192 * 1024;
constexpr std::int64_t samples_wanted = 6;
// Length of the sums between two visits of a panel: 320 x 16 floats are less than a first-level cache.
constexpr std::size_t longest_sum = 320;
// Panels of at most so many floats stay in the second-level cache while all pixels of a block meet it.
constexpr std::size_t kept_floats = 160 * 1024;
constexpr std::size_t panels_at_once = 2;

/// Pixels that are sums over the same elements of the kernel.
struct Sweep {
    /// Terms of the sum whose weights follow each other in a panel.
    struct Run {
        std::size_t first;  ///< in `index`
        std::size_t line;   ///< of the panel
        std::size_t length;
    };
    std::size_t pixels = 0;            ///< of one sample
    std::vector<std::int32_t> source;  ///< per pixel of a block of samples
    std::vector<std::int32_t> target;
    std::vector<std::int32_t> index;  ///< per term, from the pixel's source
    std::vector<Run> runs;

    void add(std::size_t line, std::int64_t place, std::int64_t depth) {
        if (runs.empty() || runs.back().line + runs.back().length != line)
            runs.push_back({index.size(), line, 0});
        runs.back().length += static_cast<std::size_t>(depth);
        for (std::int64_t c = 0; c < depth; ++c)
            index.push_back(static_cast<std::int32_t>(place + c));
    }
    /// Pieces that are not too long; of a pixel that no element reaches, one without terms.
    void cut() {
        std::vector<Run> pieces;
        for (const Run& run : runs) {
            const Cut lengths{run.length, longest_sum};
            for (std::size_t i = 0; i < lengths.pieces; ++i)
                pieces.push_back({run.first + lengths.begin(i), run.line + lengths.begin(i), lengths.size(i)});
        }
        if (pieces.empty())
            pieces.push_back({0, 0, 0});
        runs = std::move(pieces);
    }
};

class DirectProduct final : public FloatProduct {
public:
    DirectProduct(Pass pass, const Convolution& s, std::int64_t samples)
        : shape_{s}, forward_{pass == Pass::forward}, kernel_{strip_kernel()} {
        depth_ = static_cast<std::size_t>((forward_ ? s.channels : s.filters) / s.groups);
        width_ = static_cast<std::size_t>((forward_ ? s.filters : s.channels) / s.groups);
        panels_ = (width_ + kernel_.columns - 1) / kernel_.columns;
        order_taps();
        const std::int64_t pixels = results() / (forward_ ? s.filters : s.channels);
        const std::int64_t bytes = (factors() + results()) * static_cast<std::int64_t>(sizeof(float));
        block_ = std::max(pixels_wanted / pixels, std::min(samples_wanted, bytes_wanted / bytes));
        block_ = std::clamp<std::int64_t>(block_, 1, samples);
        for (const Line& rows : lines_of(s.rows, pass))
            for (const Line& columns : lines_of(s.columns, pass))
                sweeps_.push_back(sweep_of(rows, columns));
    }

    [[nodiscard]] std::string name() const override { return std::string("own:") + kernel_.name; }

    [[nodiscard]] std::string format() const override {
        return text(forward_ ? "forward" : "backward", " in panels of ", kernel_.columns);
    }

    [[nodiscard]] std::size_t packed_bytes() const noexcept override {
        return static_cast<std::size_t>(shape_.groups) * panels_ * panel_floats() * sizeof(float);
    }

    [[nodiscard]] std::size_t scratch_bytes() const noexcept override { return 0; }

    void pack(std::size_t, const float* weights, std::byte* packed) const override {
        auto* to = reinterpret_cast<float*>(packed);
        for (std::int64_t group = 0; group < shape_.groups; ++group)
            for (std::size_t panel = 0; panel < panels_; ++panel)
                for (const std::int64_t tap : taps_) {
                    pack_tap(weights, group, tap, panel * kernel_.columns, to);
                    to += depth_ * kernel_.columns;
                }
    }

    [[nodiscard]] std::int64_t split() const noexcept override {
        return shape_.groups == 1 ? static_cast<std::int64_t>(kernel_.columns) : 0;
    }

    void run_floats(std::size_t, std::int64_t samples, const float* from, const std::byte* packed, const Finish& finish,
                    float* to, std::byte*) const override {
        const Cut blocks{static_cast<std::size_t>(samples), static_cast<std::size_t>(block_)};
        for (std::size_t b = 0; b < blocks.pieces; ++b) {
            const auto first = static_cast<std::int64_t>(blocks.begin(b));
            run_block(blocks.size(b), from + first * factors(), reinterpret_cast<const float*>(packed), finish,
                      to + first * results());
        }
    }

private:
    /// Floats of one sample of what is read, and of what is written.
    [[nodiscard]] std::int64_t factors() const noexcept { return forward_ ? shape_.inputs() : shape_.outputs(); }
    [[nodiscard]] std::int64_t results() const noexcept { return forward_ ? shape_.outputs() : shape_.inputs(); }
    [[nodiscard]] std::size_t panel_floats() const noexcept { return taps_.size() * depth_ * kernel_.columns; }

    /// Elements of the kernel as panels hold them. Backward, those that meet the same pixels side by side: with
    /// strides of 2, an even pixel meets every second element.
    void order_taps() {
        for (std::int64_t tap = 0; tap < shape_.taps(); ++tap)
            taps_.push_back(tap);
        if (forward_)
            return;
        const auto kind = [this](std::int64_t tap) {
            return tap / shape_.columns.size % shape_.rows.stride * shape_.columns.stride +
                   tap % shape_.columns.size % shape_.columns.stride;
        };
        std::stable_sort(taps_.begin(), taps_.end(), [&](auto a, auto b) { return kind(a) < kind(b); });
    }

    [[nodiscard]] Sweep sweep_of(const Line& rows, const Line& columns) const {
        const std::int64_t channels = forward_ ? shape_.channels : shape_.filters;
        const std::int64_t width = forward_ ? shape_.columns.extent : shape_.columns.count();
        const std::int64_t result_channels = forward_ ? shape_.filters : shape_.channels;
        const std::int64_t result_width = forward_ ? shape_.columns.count() : shape_.columns.extent;
        Sweep sweep;
        sweep.pixels = rows.results.size() * columns.results.size();
        for (std::int64_t n = 0; n < block_; ++n)
            for (std::size_t r = 0; r < rows.results.size(); ++r)
                for (std::size_t c = 0; c < columns.results.size(); ++c) {
                    sweep.source.push_back(static_cast<std::int32_t>(
                        n * factors() + (rows.origins[r] * width + columns.origins[c]) * channels));
                    sweep.target.push_back(static_cast<std::int32_t>(
                        n * results() + (rows.results[r] * result_width + columns.results[c]) * result_channels));
                }
        for (std::size_t position = 0; position < taps_.size(); ++position) {
            const auto place = [](const Line& line, std::int64_t element) -> const std::int64_t* {
                const auto found = std::find(line.elements.begin(), line.elements.end(), element);
                return found == line.elements.end() ? nullptr : &line.places[found - line.elements.begin()];
            };
            const std::int64_t* down = place(rows, taps_[position] / shape_.columns.size);
            const std::int64_t* across = place(columns, taps_[position] % shape_.columns.size);
            if (down != nullptr && across != nullptr)
                sweep.add(position * depth_, (*down * width + *across) * channels, static_cast<std::int64_t>(depth_));
        }
        sweep.cut();
        return sweep;
    }

    /// [depth, columns] of one element of the kernel: what is summed over times one panel of results.
    void pack_tap(const float* weights, std::int64_t group, std::int64_t tap, std::size_t first, float* to) const {
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

    /// Some samples' channels of one group.
    struct Block {
        std::size_t samples;
        const float* from;
        const float* packed;
        const Finish& finish;
        float* to;
        std::size_t first;  ///< channel that is written
    };

    void run_block(std::size_t samples, const float* from, const float* packed, const Finish& finish, float* to) const {
        const std::size_t begin_panel = static_cast<std::size_t>(finish.first) / kernel_.columns;
        const std::size_t end_panel =
            finish.count < 0
                ? panels_
                : (static_cast<std::size_t>(finish.first + finish.count) + kernel_.columns - 1) / kernel_.columns;
        for (std::int64_t group = 0; group < shape_.groups; ++group) {
            const Block block{samples, from + static_cast<std::size_t>(group) * depth_, packed, finish,
                              to,      static_cast<std::size_t>(group) * width_};
            // Where pixels differ in the elements that they meet, each sweep would read all panels.
            if (sweeps_.size() > 1 && panels_at_once * panel_floats() <= kept_floats) {
                for (std::size_t panel = begin_panel; panel < end_panel; panel += panels_at_once)
                    for (const Sweep& sweep : sweeps_)
                        for (const Sweep::Run& run : sweep.runs)
                            run_strip(block, sweep, run, panel, std::min(panel + panels_at_once, end_panel));
            } else {
                for (const Sweep& sweep : sweeps_)
                    for (const Sweep::Run& run : sweep.runs)
                        for (std::size_t panel = begin_panel; panel < end_panel; panel += panels_at_once)
                            run_strip(block, sweep, run, panel, std::min(panel + panels_at_once, end_panel));
            }
            packed += panels_ * panel_floats();
        }
    }

    void run_strip(const Block& b, const Sweep& sweep, const Sweep::Run& run, std::size_t panel,
                   std::size_t end_panel) const {
        const std::size_t column = panel * kernel_.columns;
        const bool first = &run == &sweep.runs.front();
        kernel_.run({.from = b.from,
                     .source = sweep.source.data(),
                     .to = b.to + b.first + column,
                     .target = sweep.target.data(),
                     .rows = sweep.pixels * b.samples,
                     .index = sweep.index.data() + run.first,
                     .count = run.length,
                     .panel = b.packed + panel * panel_floats() + run.line * kernel_.columns,
                     .stride = kernel_.columns,
                     .next = panel_floats(),
                     .columns = std::min(end_panel * kernel_.columns, width_) - column,
                     .accumulate = !first,
                     .bias = first && b.finish.bias != nullptr ? b.finish.bias + b.first + column : nullptr,
                     .relu = b.finish.relu && &run == &sweep.runs.back()});
    }

    Convolution shape_;
    bool forward_;
    const StripKernel& kernel_;
    std::vector<Sweep> sweeps_;
    std::vector<std::int64_t> taps_;  ///< r * S + s
    std::size_t depth_ = 0;           ///< channels that are summed over, of one group
    std::size_t width_ = 0;           ///< channels that are written, of one group
    std::size_t panels_ = 0;          ///< of one group
    std::int64_t block_ = 1;          ///< samples at a time
};

}  // namespace

std::unique_ptr<Product> make_direct(Pass pass, const Convolution& shape, std::int64_t samples) {
    return std::make_unique<DirectProduct>(pass, shape, samples);
}

}  // namespace plexus::kernels
