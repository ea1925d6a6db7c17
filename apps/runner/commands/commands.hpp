// The commands of the runner, one source each.
#pragma once
#include <vector>

#include "apps/runner/options/command.hpp"

namespace runner {

[[nodiscard]] Command train_command();
[[nodiscard]] Command evaluate_command();
[[nodiscard]] Command predict_command();
[[nodiscard]] Command generate_command();
[[nodiscard]] Command inspect_command();
[[nodiscard]] Command plugins_command();
[[nodiscard]] Command check_command();
[[nodiscard]] Command draw_command();
[[nodiscard]] Command bench_command();
[[nodiscard]] Command new_command();

/// In the order of `runner --help`.
[[nodiscard]] inline std::vector<Command> all_commands() {
    return {train_command(), evaluate_command(), predict_command(), generate_command(), inspect_command(),
            check_command(), draw_command(),     bench_command(),   plugins_command(),  new_command()};
}

}  // namespace runner
