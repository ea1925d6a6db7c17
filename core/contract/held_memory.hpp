// What a plugin keeps for itself: its library's static variables, and what it allocated while planning.
#pragma once
#include <filesystem>
#include <string_view>
#include <vector>

#include "core/contract/allocation_watch.hpp"

namespace plexus {

/// The memory that all threads have in common which run a plugin's stages: none of these may write to it.
class HeldMemory {
public:
    /// Of the library that was loaded from this path.
    explicit HeldMemory(const std::filesystem::path& library);

    /// Of the library's code; what it allocates while an AllocationsApart of it lives is held memory.
    [[nodiscard]] AddressRange code() const noexcept { return code_; }

    void forbid_writing() const;
    void allow_writing() const;
    void allow_writing_at(const void* address) const;

    /// What lies there: "a static variable", "a member"; empty where nothing is held.
    [[nodiscard]] std::string_view name_of(const void* address) const noexcept;

private:
    AddressRange code_;
    std::vector<AddressRange> variables_;  // whole pages
};

}  // namespace plexus
