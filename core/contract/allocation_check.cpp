#include "core/contract/allocation_check.hpp"

#include <map>
#include <memory>

#include "core/contract/allocation_watch.hpp"
#include "core/contract/running.hpp"
#include "core/contract/serial_run.hpp"
#include "plexus/text.hpp"

namespace plexus {

namespace {

Findings allocations_of(const Example& example, const RunOptions& options, int steps) {
    Running running(example, options);
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
    Findings findings;
    for (const auto& [stage, count] : calls)
        findings.push_back({"allocation", text(to_string(example), ", ", to_string(options.mode)),
                            text("stage '", stage, "' calls the allocator ", count, " times in ", steps, " steps of ",
                                 options.batch, " samples")});
    return findings;
}

}  // namespace

Findings check_allocation(const Example& example) {
    constexpr std::int64_t large_shard = 65;  // for which what is kept for few samples does not do
    Findings findings;
    for (const Mode mode : modes_of(example)) {
        append(findings, allocations_of(example, {.mode = mode}, 3));
        if (findings.empty())
            append(findings,
                   allocations_of(example, {.batch = 2 * large_shard, .shard = large_shard, .mode = mode}, 1));
    }
    return findings;
}

}  // namespace plexus
