// Aligned memory that grows and never shrinks: the arena, the workers' scratch, weights.
#pragma once
#include <cstddef>
#include <utility>

namespace plexus {

/// Starts at a multiple of 64 (of 2 MiB where it is large, so that the kernel may use huge pages). Zeros at first.
class Memory {
public:
    Memory() = default;
    explicit Memory(std::size_t bytes) { reserve(bytes); }
    Memory(Memory&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    Memory& operator=(Memory&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~Memory();

    /// What was in it is lost where it has to grow. Throws RunError naming the size when there is no such memory.
    void reserve(std::size_t bytes);
    [[nodiscard]] std::byte* data() noexcept { return data_; }
    [[nodiscard]] const std::byte* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

private:
    std::byte* data_ = nullptr;
    std::size_t bytes_ = 0;
};

}  // namespace plexus
