// Where the code of each plugin lies, for a crash in a thread that Plexus knows nothing of: by the address it is known.
#pragma once
#include <string>
#include <string_view>

namespace plexus {

/// Of a library that is open, and stays so until the process ends. `file` is the name that it was opened by.
void note_library(const std::string& file);

/// The file whose code has this address; empty if none was noted. May be called in a signal handler.
[[nodiscard]] std::string_view library_at(const void* address) noexcept;

}  // namespace plexus
