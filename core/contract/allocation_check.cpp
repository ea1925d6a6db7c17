#include "core/contract/allocation_check.hpp"

#include <map>
#include <memory>

#include "core/contract/allocation_watch.hpp"
#include "core/contract/running.hpp"
#include "core/contract/serial_run.hpp"
#include "plexus/text.hpp"

namespace plexus {

Findings check_allocation(const Example& example) {
    constexpr int steps = 3;
    Findings findings;
    for (const Mode mode : modes_of(example)) {
        Running running(example, {.mode = mode});
        std::map<std::string, std::size_t> calls;  // per stage
        std::unique_ptr<SerialRun> run;            // kept until the results are copied out of its arena
        for (int step = 0; step <= steps; ++step)
            running.run([&](Plan& plan, const Bindings& bindings, const StepInput& input) {
                run = std::make_unique<SerialRun>(plan, bindings, input, 1, 0);
                return run->run([&](Op& op) {
                    std::size_t counted = 0;
                    {
                        const AllocationWatch watch;
                        run->run_operation(op);
                        counted = watch.calls();
                    }
                    if (step > 0 && counted != 0)
                        calls[plan.nodes[op.node].stages[op.stage].name] += counted;
                });
            });
        for (const auto& [stage, count] : calls)
            findings.push_back(
                {"allocation", text(to_string(example), ", ", to_string(mode)),
                 text("stage '", stage, "' calls the allocator ", count, " times in ", steps, " steps")});
    }
    return findings;
}

}  // namespace plexus
