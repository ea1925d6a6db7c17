// Work in a process of its own, so that a plugin that crashes or hangs there harms nobody else.
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace plexus {

/// What a child left behind.
struct ChildEnd {
    std::vector<std::string> lines;  ///< those it told, in order
    std::string fault;               ///< "ends with signal 11 (Segmentation fault)"; empty: it ended by itself
    int signal = 0;                  ///< the one that it ended with
    std::string refused;             ///< what a SampleError said: the data were not to its liking, which is no fault
};

struct ChildOptions {
    /// The longest time between two lines, or a line and the end; then it is killed. Zero: no limit.
    std::chrono::milliseconds patience{0};
    /// False: the work is done in this process, for a debugger.
    bool fork = true;
    /// The child ends as a program does, with the destructors of static objects: what goes wrong then is a fault.
    bool destroys = false;
    /// Called in the parent with each line as it comes.
    std::function<void(const std::string& line)> on_line = {};
};

/// Does `work` in a child. What it throws is a fault: "throws: ...". The child has no other threads, and what it prints
/// goes to stderr. To be called while this process has no other threads either.
[[nodiscard]] ChildEnd in_child(const std::function<void()>& work, const ChildOptions& options = {});

/// In a child, from a handler of signals: the work is done, and what it told is all.
[[noreturn]] void end_child();

/// Tells the parent a line; a line feed in it arrives as one. May be called in a handler of signals.
void tell(const std::string& line);

}  // namespace plexus
