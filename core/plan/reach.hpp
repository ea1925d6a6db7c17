// Which task comes before which, through any number of others.
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

namespace plexus {

/// The transitive closure of an order of tasks as one bit per pair: T * T / 8 bytes.
class Reach {
public:
    /// Edges lead from lower to higher numbers.
    Reach(std::size_t tasks, const std::vector<std::pair<std::uint32_t, std::uint32_t>>& edges)
        : words_((tasks + 63) / 64) {
        bits_.assign(tasks * words_, 0);
        std::vector<std::vector<std::uint32_t>> before(tasks);
        for (const auto& [from, to] : edges)
            before[to].push_back(from);
        for (std::uint32_t t = 0; t < tasks; ++t)
            for (const std::uint32_t b : before[t]) {
                for (std::size_t w = 0; w < words_; ++w)
                    bits_[t * words_ + w] |= bits_[b * words_ + w];
                bits_[t * words_ + b / 64] |= std::uint64_t{1} << b % 64;
            }
    }

    /// Whether `a` is done before `b` starts.
    [[nodiscard]] bool before(std::uint32_t a, std::uint32_t b) const noexcept {
        return bits_[b * words_ + a / 64] >> a % 64 & 1;
    }

private:
    std::size_t words_;
    std::vector<std::uint64_t> bits_;
};

}  // namespace plexus
