// Reproducible numbers for tests of kernels, memory with guards, and how far two results are apart.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace plexus::test {

/// Uniform in [-1, 1), the same for equal seeds.
inline std::vector<float> numbers(std::int64_t count, std::uint32_t seed) {
    std::vector<float> values(static_cast<std::size_t>(count));
    std::uint32_t state = seed * 2654435761U + 1;
    for (float& value : values) {
        state = state * 1664525U + 1013904223U;
        value = static_cast<float>(static_cast<std::int32_t>(state)) * 0x1p-31F;
    }
    return values;
}

/// The largest difference, as a share of the largest value.
template <class A, class B>
double distance(const A& a, const B& b) {
    double difference = 0, largest = 1e-30;
    for (std::size_t i = 0; i < b.size(); ++i) {
        const double d = std::abs(double{a[i]} - double{b[i]});
        difference = d == d ? std::max(difference, d) : 1e30;
        largest = std::max(largest, std::abs(double{b[i]}));
    }
    return difference / largest;
}

/// Memory aligned to 64 bytes, with a guard after its end.
class Guarded {
public:
    explicit Guarded(std::size_t bytes) : bytes_{bytes}, memory_(bytes + 192, mark) {}
    [[nodiscard]] std::byte* data() noexcept {
        const auto address = reinterpret_cast<std::uintptr_t>(memory_.data());
        return memory_.data() + (64 - address % 64) % 64;
    }
    [[nodiscard]] bool intact() noexcept {
        return std::all_of(data() + bytes_, data() + bytes_ + 64, [](std::byte b) { return b == mark; });
    }

private:
    static constexpr std::byte mark{0xFE};  // as floats: a huge negative number
    std::size_t bytes_;
    std::vector<std::byte> memory_;
};

}  // namespace plexus::test
