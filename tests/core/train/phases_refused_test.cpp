// What programs of several phases get when they are wrong: one message, with its place.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "core/plugin/types.hpp"
#include "core/train/network_inputs.hpp"
#include "core/train/optimizers.hpp"
#include "core/train/phase_cycle.hpp"
#include "core/train/training_samples.hpp"
#include "tests/support/stepper.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

const std::string good = R"(data: {source: {synthetic: {shape: [4, 4, 1], classes: 3, samples: 32}}}
networks:
  maker:
    - dense: {units: 16}
    - reshape: {target_shape: [4, 4, 1]}
  judge:
    - flatten
    - dense: {units: 1}
phases:
  - first:
      nodes:
        - rescaling: {name: scaled, scale: 0.01}
        - judge: {name: on_real, inputs: scaled}
        - normal_noise: {name: z, shape: [5]}
        - maker: {name: made, inputs: z}
        - judge: {name: on_made, inputs: made}
      loss:
        - sigmoid_cross_entropy: {name: real, inputs: on_real, target: 1}
        - sigmoid_cross_entropy: {name: forged, inputs: on_made, target: 0}
      updates: judge
  - second:
      nodes:
        - judge: {name: verdict, inputs: made}
      loss: {sigmoid_cross_entropy: {inputs: verdict, target: 1}}
      updates: maker
train: {epochs: 1, batch: 8, optimizer: {sgd: {learning_rate: 0.1}}}
)";

/// What is said of the program with a part of it replaced.
std::string refusal(const std::string& part, const std::string& by) {
    std::string text = good;
    if (!part.empty()) {
        REQUIRE(text.find(part) != std::string::npos);
        text.replace(text.find(part), part.size(), by);
    }
    const Environment& environment = shipped_plugins();
    try {
        const Session session = open_session(environment, parse_program(text, "a.yaml", ".", {}, environment.types()));
        const Optimizers optimizers{environment, session};
        const PhaseCycle cycle{session.program};
        Executor executor{{.threads = 1}};
        if (session.program.samples)
            (void)TrainingSamples(environment, session, executor, 1);
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("phases: each fault of a program has its message") {
    REQUIRE(refusal("", "") == "");
    const std::vector<std::tuple<std::string, std::string, std::string>> cases{
        {"updates: judge", "updates: [judge, maker]",
         "a.yaml:24:14: phase 'second' uses 'made', which phase 'first' computed with network 'maker' before phase "
         "'first' updated it: call 'maker' again in phase 'second'"},
        {"inputs: verdict, target: 1", "inputs: on_real, target: 1", "nobody reads dense 'verdict/dense_1'"},
        {"judge: {name: verdict, inputs: made}", "judge: {name: verdict, inputs: scaled}",
         "a.yaml:24:14: phase 'second' updates network 'maker', but no gradient of its loss comes to a weight of it: "
         "the loss must depend on a call of 'maker', without a stop_gradient between"},
        {"judge: {name: on_real, inputs: scaled}", "judge: {name: on_real, inputs: z}",
         "a.yaml:13:42: 'z' stands further down; a node of a phase reads what stands above it"},
        {"judge: {name: on_made, inputs: made}", "judge: {name: on_made, inputs: z}",
         "a.yaml:16:11: 'on_made' calls network 'judge' with other shapes than 'on_real' (a.yaml:13:11): flatten "
         "'on_made/flatten_1' has float32 [8, 5] instead of float32 [8, 4, 4, 1]; all calls of a network must have "
         "the same"},
        {"inputs: scaled}", "inputs: verdict}",
         "a.yaml:13:42: 'verdict' is computed by phase 'second', which comes later; a phase reads what it or a phase "
         "before it computes: move phase 'second' up, or compute it here"},
        {", optimizer: {sgd: {learning_rate: 0.1}}", "",
         "a.yaml:10:5: phase 'first' updates 'judge' and has no optimizer; give it one, or all phases one under "
         "'train': optimizer: {TYPE: {...}}"},
        {"normal_noise: {name: z, shape: [5]}", "normal_noise: {name: z}", "shape"},
        {"updates: maker", "updates: makers", "a.yaml:25:16: there is no network 'makers'; did you mean 'maker'?"},
        {"- maker: {name: made", "- makre: {name: made",
         "a.yaml:15:11: there is no layer and no network 'makre'; did you mean 'maker'?"},
        {"- maker: {name: made, inputs: z}", "- maker: {name: made, inputs: z, units: 3}",
         "a.yaml:15:42: a call of network 'maker' has no 'units'; it has name, inputs, repeat"},
        {"  judge:\n    - flatten", "  dense:\n    - flatten",
         "a.yaml:6:3: a network cannot be called 'dense', for a type is; give it another name"},
        {"  judge:\n    - flatten", "  other: [relu]\n  judge:\n    - flatten",
         "a.yaml:6:10: no phase calls network 'other'"},
        {"      updates: maker\n", "      updates: maker\n      optimiser: sgd\n",
         "a.yaml:26:7: a phase has no 'optimiser'; did you mean 'optimizer'?"},
        {"  - second:\n", "  - first:\n", "a.yaml:21:5: another phase is called 'first' (a.yaml:10:5)"},
        {"batch: 8", "batch: 8, epoch_of: third", "a.yaml:26:40: there is no phase 'third'; there are first, second"},
        {"train: {", "loss: wasserstein\ntrain: {",
         "a.yaml:26:7: beside 'networks' and 'phases' there is no 'loss': move it into the phase that it is of"},
        {"train: {", "samples: {network: judge}\ntrain: {",
         "a.yaml:26:10: network 'judge' puts out float32 [1]; a picture is made of [height, width] or [height, width, "
         "1 or 3]: let the network end with a reshape"},
        {"train: {", "samples: {network: make}\ntrain: {",
         "a.yaml:26:20: there is no network 'make'; did you mean 'maker'?"},
        {"train: {", "samples: {network: maker, range: [1, -1]}\ntrain: {",
         "a.yaml:26:34: 'range' wants two numbers, those that are black and white: [-1, 1]"},
        {"train: {", "warnings: [{metrics: [acuracy], above: 1, reason: x}]\ntrain: {",
         "the program has no metric 'acuracy'"},
        {"train: {", "warnings: [{metrics: [first.loss], reason: x}]\ntrain: {",
         "a.yaml:26:12: a warning wants at least one metric, and 'above' or 'below'"},
    };
    for (const auto& [part, by, expected] : cases) {
        CAPTURE(by);
        const std::string said = refusal(part, by);
        if (expected.starts_with("a.yaml"))
            CHECK(said == expected);
        else
            CHECK(said.find(expected) != std::string::npos);
    }
}
