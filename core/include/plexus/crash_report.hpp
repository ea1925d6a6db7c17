// What a program may ask for that uses Plexus and owns its process: a last word when code of a plugin crashes.
#pragma once
#include "plexus/export.hpp"

namespace plexus {

/// From here on, before SIGSEGV, SIGBUS, SIGFPE, SIGILL or SIGABRT ends the process, a few lines go to file descriptor
/// 2: which node of which plugin's type was doing what, at which step, and which checkpoint is the last one. The signal
/// then goes on to what was there for it before: by default that ends the process as the signal does, with its exit
/// status and a core file, and under a sanitizer that writes its own report.
///
/// Nothing is changed by a library that was only linked: signals belong to the program, so a program asks for this,
/// once and before it makes an Environment, on its main thread. That thread and those on which steps run get a stack
/// for signals, so that a stack which ran over can be reported as well. A process that is forked off reports nothing,
/// unless it asks, too.
PLEXUS_API void report_crashes();

}  // namespace plexus
