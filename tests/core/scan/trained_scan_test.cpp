// A scan in a program: its weights are trained, saved and resumed, and its text is stored.
#include <doctest/doctest.h>

#include <string>

#include "core/program/program.hpp"
#include "plexus/analysis.hpp"
#include "plexus/error.hpp"
#include "plexus/override.hpp"
#include "plexus/text.hpp"
#include "tests/core/train/trained.hpp"
#include "tests/support/process.hpp"
#include "tests/support/stepper.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

std::string program(int epochs) {
    return text(R"(
data: {source: {synthetic: {shape: [6, 5], classes: 3, samples: 48}}, holdout: 8}
network:
  - scan:
      name: rnn
      states: {h: [8]}
      network:
        - concatenate: {inputs: [input, h]}
        - dense: {name: cell, units: 8, activation: tanh}
        - dropout: {rate: 0.2}
      next: {h: cell}
      return_sequences: true
  - time_distributed: {name: each, layer: {dense: {units: 4, activation: relu}}}
  - flatten
  - dense: {units: 3}
loss: softmax_cross_entropy
metrics: [accuracy]
train: {epochs: )",
                epochs, R"(, batch: 12, shard: 4, optimizer: {adam: {learning_rate: 0.01}}}
)");
}

}  // namespace

TEST_CASE("scan: a run that was stopped and resumed is the run that was not, with any number of threads") {
    Watcher unbroken;
    train_in("scan_whole", program(3), unbroken, {.threads = 1});
    CHECK(unbroken.epochs.back().training[0].second < unbroken.epochs.front().training[0].second);
    for (const std::uint64_t steps : {1, 4, 6}) {
        Watcher first(steps);
        train_in("scan_parts", program(3), first, {.threads = 3});
        Watcher second;
        train_in("scan_parts", program(3), second, {.resume = "scan_parts/last.h5", .threads = 2});
        for (const char* name : {"last.h5", "best.h5", "metrics.csv", "graph.yaml"}) {
            CAPTURE(name);
            CHECK(bytes_of(std::filesystem::path("scan_whole") / name) ==
                  bytes_of(std::filesystem::path("scan_parts") / name));
        }
    }
}

TEST_CASE("scan: its text is stored expanded, with every default, and is read again as the same program") {
    const Types& types = shipped_plugins().types();
    const Program once = parse_program(program(1), "test.yaml", ".", {}, types);
    const std::string stored = to_yaml(once.text);
    CAPTURE(stored);
    CHECK(stored.find("next: {h: cell_tanh}") != std::string::npos);
    CHECK(stored.find("- tanh: {name: cell_tanh}") != std::string::npos);
    CHECK(stored.find("name: dense_1") != std::string::npos);
    CHECK(stored.find("go_backwards: false") != std::string::npos);
    const Program again = parse_program(stored, "stored", ".", {}, types);
    CHECK(to_yaml(again.text) == stored);
}

TEST_CASE("scan: what is inside of it can be set from the command line") {
    const Types& types = shipped_plugins().types();
    const Override change{"network.rnn.network.dropout_1.rate", "0.5"};
    const Program changed = parse_program(program(1), "test.yaml", ".", {&change, 1}, types);
    CHECK(to_yaml(changed.text).find("rate: 0.5") != std::string::npos);
    const Override layer{"network.each.layer.dense.units", "9"};
    CHECK(to_yaml(parse_program(program(1), "test.yaml", ".", {&layer, 1}, types).text).find("units: 9") !=
          std::string::npos);
}

TEST_CASE("scan: a value that is not finite is traced to the node and the step inside") {
    const std::string growing = R"(
data: {source: {synthetic: {shape: [4, 3], classes: 3, samples: 8}}}
network:
  - scan:
      name: rnn
      states: {h: 3}
      network:
        - rescaling: {name: much, scale: 1.0e+18, inputs: h}
        - add: {name: sum, inputs: [input, much]}
      next: {h: sum}
  - dense: {units: 3}
loss: softmax_cross_entropy
train: {epochs: 1, batch: 4, optimizer: {sgd: {learning_rate: 0.1}}}
)";
    Watcher watcher;
    std::string message;
    try {
        train_in("scan_growing", growing, watcher);
    } catch (const RunError& error) {
        message = error.what();
    }
    CAPTURE(message);
    CHECK(message.find(
              "scan 'rnn', forward: output 0 of sample 0, at [0] of [3], in it rescaling 'much', forward: output "
              "0 of sample 0, at [0] of [3], step 3") != std::string::npos);
}

TEST_CASE("scan: in a program of less precision the network inside is of less, too") {
    Watcher watcher;
    train_in("scan_narrow", program(2), watcher, {.overrides = {{"train.precision", "emulated_bf16"}}});
    CHECK(watcher.epochs.back().training[0].second < watcher.epochs.front().training[0].second);
}

TEST_CASE("scan: a drawing has the types of the nodes inside") {
    write_text("scan_drawn.yaml", program(1));
    const std::string dot = draw(shipped_plugins(), "scan_drawn.yaml", {});
    CHECK(dot.find("\n- concatenate\n- dense\n- tanh\n- dropout") != std::string::npos);
}
