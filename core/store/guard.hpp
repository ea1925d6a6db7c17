// Does something dangerous in a child process with limits, so that what goes wrong there goes wrong nowhere else.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "plexus/export.hpp"

namespace plexus::store {

struct GuardLimits {
    std::uint64_t memory = std::uint64_t{256} << 20U;  ///< bytes, above what the process has; not under sanitizers
    unsigned processor_seconds = 10;
    unsigned seconds = 60;
};

/// Runs `work` in a forked child and forgets all that it did there. An InputError or RunError that it throws is thrown
/// here, with its text. Its death, by a signal, a limit or the end of memory, is an InputError: "<name>: is a malformed
/// file: ...". RunError if no child could be made. Do not hold a Library; `work` may take one. The child has one
/// thread: `work` may use nothing that waits for another (no thread pool).
PLEXUS_API void guarded(const std::string& name, const GuardLimits& limits, const std::function<void()>& work);

}  // namespace plexus::store
