// Arrays as files hold them: many element types, two byte orders, sizes that may be lies.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "plexus/tensor.hpp"

namespace plexus::formats {

/// The element types that files hold; wider than ours.
enum class Stored : std::uint8_t {
    boolean,
    uint8,
    int8,
    uint16,
    int16,
    uint32,
    int32,
    uint64,
    int64,
    float32,
    float64
};

[[nodiscard]] std::size_t size_of(Stored stored) noexcept;

/// The product of the sizes and an element's bytes, or nothing where it does not fit into 63 bits or a size is
/// negative.
[[nodiscard]] std::optional<std::size_t> bytes_of(std::span<const std::int64_t> sizes, Stored stored) noexcept;

/// Makes an array of as many bytes as `sizes` and `stored` say (the caller has compared). Booleans stay uint8; other
/// integers that are not uint8 become int32, and one that does not fit is an InputError that begins with `file`.
[[nodiscard]] Array array_of(std::span<const std::int64_t> sizes, Stored stored, bool big_endian,
                             std::span<const std::byte> bytes, const std::string& file);

}  // namespace plexus::formats
