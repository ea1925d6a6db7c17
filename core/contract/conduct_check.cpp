#include "core/contract/conduct_check.hpp"

#include <memory>

#include "core/contract/running.hpp"
#include "core/contract/serial_run.hpp"
#include "core/contract/supervised.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

void run_watched(const Example& example, Mode mode) {
    const std::string in_mode{to_string(mode)};
    std::unique_ptr<Running> running;
    supervised_call(in_mode + ": planning", {},
                    [&] { running = std::make_unique<Running>(example, RunOptions{.mode = mode}); });
    std::unique_ptr<SerialRun> run;  // kept until the results are copied out of its arena
    running->run([&](Plan& plan, const Bindings& bindings, const StepInput& input) {
        run = std::make_unique<SerialRun>(plan, bindings, input, 1, 0);
        return run->run([&](Op& op) {
            supervised_call(text(in_mode, ": stage '", plan.nodes[op.node].stages[op.stage].name, "'"), {},
                            [&] { run->run_operation(op); });
        });
    });
}

}  // namespace

Findings check_conduct(const Example& example, bool fork) {
    const std::vector<Mode> modes = modes_of(example);
    return supervise({.check = "conduct", .subject = to_string(example), .fork = fork}, [&] {
        for (const Mode mode : modes)
            run_watched(example, mode);
    });
}

}  // namespace plexus
