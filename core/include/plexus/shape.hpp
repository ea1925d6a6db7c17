// The sizes of a tensor's dimensions, outermost first: [N, H, W, C].
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <ostream>
#include <span>
#include <string>

#include "plexus/export.hpp"

namespace plexus {

/// A value of up to eight dimensions; does not allocate. A rank of 0 is a scalar.
class PLEXUS_API Shape {
public:
    static constexpr std::size_t max_rank = 8;  ///< most dimensions

    Shape() = default;
    /// Likewise: Shape{128, 28, 28, 1}.
    Shape(std::initializer_list<std::int64_t> sizes) : Shape(std::span{sizes.begin(), sizes.size()}) {}
    /// Throws InputError for more than max_rank sizes.
    explicit Shape(std::span<const std::int64_t> sizes);

    /// How many dimensions there are.
    [[nodiscard]] std::size_t rank() const noexcept { return rank_; }
    /// The size of a dimension below rank(), which is not checked.
    [[nodiscard]] std::int64_t operator[](std::size_t axis) const noexcept { return sizes_[axis]; }
    /// The size of the last dimension, of which there must be one.
    [[nodiscard]] std::int64_t back() const noexcept { return sizes_[rank_ - 1]; }
    /// The sizes, outermost first.
    /// @{
    [[nodiscard]] const std::int64_t* begin() const noexcept { return sizes_.data(); }
    [[nodiscard]] const std::int64_t* end() const noexcept { return sizes_.data() + rank_; }
    /// @}

    /// The product of the sizes; 1 for a scalar.
    [[nodiscard]] std::int64_t elements() const noexcept;
    /// A copy with one size replaced.
    [[nodiscard]] Shape with(std::size_t axis, std::int64_t size) const;
    /// The dimensions from `axis` on: [N, H, W, C].from(1) is [H, W, C].
    [[nodiscard]] Shape from(std::size_t axis) const;
    /// A copy with one more dimension in front: [H, W, C].batch(N) is [N, H, W, C].
    [[nodiscard]] Shape batch(std::int64_t samples) const;

    friend bool operator==(const Shape&, const Shape&) = default;

private:
    std::array<std::int64_t, max_rank> sizes_{};
    std::uint8_t rank_ = 0;
};

/// "[128, 5, 5, 64]"
[[nodiscard]] PLEXUS_API std::string to_string(const Shape& shape);
PLEXUS_API std::ostream& operator<<(std::ostream& out, const Shape& shape);

}  // namespace plexus
