// A tree becomes the bytes of an HDF5 file, in memory. Equal trees become equal bytes.
#pragma once
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>

#include "core/store/tree.hpp"
#include "plexus/export.hpp"

namespace plexus::store {

/// The bytes of a file, as HDF5's core driver left them.
class Image {
public:
    Image(void* data, std::size_t size) : data_{data}, size_{size} {}

    [[nodiscard]] std::span<const std::byte> bytes() const noexcept {
        return {static_cast<const std::byte*>(data_.get()), size_};
    }

private:
    struct Free {
        void operator()(void* data) const noexcept { std::free(data); }
    };
    std::unique_ptr<void, Free> data_;
    std::size_t size_;
};

/// Throws RunError, with the path inside the tree and no file, for a name or text that HDF5 cannot hold: an empty name,
/// one with
/// '/' or NUL, a text with NUL, an attribute's text of more than 32 KiB; and when memory runs out. `first` are root
/// attributes that come before the root's own and win over them.
[[nodiscard]] PLEXUS_API Image encode(const Group& root, const Ordered<Attribute>& first = {});

}  // namespace plexus::store
