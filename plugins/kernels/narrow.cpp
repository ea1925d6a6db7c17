#include "kernels/narrow.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include "kernels/dispatch.hpp"
#include "kernels/rows.hpp"
#include "kernels/strip.hpp"
#include "kernels/vector.hpp"
#include "plexus/text.hpp"

namespace plexus::kernels {
namespace {

// Length of the sums between two visits of a panel: 320 x 16 floats are less than a first-level cache.
constexpr std::size_t longest_sum = 320;
// What it takes to add a product where it belongs, in terms of the sum: as measured.
constexpr std::int64_t adding = 20;

/// to[i] += from[i]
[[gnu::always_inline]] inline void add(const float* from, std::size_t count, float* to) {
    std::size_t i = 0;
    for (; i + lanes <= count; i += lanes)
        store(to + i, load(to + i) + load(from + i));
    if (i + lanes / 2 <= count) {
        HalfFloats a;
        HalfFloats b;
        __builtin_memcpy(&a, to + i, sizeof a);
        __builtin_memcpy(&b, from + i, sizeof b);
        a += b;
        __builtin_memcpy(to + i, &a, sizeof a);
        i += lanes / 2;
    }
    for (; i < count; ++i)
        to[i] += from[i];
}

/// What one row of factors adds to one row of results. Offsets are in floats.
struct Meeting {
    const float* products;  ///< of the first factor with the row of the kernel
    std::size_t line;       ///< from factor to factor
    float* to;              ///< the row of results
    std::int64_t factors;
    std::int64_t stride;  ///< of results, from factor to factor
    std::int64_t before;
    std::int64_t size;     ///< of a row of the kernel
    std::int64_t results;  ///< in the row
    std::int64_t width;    ///< channels of a result
};

/// Factors whose results do not overlap after each other: what was just written could not yet be read back whole.
void add_products(const Meeting& meeting) {
    dispatch([m = meeting]() __attribute__((always_inline)) {
        const std::int64_t apart = (m.size + m.stride - 1) / m.stride;
        for (std::int64_t phase = 0; phase < apart; ++phase)
            for (std::int64_t i = phase; i < m.factors; i += apart) {
                const std::int64_t first = i * m.stride - m.before;
                const std::int64_t begin = std::max<std::int64_t>(0, -first);
                const std::int64_t end = std::min(m.size, m.results - first);
                if (begin < end)
                    add(m.products + static_cast<std::size_t>(i) * m.line + begin * m.width,
                        static_cast<std::size_t>((end - begin) * m.width), m.to + (first + begin) * m.width);
            }
    });
}

/// A forward pass is a backward pass with the kernel turned round, where strides are 1.
Window turned(const Window& w) noexcept {
    const std::int64_t before = w.reach() - 1 - w.before;
    return {w.count(), w.size, 1, w.dilation, before, w.extent + w.reach() - 1 - w.count() - before};
}

class NarrowProduct final : public FloatProduct {
public:
    NarrowProduct(Pass pass, const Convolution& s)
        : shape_{s}, forward_{pass == Pass::forward}, rows_{s.rows}, columns_{s.columns}, kernel_{strip_kernel()} {
        if (forward_) {
            rows_ = turned(s.rows);
            columns_ = turned(s.columns);
        }
        depth_ = static_cast<std::size_t>(forward_ ? s.channels : s.filters);
        width_ = forward_ ? s.filters : s.channels;
        panels_ = (static_cast<std::size_t>(s.taps() * width_) + kernel_.columns - 1) / kernel_.columns;
        index_.resize(depth_);
        std::iota(index_.begin(), index_.end(), 0);
        for (std::int64_t i = 0; i < columns_.count(); ++i) {
            source_.push_back(static_cast<std::int32_t>(i) * static_cast<std::int32_t>(depth_));
            target_.push_back(static_cast<std::int32_t>(i) * static_cast<std::int32_t>(line()));
        }
    }

    [[nodiscard]] std::string name() const override { return std::string("own:narrow:") + kernel_.name; }
    [[nodiscard]] std::string format() const override {
        return text(forward_ ? "forward" : "backward", ", whole kernel in panels of ", kernel_.columns);
    }
    [[nodiscard]] std::size_t packed_bytes() const noexcept override { return depth_ * line() * sizeof(float); }
    [[nodiscard]] std::size_t scratch_bytes() const noexcept override {
        return source_.size() * line() * sizeof(float);
    }

    void pack(std::size_t, const float* weights, std::byte* packed) const override {
        auto* to = reinterpret_cast<float*>(packed);
        std::fill_n(to, depth_ * line(), 0.0F);
        const auto plane = static_cast<std::size_t>(shape_.channels * shape_.filters);
        const auto filters = static_cast<std::size_t>(shape_.filters);
        const auto width = static_cast<std::size_t>(width_);
        const auto taps = static_cast<std::size_t>(shape_.taps());
        for (std::size_t column = 0; column < taps * width; ++column) {
            const std::size_t tap = forward_ ? taps - 1 - column / width : column / width;
            const float* from = weights + tap * plane + column % width * (forward_ ? 1 : filters);
            float* panel = to + column / kernel_.columns * depth_ * kernel_.columns + column % kernel_.columns;
            for (std::size_t i = 0; i < depth_; ++i)
                panel[i * kernel_.columns] = from[i * (forward_ ? filters : 1)];
        }
    }

    [[nodiscard]] std::int64_t split() const noexcept override { return 0; }

    void run_floats(std::size_t, std::int64_t samples, const float* from, const std::byte* packed, const Finish& finish,
                    float* to, std::byte* scratch) const override {
        auto* products = reinterpret_cast<float*>(scratch);
        const std::int64_t row = columns_.count() * static_cast<std::int64_t>(depth_);
        for (std::int64_t n = 0; n < samples; ++n, to += rows_.extent * columns_.extent * width_) {
            start(finish.bias, to);
            for (std::int64_t i = 0; i < rows_.count(); ++i, from += row) {
                multiply(from, reinterpret_cast<const float*>(packed), products);
                for (std::int64_t r = 0; r < rows_.size; ++r)
                    if (const std::int64_t at = i * rows_.stride + r * rows_.dilation - rows_.before;
                        at >= 0 && at < rows_.extent)
                        add_products({products + r * columns_.size * width_, line(), to + at * columns_.extent * width_,
                                      columns_.count(), columns_.stride, columns_.before, columns_.size,
                                      columns_.extent, width_});
            }
            if (finish.relu)
                cut_negative(to, static_cast<std::size_t>(rows_.extent * columns_.extent * width_));
        }
    }

private:
    /// Floats from the products of one factor to those of the next.
    [[nodiscard]] std::size_t line() const noexcept { return panels_ * kernel_.columns; }

    void start(const float* bias, float* to) const {
        const std::int64_t pixels = rows_.extent * columns_.extent;
        if (bias == nullptr)
            std::fill_n(to, pixels * width_, 0.0F);
        else
            for (std::int64_t p = 0; p < pixels; ++p)
                std::copy_n(bias, width_, to + p * width_);
    }

    /// A row of factors times the whole kernel.
    void multiply(const float* from, const float* packed, float* products) const {
        Strip strip;
        strip.from = from;
        strip.source = source_.data();
        strip.target = target_.data();
        strip.rows = source_.size();
        strip.stride = kernel_.columns;
        strip.columns = kernel_.columns;
        const Cut sums{depth_, longest_sum};
        for (std::size_t part = 0; part < sums.pieces; ++part) {
            strip.index = index_.data() + sums.begin(part);
            strip.count = sums.size(part);
            for (std::size_t panel = 0; panel < panels_; ++panel) {
                strip.panel = packed + (panel * depth_ + sums.begin(part)) * kernel_.columns;
                strip.to = products + panel * kernel_.columns;
                kernel_.run(strip);
            }
            strip.accumulate = true;
        }
    }

    Convolution shape_;
    bool forward_;
    Window rows_;  ///< of the backward pass that is run for either pass
    Window columns_;
    const StripKernel& kernel_;
    std::size_t depth_ = 0;   ///< channels that are summed over
    std::int64_t width_ = 0;  ///< channels that are written
    std::size_t panels_ = 0;
    std::vector<std::int32_t> index_;
    std::vector<std::int32_t> source_;  ///< per factor in a row
    std::vector<std::int32_t> target_;
};

}  // namespace

bool narrow_wins(Pass pass, const Convolution& shape) noexcept {
    const bool forward = pass == Pass::forward;
    if (shape.groups > 1 || shape.columns.dilation > 1 ||
        (forward && (shape.rows.stride > 1 || shape.columns.stride > 1)))
        return false;
    const std::int64_t width = forward ? shape.filters : shape.channels;
    const std::int64_t depth = forward ? shape.channels : shape.filters;
    const auto wide = static_cast<std::int64_t>(strip_kernel().columns);
    const std::int64_t products = (shape.taps() * width + wide - 1) / wide * wide;
    return products * (depth + adding) < (width + wide - 1) / wide * wide * shape.taps() * depth;
}

std::unique_ptr<Product> make_narrow(Pass pass, const Convolution& shape) {
    return std::make_unique<NarrowProduct>(pass, shape);
}

}  // namespace plexus::kernels
