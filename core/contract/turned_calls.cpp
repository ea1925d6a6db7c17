#include "core/contract/turned_calls.hpp"

#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>

namespace plexus {
namespace {

bool is_operator(std::string_view symbol) {
    return symbol.starts_with("_Zn") || symbol.starts_with("_Zd");
}

#if defined(__x86_64__)
constexpr std::uint32_t jump_slot = R_X86_64_JUMP_SLOT, data_slot = R_X86_64_GLOB_DAT;
#elif defined(__aarch64__)
constexpr std::uint32_t jump_slot = R_AARCH64_JUMP_SLOT, data_slot = R_AARCH64_GLOB_DAT;
#endif

// The relocations of one loaded library, which say where it keeps the addresses of functions of others.
class Library {
public:
    explicit Library(const dl_phdr_info& info) : base_(info.dlpi_addr) {
        for (int i = 0; i < info.dlpi_phnum; ++i)
            if (info.dlpi_phdr[i].p_type == PT_DYNAMIC)
                read(reinterpret_cast<const Elf64_Dyn*>(base_ + info.dlpi_phdr[i].p_vaddr));
    }

    void turn(std::span<const TurnedCall> calls, bool operators_alone) const {
        if (symbols_ == nullptr || names_ == nullptr)
            return;
        turn(plt_, plt_bytes_, calls, operators_alone);
        turn(data_, data_bytes_, calls, operators_alone);
    }

private:
    // The loader has made these addresses absolute where it could write to them.
    template <class T>
    const T* at(std::uintptr_t address) const {
        return reinterpret_cast<const T*>(address < base_ ? base_ + address : address);
    }

    void read(const Elf64_Dyn* entry) {
        for (; entry->d_tag != DT_NULL; ++entry) {
            if (entry->d_tag == DT_SYMTAB)
                symbols_ = at<Elf64_Sym>(entry->d_un.d_ptr);
            else if (entry->d_tag == DT_STRTAB)
                names_ = at<char>(entry->d_un.d_ptr);
            else if (entry->d_tag == DT_JMPREL)
                plt_ = at<Elf64_Rela>(entry->d_un.d_ptr);
            else if (entry->d_tag == DT_PLTRELSZ)
                plt_bytes_ = entry->d_un.d_val;
            else if (entry->d_tag == DT_RELA)
                data_ = at<Elf64_Rela>(entry->d_un.d_ptr);
            else if (entry->d_tag == DT_RELASZ)
                data_bytes_ = entry->d_un.d_val;
        }
    }

    void turn(const Elf64_Rela* relocations, std::size_t bytes, std::span<const TurnedCall> calls,
              bool operators_alone) const {
        for (std::size_t i = 0; relocations != nullptr && i < bytes / sizeof(Elf64_Rela); ++i) {
            const Elf64_Rela& relocation = relocations[i];
            const auto type = static_cast<std::uint32_t>(ELF64_R_TYPE(relocation.r_info));
            if (type != jump_slot && type != data_slot)
                continue;
            const std::string_view name = names_ + symbols_[ELF64_R_SYM(relocation.r_info)].st_name;
            for (const TurnedCall& call : calls)
                if (call.symbol == name && (!operators_alone || is_operator(name)))
                    write(base_ + relocation.r_offset, call.to);
        }
    }

    // The loader write-protects these pages when it is done.
    static void write(std::uintptr_t slot, std::uintptr_t value) {
        const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
        void* const start = reinterpret_cast<void*>(slot / page * page);
        if (::mprotect(start, page, PROT_READ | PROT_WRITE) == 0)
            *reinterpret_cast<std::uintptr_t*>(slot) = value;
    }

    std::uintptr_t base_;
    const Elf64_Sym* symbols_ = nullptr;
    const char* names_ = nullptr;
    const Elf64_Rela* plt_ = nullptr;
    const Elf64_Rela* data_ = nullptr;
    std::size_t plt_bytes_ = 0, data_bytes_ = 0;
};

int visit(dl_phdr_info* info, std::size_t, void* calls) {
    const std::string_view name = info->dlpi_name;
    for (const std::string_view own : {"libc.so", "libc-", "ld-linux", "linux-vdso", "libdnnl", "libtbb", "libgomp",
                                       "libasan", "libtsan", "libubsan", "liblsan"})
        if (name.find(own) != std::string_view::npos)
            return 0;
    // The malloc behind `new` is called for whoever calls `new`, the kernel library too.
    Library(*info).turn(*static_cast<std::span<const TurnedCall>*>(calls),
                        name.find("libstdc++") != std::string_view::npos);
    return 0;
}

}  // namespace

void turn_calls(std::span<const TurnedCall> calls) {
    ::dl_iterate_phdr(visit, &calls);
}

}  // namespace plexus
