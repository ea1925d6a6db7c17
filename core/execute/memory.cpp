#include "core/execute/memory.hpp"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>

#include "plexus/error.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

constexpr std::size_t line = 64;
constexpr std::size_t huge_page = std::size_t{2} << 20;

}  // namespace

Memory::~Memory() {
    std::free(data_);
}

void Memory::reserve(std::size_t bytes) {
    if (bytes <= bytes_)
        return;
    const std::size_t alignment = bytes >= 2 * huge_page ? huge_page : line;
    const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
    void* fresh = std::aligned_alloc(alignment, rounded);
    if (fresh == nullptr)
        throw RunError(text("cannot get ", rounded >> 20, " MiB of memory; a smaller batch or shard needs less"));
    if (alignment == huge_page)
        madvise(fresh, rounded, MADV_HUGEPAGE);  // a wish: without it the pages are only smaller
    std::memset(fresh, 0, rounded);
    std::free(data_);
    data_ = static_cast<std::byte*>(fresh);
    bytes_ = rounded;
}

}  // namespace plexus
