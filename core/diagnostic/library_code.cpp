#include "core/diagnostic/library_code.hpp"

#include <link.h>

#include <array>
#include <atomic>
#include <cstdint>

namespace plexus {
namespace {

struct Library {
    const std::string* file = nullptr;  // never freed: a crash while the process ends is one, too
    std::uintptr_t begin = 0, end = 0;
};

// A signal handler reaches nothing but globals. Entries are written once, before they are counted.
std::array<Library, 256> libraries;
std::atomic<std::size_t> count{0};
static_assert(std::atomic<std::size_t>::is_always_lock_free);

struct Search {
    const std::string& file;
    Library found = {};
};

int look_at(dl_phdr_info* info, std::size_t, void* data) {
    auto& search = *static_cast<Search*>(data);
    if (search.file != info->dlpi_name)
        return 0;
    for (ElfW(Half) i = 0; i < info->dlpi_phnum; ++i) {
        const ElfW(Phdr)& segment = info->dlpi_phdr[i];
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0)
            continue;
        search.found.begin = info->dlpi_addr + segment.p_vaddr;
        search.found.end = search.found.begin + segment.p_memsz;
    }
    return 1;
}

}  // namespace

void note_library(const std::string& file) {
    Search search{file};
    ::dl_iterate_phdr(look_at, &search);
    const std::size_t place = count.load(std::memory_order_relaxed);
    if (search.found.begin == search.found.end || place == libraries.size())
        return;
    search.found.file = new std::string(file);
    libraries[place] = search.found;
    count.store(place + 1, std::memory_order_release);
}

std::string_view library_at(const void* address) noexcept {
    const auto at = reinterpret_cast<std::uintptr_t>(address);
    const std::size_t known = count.load(std::memory_order_acquire);
    for (std::size_t i = 0; i < known; ++i)
        if (libraries[i].begin <= at && at < libraries[i].end)
            return *libraries[i].file;
    return {};
}

}  // namespace plexus
