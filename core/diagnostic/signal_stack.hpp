// A stack for signal handlers alone: where a thread's own has run over, a handler has no other place to run.
#pragma once

namespace plexus {

/// Gives the calling thread one, once, if crashes are reported (see plexus/crash_report.hpp). Else it does nothing.
void ensure_signal_stack();

/// From here on, threads that ask get one.
void want_signal_stacks() noexcept;

}  // namespace plexus
