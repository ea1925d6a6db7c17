#include "core/contract/allocation_watch.hpp"

#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string_view>

namespace plexus {
namespace {

// How the functions are reached without coming through here again: by pointers from before anything was turned.
// Volatile, or the compiler calls the functions by their names.
struct Originals {
    void* (*volatile malloc)(std::size_t) = &std::malloc;
    void* (*volatile calloc)(std::size_t, std::size_t) = &std::calloc;
    void* (*volatile realloc)(void*, std::size_t) = &std::realloc;
    void* (*volatile aligned_alloc)(std::size_t, std::size_t) = &std::aligned_alloc;
    int (*volatile posix_memalign)(void**, std::size_t, std::size_t) = &::posix_memalign;
    void* (*volatile create)(std::size_t) = &::operator new;
    void* (*volatile create_array)(std::size_t) = &::operator new[];
    void* (*volatile create_aligned)(std::size_t, std::align_val_t) = &::operator new;
    void* (*volatile create_array_aligned)(std::size_t, std::align_val_t) = &::operator new[];
};

Originals originals;
thread_local bool watching = false;
thread_local std::size_t counted = 0;

// `new` calls malloc: one of the two is enough.
class Call {
public:
    Call() : outermost_(watching) {
        if (outermost_)
            ++counted;
        watching = false;
    }
    ~Call() { watching = outermost_; }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

private:
    bool outermost_;
};

void* counted_malloc(std::size_t size) {
    const Call call;
    return originals.malloc(size);
}
void* counted_calloc(std::size_t count, std::size_t size) {
    const Call call;
    return originals.calloc(count, size);
}
void* counted_realloc(void* memory, std::size_t size) {
    const Call call;
    return originals.realloc(memory, size);
}
void* counted_aligned_alloc(std::size_t alignment, std::size_t size) {
    const Call call;
    return originals.aligned_alloc(alignment, size);
}
int counted_posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
    const Call call;
    return originals.posix_memalign(memory, alignment, size);
}
void* counted_new(std::size_t size) {
    const Call call;
    return originals.create(size);
}
void* counted_new_array(std::size_t size) {
    const Call call;
    return originals.create_array(size);
}
void* counted_new_aligned(std::size_t size, std::align_val_t alignment) {
    const Call call;
    return originals.create_aligned(size, alignment);
}
void* counted_new_array_aligned(std::size_t size, std::align_val_t alignment) {
    const Call call;
    return originals.create_array_aligned(size, alignment);
}

template <class Function>
std::uintptr_t address(Function* function) {
    return reinterpret_cast<std::uintptr_t>(function);
}

bool is_new(std::string_view symbol) {
    return symbol.starts_with("_Zn");
}

std::uintptr_t replacement(std::string_view symbol) {
    struct Turned {
        std::string_view symbol;
        std::uintptr_t to;
    };
    static const std::array<Turned, 9> turned{{
        {"malloc", address(&counted_malloc)},
        {"calloc", address(&counted_calloc)},
        {"realloc", address(&counted_realloc)},
        {"aligned_alloc", address(&counted_aligned_alloc)},
        {"posix_memalign", address(&counted_posix_memalign)},
        {"_Znwm", address(&counted_new)},
        {"_Znam", address(&counted_new_array)},
        {"_ZnwmSt11align_val_t", address(&counted_new_aligned)},
        {"_ZnamSt11align_val_t", address(&counted_new_array_aligned)},
    }};
    for (const Turned& each : turned)
        if (each.symbol == symbol)
            return each.to;
    return 0;
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

    void turn(bool new_alone) const {
        if (symbols_ == nullptr || names_ == nullptr)
            return;
        turn(plt_, plt_bytes_, new_alone);
        turn(data_, data_bytes_, new_alone);
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

    void turn(const Elf64_Rela* relocations, std::size_t bytes, bool new_alone) const {
        for (std::size_t i = 0; relocations != nullptr && i < bytes / sizeof(Elf64_Rela); ++i) {
            const Elf64_Rela& relocation = relocations[i];
            const auto type = static_cast<std::uint32_t>(ELF64_R_TYPE(relocation.r_info));
            if (type != jump_slot && type != data_slot)
                continue;
            const char* name = names_ + symbols_[ELF64_R_SYM(relocation.r_info)].st_name;
            if (const std::uintptr_t to = replacement(name); to != 0 && (!new_alone || is_new(name)))
                write(base_ + relocation.r_offset, to);
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

int visit(dl_phdr_info* info, std::size_t, void*) {
    const std::string_view name = info->dlpi_name;
    for (const std::string_view own : {"libc.so", "libc-", "ld-linux", "linux-vdso", "libdnnl", "libtbb", "libgomp",
                                       "libasan", "libtsan", "libubsan", "liblsan"})
        if (name.find(own) != std::string_view::npos)
            return 0;
    // The malloc behind `new` is called for whoever calls `new`, the kernel library too.
    Library(*info).turn(name.find("libstdc++") != std::string_view::npos);
    return 0;
}

}  // namespace

AllocationWatch::AllocationWatch() {
    static const bool turned = (::dl_iterate_phdr(visit, nullptr), true);
    static_cast<void>(turned);
    counted = 0;
    watching = true;
}

AllocationWatch::~AllocationWatch() {
    watching = false;
}

std::size_t AllocationWatch::calls() const noexcept {
    return counted;
}

}  // namespace plexus
