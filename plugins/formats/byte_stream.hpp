// Bytes read from front to back, decompressed on the way where they are gzip data.
#pragma once
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>

namespace plexus::formats {

/// Bytes that grow at their end without being cleared or, where the system can move pages, copied: unpacking is then as
/// fast as inflate().
class Bytes {
public:
    [[nodiscard]] std::size_t size() const noexcept { return size_ - skipped_; }
    [[nodiscard]] std::span<const std::byte> span() const noexcept { return {bytes_.get() + skipped_, size()}; }
    /// Room for `count` more after the last, not yet part of it.
    [[nodiscard]] std::span<std::byte> room(std::size_t count);
    /// Takes in what was written into the room.
    void add(std::size_t count) noexcept { size_ += count; }
    /// Leaves out the first `count`.
    void skip(std::size_t count) noexcept { skipped_ += count; }

private:
    struct Free {
        void operator()(std::byte* bytes) const noexcept { std::free(bytes); }
    };
    std::unique_ptr<std::byte[], Free> bytes_;
    std::size_t size_ = 0;
    std::size_t skipped_ = 0;
    std::size_t capacity_ = 0;
};

class ByteStream {
public:
    /// Gzip data is recognised by its first two bytes. `bytes` must outlive the stream.
    ByteStream(std::span<const std::byte> bytes, std::string file);
    ~ByteStream();

    /// Fills `out` from its front and returns how much; less than asked for only at the end. Throws InputError for
    /// damaged gzip data, for gzip data that stops before its end, and for bytes after it that are no gzip data.
    std::size_t read(std::span<std::byte> out);

    /// As many bytes as wanted, or fewer at the end: memory grows with what is really there.
    [[nodiscard]] Bytes read_up_to(std::size_t wanted);

    /// Whether the bytes are gzip data.
    [[nodiscard]] bool is_packed() const noexcept { return inflate_ != nullptr; }

    /// No more than this can follow: what is left of plain bytes; for gzip data a bound that deflate cannot exceed.
    [[nodiscard]] std::size_t remaining_at_most() const noexcept;

private:
    struct Inflate;
    std::size_t inflate(std::span<std::byte> out);
    [[nodiscard]] Bytes inflate_at_once(std::size_t wanted);

    std::span<const std::byte> all_;
    std::span<const std::byte> rest_;
    std::size_t position_ = 0;  // of the next byte that read() gives
    std::string file_;
    std::unique_ptr<Inflate> inflate_;  // absent for plain bytes
};

}  // namespace plexus::formats
