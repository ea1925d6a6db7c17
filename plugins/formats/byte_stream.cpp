#include "byte_stream.hpp"

#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "file.hpp"

namespace plexus::formats {
namespace {

/// Deflate makes at most 258 bytes of two bits; the rest covers what zlib still holds.
constexpr std::size_t largest_ratio = 1032;
constexpr std::size_t held_by_zlib = std::size_t{1} << 16;
constexpr std::size_t smallest_gzip = 18;  // a header of 10 bytes, a checksum and a size
constexpr std::size_t step = std::size_t{4} << 20;

bool is_gzip(std::span<const std::byte> bytes) {
    return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

}  // namespace

struct ByteStream::Inflate {
    z_stream stream{};
    bool ended = false;  // the last member is complete

    Inflate() {
        // 16 asks for gzip's frame, with its checksum; 15 is the largest window.
        if (inflateInit2(&stream, 16 + 15) != Z_OK)
            throw std::bad_alloc();
    }
    Inflate(const Inflate&) = delete;
    Inflate& operator=(const Inflate&) = delete;
    ~Inflate() { inflateEnd(&stream); }
};

std::span<std::byte> Bytes::room(std::size_t count) {
    if (count > capacity_ - size_) {
        const std::size_t capacity = std::max(2 * capacity_, size_ + count);
        void* const moved = std::realloc(bytes_.get(), capacity);
        if (!moved)
            throw std::bad_alloc();
        (void)bytes_.release();  // realloc() has freed it, or given it back
        bytes_.reset(static_cast<std::byte*>(moved));
        capacity_ = capacity;
    }
    return {bytes_.get() + size_, count};
}

ByteStream::ByteStream(std::span<const std::byte> bytes, std::string file)
    : all_(bytes), rest_(bytes), file_(std::move(file)) {
    if (is_gzip(bytes))
        inflate_ = std::make_unique<Inflate>();
}

ByteStream::~ByteStream() = default;

std::size_t ByteStream::read(std::span<std::byte> out) {
    if (inflate_)
        return inflate(out);
    const std::size_t count = std::min(out.size(), rest_.size());
    std::copy_n(rest_.begin(), count, out.begin());
    rest_ = rest_.subspan(count);
    position_ += count;
    return count;
}

std::size_t ByteStream::inflate(std::span<std::byte> out) {
    z_stream& stream = inflate_->stream;
    std::size_t done = 0;
    while (done < out.size() && !inflate_->ended) {
        // zlib counts in 32 bits.
        const std::size_t in_size = std::min(rest_.size(), step);
        const std::size_t out_size = std::min(out.size() - done, step);
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(rest_.data()));
        stream.avail_in = static_cast<uInt>(in_size);
        stream.next_out = reinterpret_cast<Bytef*>(out.data() + done);
        stream.avail_out = static_cast<uInt>(out_size);
        const int result = ::inflate(&stream, Z_NO_FLUSH);
        const std::size_t used = in_size - stream.avail_in;
        const std::size_t made = out_size - stream.avail_out;
        rest_ = rest_.subspan(used);
        done += made;
        if (result == Z_MEM_ERROR)
            throw std::bad_alloc();
        if (result == Z_STREAM_END) {
            if (rest_.empty())
                inflate_->ended = true;
            else if (!is_gzip(rest_))
                throw damaged(file_, "has ", rest_.size(), " bytes after its gzip data; get the file again");
            else
                inflateReset(&stream);  // several members, one after the other, are one file
        } else if (result == Z_BUF_ERROR || (result == Z_OK && used == 0 && made == 0)) {
            throw damaged(file_, "its gzip data stops before its end; get the file again");
        } else if (result != Z_OK) {
            throw damaged(file_, "its gzip data is damaged (", stream.msg ? stream.msg : "no valid stream",
                          "); get the file again");
        }
    }
    position_ += done;
    return done;
}

// libdeflate is twice as fast as zlib, but wants all bytes and the exact size. So it does the ordinary file: one
// member, whose last four bytes tell the size. Where they do not, nothing comes back, and zlib finds out what is the
// matter.
Bytes ByteStream::inflate_at_once(std::size_t wanted) {
    std::size_t size = 0;
    for (std::size_t i = 1; i <= 4; ++i)
        size = size << 8 | std::to_integer<std::size_t>(all_[all_.size() - i]);
    if (size < position_ || size - position_ > std::min(wanted, remaining_at_most()))
        return {};
    const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> decompressor{
        libdeflate_alloc_decompressor(), &libdeflate_free_decompressor};
    if (!decompressor)
        throw std::bad_alloc();
    Bytes bytes;
    std::size_t used = 0;
    if (libdeflate_gzip_decompress_ex(decompressor.get(), all_.data(), all_.size(), bytes.room(size).data(), size,
                                      &used, nullptr) != LIBDEFLATE_SUCCESS ||
        used != all_.size())
        return {};
    bytes.add(size);
    bytes.skip(position_);
    position_ = size;
    rest_ = {};
    inflate_->ended = true;
    return bytes;
}

Bytes ByteStream::read_up_to(std::size_t wanted) {
    if (inflate_ && !inflate_->ended && all_.size() >= smallest_gzip) {
        Bytes bytes = inflate_at_once(wanted);
        if (inflate_->ended)
            return bytes;
    }
    Bytes bytes;
    while (bytes.size() < wanted) {
        const std::span<std::byte> room = bytes.room(std::min(step, wanted - bytes.size()));
        const std::size_t count = read(room);
        bytes.add(count);
        if (count < room.size())
            break;
    }
    return bytes;
}

std::size_t ByteStream::remaining_at_most() const noexcept {
    return inflate_ ? rest_.size() * largest_ratio + held_by_zlib : rest_.size();
}

}  // namespace plexus::formats
