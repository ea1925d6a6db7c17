// The 16-bit float that has float32's exponent: its upper half.
#pragma once
#include <bit>
#include <cstdint>

namespace plexus {

/// A sign, 8 bits of exponent, 7 of fraction: float32's range, and about two decimal digits.
struct bfloat16 {
    std::uint16_t bits;  ///< the upper half of a float32's

    bfloat16() = default;
    /// Rounds to the nearest, of two equally near to the even one. A NaN stays one.
    explicit bfloat16(float value) noexcept {
        const auto whole = std::bit_cast<std::uint32_t>(value);
        const std::uint32_t nearest = whole + 0x7FFF + (whole >> 16 & 1);
        bits = static_cast<std::uint16_t>((value == value ? nearest : whole | 0x400000) >> 16);
    }
    /// The same number; exact.
    [[nodiscard]] explicit operator float() const noexcept {
        return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
    }
    friend bool operator==(const bfloat16&, const bfloat16&) = default;  ///< of the bits
};

}  // namespace plexus
