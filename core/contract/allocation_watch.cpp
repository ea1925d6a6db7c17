#include "core/contract/allocation_watch.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <new>

#include "core/contract/turned_calls.hpp"

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
    void (*volatile free)(void*) = &std::free;
    void* (*volatile create)(std::size_t) = &::operator new;
    void* (*volatile create_array)(std::size_t) = &::operator new[];
    void* (*volatile create_aligned)(std::size_t, std::align_val_t) = &::operator new;
    void* (*volatile create_array_aligned)(std::size_t, std::align_val_t) = &::operator new[];
    void (*volatile destroy)(void*) = &::operator delete;
    void (*volatile destroy_array)(void*) = &::operator delete[];
    void (*volatile destroy_sized)(void*, std::size_t) = &::operator delete;
    void (*volatile destroy_array_sized)(void*, std::size_t) = &::operator delete[];
    void (*volatile destroy_aligned)(void*, std::align_val_t) = &::operator delete;
    void (*volatile destroy_array_aligned)(void*, std::align_val_t) = &::operator delete[];
    void (*volatile destroy_sized_aligned)(void*, std::size_t, std::align_val_t) = &::operator delete;
    void (*volatile destroy_array_sized_aligned)(void*, std::size_t, std::align_val_t) = &::operator delete[];
};

Originals originals;
thread_local bool counting = false;
thread_local std::size_t counted = 0;
thread_local AddressRange apart;  // the code whose allocations go to the region

// Never given back, and so never given out twice. Each block has its size before it.
class Region {
public:
    void* allocate(std::size_t size, std::size_t alignment = 16) {
        if (start_ == nullptr)
            map();
        const std::size_t begin = (used_ + header + alignment - 1) / alignment * alignment;
        if (start_ == nullptr || begin + size > reserved)
            return nullptr;
        used_ = begin + size;
        std::memcpy(start_ + begin - header, &size, sizeof size);
        return start_ + begin;
    }

    [[nodiscard]] bool contains(const void* memory) const noexcept {
        const auto* at = static_cast<const std::byte*>(memory);
        return start_ != nullptr && at >= start_ && at < start_ + reserved;
    }

    static std::size_t size_of(const void* block) noexcept {
        std::size_t size = 0;
        std::memcpy(&size, static_cast<const std::byte*>(block) - header, sizeof size);
        return size;
    }

    [[nodiscard]] AddressRange pages() const noexcept {
        const auto begin = reinterpret_cast<std::uintptr_t>(start_);
        return {begin, begin + (used_ + page - 1) / page * page};
    }

private:
    void map() {
        void* const pages =
            ::mmap(nullptr, reserved, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        start_ = pages == MAP_FAILED ? nullptr : static_cast<std::byte*>(pages);
    }

    static constexpr std::size_t reserved = std::size_t{1} << 30;
    static constexpr std::size_t header = 16, page = 4096;
    std::byte* start_ = nullptr;
    std::size_t used_ = 0;
};

Region region;

// One call of an allocator. `new` calls malloc: the outer one of the two is enough.
class Call {
public:
    explicit Call(const void* caller)
        : counting_(counting), apart_(apart), here_(apart.contains(reinterpret_cast<std::uintptr_t>(caller))) {
        if (counting_)
            ++counted;
        counting = false;
        apart = {};
    }
    ~Call() {
        counting = counting_;
        apart = apart_;
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    template <class Original>
    void* memory(std::size_t size, std::size_t alignment, const Original& original) const {
        void* const block = here_ ? region.allocate(size, std::max<std::size_t>(alignment, 16)) : nullptr;
        return block != nullptr ? block : original();
    }

private:
    bool counting_;
    AddressRange apart_;
    bool here_;
};

void* watched_malloc(std::size_t size) {
    const Call call(__builtin_return_address(0));
    return call.memory(size, 16, [&] { return originals.malloc(size); });
}
void* watched_calloc(std::size_t count, std::size_t size) {
    const Call call(__builtin_return_address(0));
    return call.memory(count * size, 16, [&] { return originals.calloc(count, size); });  // fresh pages hold zeros
}
void* watched_realloc(void* memory, std::size_t size) {
    const Call call(__builtin_return_address(0));
    if (!region.contains(memory))
        return originals.realloc(memory, size);
    void* const moved = originals.malloc(size);
    if (moved != nullptr)
        std::memcpy(moved, memory, std::min(size, Region::size_of(memory)));
    return moved;
}
void* watched_aligned_alloc(std::size_t alignment, std::size_t size) {
    const Call call(__builtin_return_address(0));
    return call.memory(size, alignment, [&] { return originals.aligned_alloc(alignment, size); });
}
int watched_posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
    const Call call(__builtin_return_address(0));
    int error = 0;
    void* const block = call.memory(size, alignment, [&]() -> void* {
        void* fresh = nullptr;
        error = originals.posix_memalign(&fresh, alignment, size);
        return fresh;
    });
    if (error == 0)
        *memory = block;
    return error;
}
void* watched_new(std::size_t size) {
    const Call call(__builtin_return_address(0));
    return call.memory(size, 16, [&] { return originals.create(size); });
}
void* watched_new_array(std::size_t size) {
    const Call call(__builtin_return_address(0));
    return call.memory(size, 16, [&] { return originals.create_array(size); });
}
void* watched_new_aligned(std::size_t size, std::align_val_t alignment) {
    const Call call(__builtin_return_address(0));
    return call.memory(size, static_cast<std::size_t>(alignment),
                       [&] { return originals.create_aligned(size, alignment); });
}
void* watched_new_array_aligned(std::size_t size, std::align_val_t alignment) {
    const Call call(__builtin_return_address(0));
    return call.memory(size, static_cast<std::size_t>(alignment),
                       [&] { return originals.create_array_aligned(size, alignment); });
}

// Whatever frees, what lies in the region stays there.
template <auto Original, class... More>
void watched_free(void* memory, More... more) {
    if (!region.contains(memory))
        (originals.*Original)(memory, more...);
}

template <class Function>
std::uintptr_t address(Function* function) {
    return reinterpret_cast<std::uintptr_t>(function);
}

void turn_to_watched() {
    using O = Originals;
    using Size = std::size_t;
    using Alignment = std::align_val_t;
    static const std::array<TurnedCall, 18> calls{{
        {"malloc", address(&watched_malloc)},
        {"calloc", address(&watched_calloc)},
        {"realloc", address(&watched_realloc)},
        {"aligned_alloc", address(&watched_aligned_alloc)},
        {"posix_memalign", address(&watched_posix_memalign)},
        {"free", address(&watched_free<&O::free>)},
        {"_Znwm", address(&watched_new)},
        {"_Znam", address(&watched_new_array)},
        {"_ZnwmSt11align_val_t", address(&watched_new_aligned)},
        {"_ZnamSt11align_val_t", address(&watched_new_array_aligned)},
        {"_ZdlPv", address(&watched_free<&O::destroy>)},
        {"_ZdaPv", address(&watched_free<&O::destroy_array>)},
        {"_ZdlPvm", address(&watched_free<&O::destroy_sized, Size>)},
        {"_ZdaPvm", address(&watched_free<&O::destroy_array_sized, Size>)},
        {"_ZdlPvSt11align_val_t", address(&watched_free<&O::destroy_aligned, Alignment>)},
        {"_ZdaPvSt11align_val_t", address(&watched_free<&O::destroy_array_aligned, Alignment>)},
        {"_ZdlPvmSt11align_val_t", address(&watched_free<&O::destroy_sized_aligned, Size, Alignment>)},
        {"_ZdaPvmSt11align_val_t", address(&watched_free<&O::destroy_array_sized_aligned, Size, Alignment>)},
    }};
    static const bool turned = (turn_calls(calls), true);
    static_cast<void>(turned);
}

}  // namespace

AllocationWatch::AllocationWatch() {
    turn_to_watched();
    counted = 0;
    counting = true;
}

AllocationWatch::~AllocationWatch() {
    counting = false;
}

std::size_t AllocationWatch::calls() const noexcept {
    return counted;
}

AllocationsApart::AllocationsApart(AddressRange code) {
    turn_to_watched();
    apart = code;
}

AllocationsApart::~AllocationsApart() {
    apart = {};
}

AddressRange AllocationsApart::pages() noexcept {
    return region.pages();
}

}  // namespace plexus
