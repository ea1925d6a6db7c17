// What a child has to say of a wrong access to memory: which memory between guards was touched, and by whom.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "core/contract/guarded_memory.hpp"
#include "core/contract/held_memory.hpp"

namespace plexus {

/// Memory that somebody's code is handed, and what findings call it.
struct NamedMemory {
    std::string name;  ///< "parameter gradient 1"
    GuardedMemory memory;
};

/// While it lives, accesses are those of `actor` ("stage 'forward'"), who was handed these memories, with their guards,
/// and nothing else. What the actor's plugin holds may be null: then it is not looked at. Otherwise it may be read, and
/// written by instructions that are atomic, as those of a lock are.
class Watched {
public:
    Watched(std::string actor, std::vector<const NamedMemory*> memories, const HeldMemory* held = nullptr);
    ~Watched();
    Watched(const Watched&) = delete;
    Watched& operator=(const Watched&) = delete;
};

/// From here on a wrong access ends this process, a child; `say` is told before: "stage 'forward' writes to byte 0 past
/// the end of output 0".
void report_faults(std::function<void(const std::string& what)> say);

}  // namespace plexus
