// How much a file from elsewhere may ask for before it is refused.
#pragma once
#include <cstddef>
#include <cstdint>

namespace plexus::store {

struct Limits {
    std::uint64_t file_bytes = std::uint64_t{64} << 30U;
    std::size_t objects = 1'000'000;                          ///< groups and datasets
    std::size_t depth = 64;                                   ///< groups inside groups
    std::size_t name = 1024;                                  ///< bytes of one name
    std::size_t attributes = 256;                             ///< of one object
    std::size_t attribute_bytes = 64 * 1024;                  ///< of one attribute
    std::uint64_t unpacked_bytes = std::uint64_t{16} << 30U;  ///< of all compressed datasets together
    unsigned seconds = 10;  ///< of the child's processor time, and more for large files
};

}  // namespace plexus::store
