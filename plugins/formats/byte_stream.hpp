// Bytes read from front to back, decompressed on the way where they are gzip data.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace plexus::formats {

class ByteStream {
public:
    /// Gzip data is recognised by its first two bytes. `bytes` must outlive the stream.
    ByteStream(std::span<const std::byte> bytes, std::string file);
    ~ByteStream();

    /// Fills `out` from its front and returns how much; less than asked for only at the end. Throws InputError for
    /// damaged gzip data, for gzip data that stops before its end, and for bytes after it that are no gzip data.
    std::size_t read(std::span<std::byte> out);

    /// As many bytes as wanted, or fewer at the end: memory grows with what is really there.
    [[nodiscard]] std::vector<std::byte> read_up_to(std::size_t wanted);

    /// No more than this can follow: what is left of plain bytes; for gzip data a bound that deflate cannot exceed.
    [[nodiscard]] std::size_t remaining_at_most() const noexcept;

private:
    struct Inflate;
    std::size_t inflate(std::span<std::byte> out);

    std::span<const std::byte> rest_;
    std::string file_;
    std::unique_ptr<Inflate> inflate_;  // absent for plain bytes
};

}  // namespace plexus::formats
