// The innermost loop of dense layers and convolutions: rows times one panel of columns, a few rows at a time in
// registers.
#pragma once
#include <cstddef>
#include <cstdint>

namespace plexus::kernels {

/// to[target[r] + j] = start + sum over i < count of from[source[r] + index[i]] * panel[i * stride + j], for the rows r
/// and j < columns; further columns come from the next panels. The terms are added one by one in the order of i, so
/// that a value's bits depend neither on the rows computed with it nor on where a sum is cut in two. All offsets are in
/// floats.
struct Strip {
    const float* from = nullptr;
    const std::int32_t* source = nullptr;  ///< per row
    float* to = nullptr;
    const std::int32_t* target = nullptr;  ///< per row
    std::size_t rows = 0;
    const std::int32_t* index = nullptr;  ///< per term
    std::size_t count = 0;
    const float* panel = nullptr;  ///< lines of a panel's columns, of the last panel no more than there are
    std::size_t stride = 0;
    std::size_t next = 0;         ///< from one panel to the next; for more columns than one has
    std::size_t columns = 0;      ///< from 1 on
    std::size_t ahead = 0;        ///< from a line to one that is read soon, for those who fetch it; 0: none
    bool accumulate = false;      ///< starts from what is there; else from `bias`
    const float* bias = nullptr;  ///< `columns` floats, or null: zeros
    bool relu = false;            ///< sums below 0 are stored as 0
};

/// The variant for one instruction set.
struct StripKernel {
    const char* name;
    std::size_t columns;  ///< width of a panel
    std::size_t grain;    ///< columns of the last panel take the time of a multiple of this
    std::size_t panels;   ///< that are fastest, if there are as many
    void (*run)(const Strip& strip);
};

/// The best variant for this machine under the caps of has_avx2() and has_avx512(). The one without FMA differs in
/// bits from the others, where a product is not rounded before it is added.
[[nodiscard]] const StripKernel& strip_kernel() noexcept;
/// The variants with FMA; null where the machine does not have what they need.
[[nodiscard]] const StripKernel* strip_avx2() noexcept;
[[nodiscard]] const StripKernel* strip_avx512() noexcept;

/// How `total` things are cut into the fewest pieces of at most `most`, as equal as can be.
struct Cut {
    std::size_t total;
    std::size_t pieces;

    Cut(std::size_t total_, std::size_t most) noexcept : total{total_}, pieces{(total_ + most - 1) / most} {}
    [[nodiscard]] std::size_t begin(std::size_t piece) const noexcept { return total * piece / pieces; }
    [[nodiscard]] std::size_t size(std::size_t piece) const noexcept { return begin(piece + 1) - begin(piece); }
    [[nodiscard]] std::size_t largest() const noexcept { return pieces == 0 ? 0 : (total + pieces - 1) / pieces; }
};

}  // namespace plexus::kernels
