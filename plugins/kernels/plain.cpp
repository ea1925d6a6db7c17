#include "kernels/plain.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "kernels/strip.hpp"
#include "kernels/transpose.hpp"

namespace plexus::kernels {
namespace {

constexpr std::size_t panels_at_once = 2;
constexpr std::size_t line = 16;  // floats of a cache line
// Rows of x that meet all weights while they are in a cache.
constexpr std::size_t rows_at_once = 256;
// Length of the sums between two visits of a panel of weights. Its lines lie a row of weights apart: more of them would
// push each other out of the second-level cache.
constexpr std::size_t longest_sum = 512;
// Rows of dy that are turned at once, and rows of weights that meet them before the results are turned back.
constexpr std::size_t turned_rows = 64;
constexpr std::size_t results_at_once = 32;

/// So many places, as far apart.
std::vector<std::int32_t> spaced(std::size_t count, std::int64_t apart) {
    std::vector<std::int32_t> places(count);
    for (std::size_t i = 0; i < count; ++i)
        places[i] = static_cast<std::int32_t>(static_cast<std::int64_t>(i) * apart);
    return places;
}

class PlainProduct : public FloatProduct {
public:
    PlainProduct(std::int64_t features, std::int64_t units)
        : features_{static_cast<std::size_t>(features)},
          units_{static_cast<std::size_t>(units)},
          kernel_{strip_kernel()} {}

    [[nodiscard]] std::string name() const final { return std::string("own:plain:") + kernel_.name; }
    [[nodiscard]] std::string format() const final { return "as it lies"; }
    [[nodiscard]] bool packs() const noexcept final { return false; }
    [[nodiscard]] std::size_t packed_bytes() const noexcept final { return features_ * units_ * sizeof(float); }
    void pack(std::size_t, const float* weights, std::byte* packed) const final {
        std::memcpy(packed, weights, packed_bytes());
    }
    [[nodiscard]] std::int64_t split() const noexcept final { return 1; }

protected:
    std::size_t features_;
    std::size_t units_;
    const StripKernel& kernel_;
};

class PlainForward final : public PlainProduct {
public:
    PlainForward(std::int64_t features, std::int64_t units)
        : PlainProduct{features, units},
          index_{spaced(features_, 1)},
          source_{spaced(rows_at_once, features)},
          target_{spaced(rows_at_once, units)} {}

    [[nodiscard]] std::size_t scratch_bytes() const noexcept override { return 0; }

    void run_floats(std::size_t, std::int64_t rows, const float* x, const std::byte* packed, const Finish& finish,
                    float* y, std::byte*) const override {
        const auto* weights = reinterpret_cast<const float*>(packed);
        const Cut blocks{static_cast<std::size_t>(rows), rows_at_once};
        const Cut sums{features_, longest_sum};
        for (std::size_t block = 0; block < blocks.pieces; ++block)
            for (std::size_t piece = 0; piece < sums.pieces; ++piece) {
                Strip strip;
                strip.from = x + blocks.begin(block) * features_;
                strip.source = source_.data();
                strip.target = target_.data();
                strip.rows = blocks.size(block);
                strip.index = index_.data() + sums.begin(piece);
                strip.count = sums.size(piece);
                strip.stride = units_;
                strip.next = kernel_.columns;
                strip.accumulate = piece > 0;
                strip.relu = finish.relu && piece + 1 == sums.pieces;
                run_piece(strip, weights + sums.begin(piece) * units_, finish, y + blocks.begin(block) * units_);
            }
    }

private:
    /// All columns that are wanted, of one piece of the sums.
    void run_piece(Strip strip, const float* weights, const Finish& finish, float* y) const {
        const std::size_t wide = panels_at_once * kernel_.columns;
        const auto begin = static_cast<std::size_t>(finish.first);
        const std::size_t end = finish.count < 0 ? units_ : begin + static_cast<std::size_t>(finish.count);
        for (std::size_t column = begin; column < end; column += wide) {
            strip.panel = weights + column;
            strip.to = y + column;
            strip.columns = std::min(wide, end - column);
            strip.bias = finish.bias == nullptr ? nullptr : finish.bias + column;
            // Of the next panels, the first line that is not in these too.
            strip.ahead = column + wide < end ? wide + line - 1 : 0;
            kernel_.run(strip);
        }
    }

    std::vector<std::int32_t> index_;
    std::vector<std::int32_t> source_;
    std::vector<std::int32_t> target_;
};

/// Of rows and columns, the strip's columns are those that lie side by side in what it reads: here rows of dy, which
/// are turned for that. What it makes is dx^T, some features at a time.
class PlainBackward final : public PlainProduct {
public:
    PlainBackward(std::int64_t features, std::int64_t units)
        : PlainProduct{features, units},
          index_{spaced(units_, 1)},
          source_{spaced(results_at_once, units)},
          target_{spaced(results_at_once, turned_rows)} {}

    [[nodiscard]] std::size_t scratch_bytes() const noexcept override {
        return (units_ + results_at_once) * turned_rows * sizeof(float);
    }

    void run_floats(std::size_t, std::int64_t rows, const float* dy, const std::byte* packed, const Finish& finish,
                    float* dx, std::byte* scratch) const override {
        const auto* weights = reinterpret_cast<const float*>(packed);
        auto* turned = reinterpret_cast<float*>(scratch);
        float* results = turned + units_ * turned_rows;
        const auto all = static_cast<std::size_t>(rows);
        const auto begin = static_cast<std::size_t>(finish.first);
        const std::size_t end = finish.count < 0 ? features_ : begin + static_cast<std::size_t>(finish.count);
        for (std::size_t row = 0; row < all; row += turned_rows) {
            const std::size_t count = std::min(turned_rows, all - row);
            turn(dy + row * units_, count, turned);
            for (std::size_t first = begin; first < end; first += results_at_once) {
                const std::size_t some = std::min(results_at_once, end - first);
                multiply(weights + first * units_, some, turned, count, finish, first, results);
                transpose(results, turned_rows, some, count, dx + row * features_ + first, features_);
            }
        }
    }

private:
    /// dy [count, units] as panels [units, columns].
    void turn(const float* dy, std::size_t count, float* turned) const {
        const std::size_t wide = kernel_.columns;
        for (std::size_t row = 0; row < count; row += wide)
            transpose(dy + row * units_, units_, std::min(wide, count - row), units_, turned + row * units_, wide);
    }

    /// results [some, count] = weights [some, units] * turned
    void multiply(const float* weights, std::size_t some, const float* turned, std::size_t count, const Finish& finish,
                  std::size_t first, float* results) const {
        if (finish.bias != nullptr)
            for (std::size_t i = 0; i < some; ++i)
                std::fill_n(results + i * turned_rows, count, finish.bias[first + i]);
        const std::size_t wide = kernel_.columns;
        const Cut sums{units_, longest_sum};
        for (std::size_t row = 0; row < count; row += panels_at_once * wide)
            for (std::size_t piece = 0; piece < sums.pieces; ++piece)
                kernel_.run({.from = weights,
                             .source = source_.data(),
                             .to = results + row,
                             .target = target_.data(),
                             .rows = some,
                             .index = index_.data() + sums.begin(piece),
                             .count = sums.size(piece),
                             .panel = turned + row * units_ + sums.begin(piece) * wide,
                             .stride = wide,
                             .next = units_ * wide,
                             .columns = std::min(panels_at_once * wide, count - row),
                             .accumulate = piece > 0 || finish.bias != nullptr,
                             .relu = finish.relu && piece + 1 == sums.pieces});
    }

    std::vector<std::int32_t> index_;
    std::vector<std::int32_t> source_;
    std::vector<std::int32_t> target_;
};

}  // namespace

std::unique_ptr<Product> make_plain(Pass pass, std::int64_t features, std::int64_t units) {
    if (pass == Pass::forward)
        return std::make_unique<PlainForward>(features, units);
    return std::make_unique<PlainBackward>(features, units);
}

}  // namespace plexus::kernels
