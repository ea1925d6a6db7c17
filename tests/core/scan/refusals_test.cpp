// What a scan refuses, and in which words.
#include <doctest/doctest.h>

#include <string>

#include "plexus/text.hpp"
#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

std::string refused(const std::string& attributes, const std::vector<TensorType>& inputs = {{{2, 3, 4}}}) {
    return refusal(Kind::layer, "scan", attributes, inputs);
}

const std::string cell = "network: [concatenate: {inputs: [input, h]}, dense: {name: d, units: 5}]";

}  // namespace

TEST_CASE("scan: states, next values and the output are refused where they mean nothing") {
    CHECK(refused("{" + cell + ", states: {h: 5}}") ==
          "test:1:92: nothing says what state 'h' becomes after a step: write next: {h: NODE}");
    CHECK(refused("{" + cell + ", states: {h: 5}, next: {h: d, g: d}}").find("there is no state 'g'; ") !=
          std::string::npos);
    CHECK(refused("{" + cell + ", states: {h: 5}, next: {h: e}}")
              .find("there is no node and no state called 'e'; there are concatenate_1, d, h, input") !=
          std::string::npos);
    CHECK(refused("{" + cell + ", states: {h: 6}, next: {h: d}}") ==
          "test:1:2: scan 'scan': state 'h' is float32 [2, 6], but what it becomes, dense 'd', is float32 [2, 5]; both "
          "must be alike");
    CHECK(refused("{" + cell + ", states: {h: 5}, next: {h: d.1}}") ==
          "test:1:2: scan 'scan': dense 'd' has no output 1; it has 1");
    CHECK(refused("{" + cell + ", states: {h: 5, g: 5}, next: {h: d, g: d}}") ==
          "test:1:98: nobody reads state 'g': remove it, or name it in the 'inputs' of a node");
    CHECK(refused("{" + cell + ", states: {h: 0}, next: {h: d}}")
              .find("state 'h' is 0; it must be the shape of one sample's state: [64]") != std::string::npos);
    CHECK(refused("{" + cell + ", states: {h: [5, a]}, next: {h: d}}")
              .find("state 'h' is [5, a]; it must be the shape of one sample's state: [64]") != std::string::npos);
    CHECK(refused("{" + cell + ", states: [h], next: {h: d}}")
              .find("'states' must be a map of names and shapes: {h: [64]}") != std::string::npos);
    CHECK(refused("{" + cell + ", states: {h: 5}, next: d}")
              .find("'next' must be a map of states and what they become: {h: NODE}") != std::string::npos);
    CHECK(refused("{" + cell + ", states: {input: 5}, next: {input: d}}").find("'input' cannot be a node's name") !=
          std::string::npos);
    CHECK(refused("{" + cell + ", states: {d: 5}, next: {d: d}}").find("'h'") != std::string::npos);
    CHECK(refused("{network: [dense: {name: h, units: 5}], states: {h: 5}, next: {h: h}}")
              .find("a node of the network is called 'h' too; give one of the two another name") != std::string::npos);
    CHECK(refused("{" + cell + ", states: {h: 5}, next: {h: d}, output: h}")
              .find("the output must be that of a node; 'h' is none") != std::string::npos);
    CHECK(refused("{" + cell + ", states: {h: 5}, next: {h: 5}}")
              .find("scan 'next' must be a node's name or a map of such names; 'h' is") != std::string::npos);
}

TEST_CASE("scan: a network is refused as the program's own, and what keeps something beside") {
    CHECK(refused("{network: []}").find("must be a node or a list of nodes") != std::string::npos);
    CHECK(refused("{states: {h: 5}}").find("scan wants 'network', a node or a list of nodes") != std::string::npos);
    CHECK(refused("{network: [dens: {units: 5}]}").find("there is no layer 'dens'; did you mean 'dense'?") !=
          std::string::npos);
    CHECK(refused("{network: [dense: {name: a, units: 5}, dense: {units: 5, inputs: input}]}")
              .find("nobody reads dense 'a': remove it, or name it in the 'inputs' of another node, or beside the "
                    "network") != std::string::npos);
    CHECK(refused("{network: [add: {name: a, inputs: [input, b]}, tanh: {name: b}]}")
              .find("a cycle: add 'a' -> tanh 'b' -> add 'a'; a node cannot read what depends on its own output") !=
          std::string::npos);
    CHECK(refused("{network: [dense: {units: 5}, batch_normalization: {name: b}]}") ==
          "test:1:38: batch_normalization 'b': it keeps 'moving_mean', which a node in the network of one step cannot "
          "do; put it before or after");
    CHECK(refused("{network: [flatten, dense: {units: 3, inputs: input}]}").find("nobody reads flatten") !=
          std::string::npos);
    CHECK(refused("{network: [dense: {name: d, units: 3}]}", {{{2, 3, 4, 5, 2}}}).find("(from 'input', test:1:18)") !=
          std::string::npos);
}

TEST_CASE("scan: more parameters than a step can have are refused") {
    CHECK(refused("{network: [dense: {units: 1, repeat: 120}]}") == "");
    CHECK(refused("{network: [dense: {units: 1, repeat: 121}]}") ==
          "test:1:2: scan 'scan': its network has 242 parameters; at most 240 go into one step");
}

TEST_CASE("scan: inputs of another form are refused") {
    const std::string good = "{" + cell + ", states: {h: 5}, next: {h: d}}";
    CHECK(refused(good, {{{2}}}) ==
          "test:1:2: scan 'scan': input has shape [2] (from the data); wanted are steps: [batch, steps, ...]");
    CHECK(refused(good, {{{2, 3, 4}}, {{2, 4}}}) ==
          "test:1:2: scan 'scan': input 1 is float32 [2, 4] (from the data); state 'h' is float32 [2, 5]");
    CHECK(refused(good, {{{2, 3, 4}}, {{2, 2}, Element::int32}}) ==
          "test:1:2: scan 'scan': input 1 is int32 [2, 2] (from the data); lengths are int32 [2]");
    CHECK(refused(good, {{{2, 3, 4}}, {{2, 5}}, {{2, 5}}}) ==
          "test:1:2: scan 'scan': inputs have 2 of 1 states; an initial state is all of them or none, before the "
          "lengths");
}
