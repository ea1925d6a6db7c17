#include "core/contract/held_memory.hpp"

#include <link.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdint>

namespace plexus {
namespace {

constexpr std::uintptr_t page = 4096;

struct Search {
    const std::filesystem::path& path;
    AddressRange code;
    std::vector<AddressRange> variables;
};

int visit(dl_phdr_info* info, std::size_t, void* context) {
    Search& search = *static_cast<Search*>(context);
    std::error_code ignored;
    if (*info->dlpi_name == '\0' || !std::filesystem::equivalent(info->dlpi_name, search.path, ignored))
        return 0;
    for (int i = 0; i < info->dlpi_phnum; ++i) {
        const auto& segment = info->dlpi_phdr[i];
        if (segment.p_type != PT_LOAD)
            continue;
        const std::uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
        const std::uintptr_t end = begin + segment.p_memsz;
        if ((segment.p_flags & PF_X) != 0)
            search.code = {begin, end};
        if ((segment.p_flags & PF_W) != 0)
            search.variables.push_back({begin / page * page, (end + page - 1) / page * page});
    }
    return 1;
}

void protect(AddressRange pages, int protection) {
    if (pages.begin < pages.end)
        ::mprotect(reinterpret_cast<void*>(pages.begin), pages.end - pages.begin, protection);
}

}  // namespace

HeldMemory::HeldMemory(const std::filesystem::path& library) {
    Search search{.path = library, .code = {}, .variables = {}};
    ::dl_iterate_phdr(visit, &search);
    code_ = search.code;
    variables_ = std::move(search.variables);
}

void HeldMemory::forbid_writing() const {
    for (const AddressRange& pages : variables_)
        protect(pages, PROT_READ);
    protect(AllocationsApart::pages(), PROT_READ);
}

void HeldMemory::allow_writing() const {
    for (const AddressRange& pages : variables_)
        protect(pages, PROT_READ | PROT_WRITE);
    protect(AllocationsApart::pages(), PROT_READ | PROT_WRITE);
}

void HeldMemory::allow_writing_at(const void* address) const {
    const std::uintptr_t begin = reinterpret_cast<std::uintptr_t>(address) / page * page;
    protect({begin, begin + page}, PROT_READ | PROT_WRITE);
}

std::string_view HeldMemory::name_of(const void* address) const noexcept {
    const auto at = reinterpret_cast<std::uintptr_t>(address);
    if (std::ranges::any_of(variables_, [&](const AddressRange& pages) { return pages.contains(at); }))
        return "a static variable";
    return AllocationsApart::pages().contains(at) ? "a member, or what a member points at" : "";
}

}  // namespace plexus
