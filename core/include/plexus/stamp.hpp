// The note in a plugin's file by which a host sees, without opening the library, whether the two fit.
#pragma once
#include <cstdint>

#include "plexus/version.hpp"

namespace plexus {

/// What must agree between host and plugin for objects to have the same layout on both sides.
struct StampFields {
    std::uint16_t sdk_major;         ///< PLEXUS_SDK_MAJOR
    std::uint16_t sdk_minor;         ///< PLEXUS_SDK_MINOR
    std::uint32_t standard_library;  ///< _GLIBCXX_USE_CXX11_ABI, debug mode
    std::uint32_t abi;               ///< __GXX_ABI_VERSION
    std::uint32_t sanitizer;         ///< 0 none, 1 address, 2 thread
    char name[48];                   ///< of the plugin, zero-terminated
    char version[24];                ///< likewise
};

// Fixed by the compiler's options, so they are macros: a plugin's note is a constant of its file.
#if defined(_GLIBCXX_DEBUG)
#define PLEXUS_STAMP_STANDARD_LIBRARY (2U | _GLIBCXX_USE_CXX11_ABI)
#else
#define PLEXUS_STAMP_STANDARD_LIBRARY (0U | _GLIBCXX_USE_CXX11_ABI)
#endif
#if defined(__SANITIZE_ADDRESS__)
#define PLEXUS_STAMP_SANITIZER 1U
#elif defined(__SANITIZE_THREAD__)
#define PLEXUS_STAMP_SANITIZER 2U
#else
#define PLEXUS_STAMP_SANITIZER 0U
#endif

/// An ELF note as it lies in the file: sizes, type, the owner's name, then the fields.
struct StampNote {
    std::uint32_t name_size = 8;                           ///< bytes of owner
    std::uint32_t fields_size = sizeof(StampFields);       ///< bytes of fields
    std::uint32_t type = 1;                                ///< of the owner's notes: the only one
    char owner[8] = {'P', 'l', 'e', 'x', 'u', 's', 0, 0};  ///< zero-terminated
    StampFields fields;                                    ///< the stamp itself
};

}  // namespace plexus

#define PLEXUS_STAMP(name, version)                                                                             \
    extern "C" __attribute__((section(".note.plexus"), used, visibility("hidden"), aligned(4)))                 \
    const ::plexus::StampNote plexus_stamp_note = {.fields = {PLEXUS_SDK_MAJOR, PLEXUS_SDK_MINOR,               \
                                                              PLEXUS_STAMP_STANDARD_LIBRARY, __GXX_ABI_VERSION, \
                                                              PLEXUS_STAMP_SANITIZER, name, version}};
