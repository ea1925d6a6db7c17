// By itself: its checks fork, which ThreadSanitizer allows in a process without threads alone.
#include <doctest/doctest.h>

#include <string>

#include "plexus/plugin_check.hpp"
#include "plexus/text.hpp"
#include "tests/support/stepper.hpp"

using namespace plexus;
using namespace plexus::test;

TEST_CASE("scan: keeps the promises of a layer") {
    Environment::PluginInfo own{"libplexus", "plexus", "", {{Kind::layer, "scan"}, {Kind::layer, "time_distributed"}}};
    for (const std::string use :
         {"scan {network: [concatenate: {inputs: [input, h]}, dense: {name: d, units: 5, activation: tanh}], states: "
          "{h: 5}, next: {h: d}} on float32 [5, 3]",
          "scan {network: [add: {name: sum, inputs: [input, h]}, dense: {name: y, units: 2}], states: {h: [3]}, next: "
          "{h: sum}, output: y, return_sequences: true, return_state: true, go_backwards: true} on float32 [4, 3] "
          "float32 [3]",
          "time_distributed {layer: {dense: {units: 2}}} on float32 [5, 3]"}) {
        CAPTURE(use);
        for (const CheckedType& checked : check_plugin(shipped_plugins(), own, {.use = use})) {
            CHECK(checked.passed.size() > 5);
            for (const CheckFinding& finding : checked.findings)
                FAIL_CHECK(text(finding.check, ": ", finding.subject, ": ", finding.what));
        }
    }
}
