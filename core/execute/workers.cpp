// ThreadSanitizer does not see how TBB hands a task over, for Debian's TBB is built without it. So this file is too,
// and what it calls begins with an acquire and ends with a release of its own.
#include "core/execute/workers.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include "core/diagnostic/signal_stack.hpp"

namespace plexus {

struct Workers::Parts {
    explicit Parts(std::size_t threads)
        : limit(oneapi::tbb::global_control::max_allowed_parallelism, threads),
          arena(static_cast<int>(threads)),
          // Floating-point settings travel with a context's tasks: a thread's own do not survive TBB's scheduler.
          context(oneapi::tbb::task_group_context::isolated,
                  oneapi::tbb::task_group_context::default_traits | oneapi::tbb::task_group_context::fp_settings),
          group(context) {}

    oneapi::tbb::global_control limit;
    oneapi::tbb::task_arena arena;
    oneapi::tbb::task_group_context context;
    oneapi::tbb::task_group group;
};

Workers::Workers(std::size_t threads) : count_(threads), parts_(std::make_unique<Parts>(threads)) {}
Workers::~Workers() = default;

void Workers::run(std::size_t others, void (*work)(void* state), void* state) {
    parts_->arena.execute([&] {
        for (std::size_t i = 0; i < others; ++i)
            parts_->group.run([work, state] {
                ensure_signal_stack();
                work(state);
            });
        work(state);
        parts_->group.wait();
    });
}

std::size_t Workers::available() {
    return static_cast<std::size_t>(oneapi::tbb::info::default_concurrency());
}

std::size_t Workers::index() {
    return static_cast<std::size_t>(oneapi::tbb::this_task_arena::current_thread_index());
}

}  // namespace plexus
