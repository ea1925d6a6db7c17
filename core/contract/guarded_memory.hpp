// Memory whose neighbours cannot be touched: an access beyond its end, or before its start, stops the process.
#pragma once
#include <cstddef>
#include <cstdint>

namespace plexus {

/// One range of bytes between two pages without access. The kernel gives it; nothing else lies near.
class GuardedMemory {
public:
    enum class Against : std::uint8_t { end, start };  ///< the side on which the guard begins at the very byte

    /// The start is a multiple of `alignment`; up to so many bytes may lie between the end and its guard. They are
    /// filled with a pattern, and disturbed() says whether it is still there.
    GuardedMemory(std::size_t bytes, Against side, std::size_t alignment);
    GuardedMemory(GuardedMemory&& other) noexcept;
    GuardedMemory& operator=(GuardedMemory&&) = delete;
    ~GuardedMemory();

    [[nodiscard]] std::byte* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
    void forbid_writing() const;
    [[nodiscard]] bool disturbed() const noexcept;
    /// Whether an address lies in this or in one of its guards.
    [[nodiscard]] bool near(const void* address) const noexcept;

private:
    std::byte* pages_ = nullptr;
    std::size_t mapped_ = 0;
    std::byte* data_ = nullptr;
    std::size_t bytes_ = 0;
};

}  // namespace plexus
