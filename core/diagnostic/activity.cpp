#include "core/diagnostic/activity.hpp"

#include <atomic>

namespace plexus {
namespace {

// Read by a signal handler, so it must be there without being made first: as the initial-exec model has it.
[[gnu::tls_model("initial-exec")]] constinit thread_local const Activity* running = nullptr;

void set(const Activity* activity) noexcept {
    running = activity;
    // What is stored to an activity after this is not seen before it, nor the other way round, by a handler here.
    std::atomic_signal_fence(std::memory_order_seq_cst);
}

}  // namespace

Activity::Activity() noexcept : outer_(running) {
    set(this);
}

Activity::~Activity() {
    set(outer_);
}

const Activity* Activity::current() noexcept {
    return running;
}

Activity::Shared::Shared(const Activity* activity) noexcept : before_(running) {
    set(activity);
}

Activity::Shared::~Shared() {
    set(before_);
}

}  // namespace plexus
