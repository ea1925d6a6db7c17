#include "core/contract/guarded_memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <new>
#include <utility>

namespace plexus {
namespace {

constexpr std::size_t page = 4096;
constexpr std::byte pattern{0xA5};

}  // namespace

GuardedMemory::GuardedMemory(std::size_t bytes, Against side, std::size_t alignment) : bytes_(bytes) {
    const std::size_t inside = (bytes + page - 1) / page * page;
    mapped_ = inside + 2 * page;
    void* const pages = ::mmap(nullptr, mapped_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        throw std::bad_alloc();
    pages_ = static_cast<std::byte*>(pages);
    if (inside != 0)
        ::mprotect(pages_ + page, inside, PROT_READ | PROT_WRITE);
    const std::size_t before = side == Against::start ? 0 : (inside - bytes) / alignment * alignment;
    data_ = pages_ + page + before;
    std::fill(pages_ + page, data_, pattern);
    std::fill(data_ + bytes, pages_ + page + inside, pattern);
}

GuardedMemory::GuardedMemory(GuardedMemory&& other) noexcept
    : pages_(std::exchange(other.pages_, nullptr)), mapped_(other.mapped_), data_(other.data_), bytes_(other.bytes_) {}

GuardedMemory::~GuardedMemory() {
    if (pages_ != nullptr)
        ::munmap(pages_, mapped_);
}

void GuardedMemory::forbid_writing() const {
    if (mapped_ > 2 * page)
        ::mprotect(pages_ + page, mapped_ - 2 * page, PROT_READ);
}

bool GuardedMemory::disturbed() const noexcept {
    const auto other = [](std::byte b) { return b != pattern; };
    return std::any_of(pages_ + page, data_, other) || std::any_of(data_ + bytes_, pages_ + mapped_ - page, other);
}

bool GuardedMemory::near(const void* address) const noexcept {
    const auto* at = static_cast<const std::byte*>(address);
    return at >= pages_ && at < pages_ + mapped_;
}

}  // namespace plexus
