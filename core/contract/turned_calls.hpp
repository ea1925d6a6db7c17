// Calls of functions by name, turned to other functions in every library that is loaded.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace plexus {

/// A function that libraries import, and what they are to call instead.
struct TurnedCall {
    std::string_view symbol;  ///< "malloc", "_Znwm"
    std::uintptr_t to;
};

/// For good, in all libraries that are loaded now but the C library, oneTBB, the kernel library and those of the
/// sanitizers. In the C++ library only `new` and `delete` are turned, not what they call themselves.
void turn_calls(std::span<const TurnedCall> calls);

}  // namespace plexus
