#include "core/execute/profile.hpp"

#include <algorithm>

namespace plexus {

void StepProfile::prepare(const Plan& plan, std::size_t worker_count) {
    ops.resize(plan.ops.size());
    tasks.resize(plan.tasks.size());
    workers.resize(worker_count);
    for (Worker& worker : workers)
        // Waits that nothing lies between are one, so there is at most one before each task and one at the end.
        worker.waits.reserve(plan.tasks.size() + 1);
    clear();
}

void StepProfile::clear() noexcept {
    std::fill(ops.begin(), ops.end(), Span{});
    std::fill(tasks.begin(), tasks.end(), Span{});
    for (Worker& worker : workers) {
        worker.entered = worker.left = 0;
        worker.waits.clear();
        worker.waited_last = false;
    }
}

void StepProfile::enter(std::size_t worker, std::int64_t time) noexcept {
    // A thread that comes again, after the last task, has entered before.
    if (workers[worker].entered == 0)
        workers[worker].entered = time;
}

void StepProfile::waited(std::size_t worker, std::int64_t begin, std::int64_t end) noexcept {
    Worker& w = workers[worker];
    if (w.waited_last)
        w.waits.back().end = end;
    else
        w.waits.push_back({begin, end});
    w.waited_last = true;
}

}  // namespace plexus
