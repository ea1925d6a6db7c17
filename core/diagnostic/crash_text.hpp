// A text that a signal handler can put together: in memory that is there, and cut off where that ends.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "plexus/error.hpp"

namespace plexus {

/// Neither allocates nor locks nor throws.
class CrashText {
public:
    CrashText& operator<<(std::string_view text) noexcept;
    CrashText& operator<<(std::uint64_t number) noexcept;
    CrashText& operator<<(const Position& position) noexcept;  ///< as to_string() writes it

    [[nodiscard]] std::string_view view() const noexcept { return {bytes_.data(), size_}; }

private:
    std::array<char, 4096> bytes_{};
    std::size_t size_ = 0;
};

}  // namespace plexus
