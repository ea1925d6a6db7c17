// Plans the training of chains of many nodes and prints what it took: for tests/bench/planning to draw.
//   planning NODES ...      each line: nodes, seconds to read the text and infer its shapes, seconds for the plan
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "core/train/planned.hpp"
#include "tests/support/stepper.hpp"

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Dense layers of eight units, each with a relu behind it.
std::string chain(long nodes) {
    std::string text = "data: {source: {synthetic: {shape: [8], classes: 8}}}\nnetwork:\n";
    for (long n = 0; n < nodes; ++n)
        text += n % 2 == 0 ? "  - dense: {units: 8}\n" : "  - relu\n";
    return text + "loss: softmax_cross_entropy\ntrain: {batch: 32, optimizer: {sgd: {learning_rate: 0.1}}}\n";
}

void measure(long nodes) {
    using namespace plexus;
    const Environment& environment = test::shipped_plugins();
    const std::string text = chain(nodes);
    double best_read = 1e9, best_plan = 1e9;
    for (int time = 0; time < 3; ++time) {
        const auto start = Clock::now();
        const Session session =
            open_session(environment, parse_program(text, "chain.yaml", ".", {}, environment.types()));
        const Optimizers optimizers{environment, session};
        best_read = std::min(best_read, seconds_since(start));
        const auto middle = Clock::now();
        const Plan plan = plan_step(session, Mode::training, optimizers, 2);
        best_plan = std::min(best_plan, seconds_since(middle));
    }
    std::printf("%ld %.6f %.6f\n", nodes, best_read, best_plan);
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) try {
    for (int i = 1; i < argc; ++i)
        measure(std::atol(argv[i]));
    return 0;
} catch (const std::exception& error) {
    return std::fprintf(stderr, "%s\n", error.what()), 1;
}
