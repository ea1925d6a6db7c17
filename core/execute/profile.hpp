// Where the time of one step went: when each task and operation ran, on which worker, and when a worker waited.
#pragma once
#include <chrono>
#include <cstdint>
#include <vector>

#include "core/plan/plan.hpp"

namespace plexus {

/// Filled by Executor::run() where StepInput::profile points to one. Times are nanoseconds of the steady clock. The
/// operations of a task follow one another without a gap: the end of one is the start of the next.
struct StepProfile {
    struct Span {
        std::int64_t begin = 0;
        std::int64_t end = 0;  ///< 0: did not run
        std::uint32_t worker = 0;
    };
    /// A worker was there with nothing to take.
    struct Wait {
        std::int64_t begin = 0;
        std::int64_t end = 0;
    };
    struct Worker {
        std::int64_t entered = 0;  ///< 0: did not come before the step was done
        std::int64_t left = 0;
        std::vector<Wait> waits;
        bool waited_last = false;  ///< and has taken nothing since: the next wait continues the last one
    };

    std::vector<Span> ops;    ///< per Plan::ops
    std::vector<Span> tasks;  ///< per Plan::tasks
    std::vector<Worker> workers;

    /// Makes room, so that nothing is allocated while a step runs.
    void prepare(const Plan& plan, std::size_t worker_count);
    /// Forgets the step before.
    void clear() noexcept;

    [[nodiscard]] static std::int64_t now() noexcept {
        using std::chrono::nanoseconds, std::chrono::steady_clock;
        return std::chrono::duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
    }
    void enter(std::size_t worker, std::int64_t time) noexcept;
    void waited(std::size_t worker, std::int64_t begin, std::int64_t end) noexcept;
};

}  // namespace plexus
