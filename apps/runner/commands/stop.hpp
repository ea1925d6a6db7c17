// Ctrl-C and SIGTERM become a wish that is asked for; the second one ends the process at once.
#pragma once
#include <atomic>

namespace runner {

/// From here on SIGINT and SIGTERM set what is returned, and a reader that left (SIGPIPE) no longer ends the process.
[[nodiscard]] const std::atomic<bool>& stop_on_signals(bool quiet);

}  // namespace runner
