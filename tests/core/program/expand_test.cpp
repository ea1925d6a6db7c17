#include <doctest/doctest.h>

#include "tests/core/program/small_types.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

/// "name<input,input name ..." of all nodes.
std::string flat(const std::string& nodes) {
    const Program p = parse_program(with_network(nodes), "a.yaml", "/", {}, small_types());
    std::string result;
    for (const NodeText& node : p.networks[0].nodes) {
        result += (result.empty() ? "" : " ") + node.name;
        for (const Value& input : node.inputs)
            result += (&input == &node.inputs.front() ? "<" : ",") + input.string();
    }
    return result;
}

std::string node_refusal(const std::string& nodes) {
    return refusal(with_network(nodes));
}

}  // namespace

TEST_CASE("expand: automatic names count the nodes of a type that have none, and pass over given ones") {
    CHECK(flat("  - flatten\n  - dense: {units: 1}\n  - dense: {units: 1, name: mine}\n  - dense: {units: 1}\n") ==
          "flatten_1 dense_1 mine dense_2");
    CHECK(flat("  - dense: {units: 1}\n  - dense: {units: 1, name: dense_1}\n") == "dense_2 dense_1");
}

TEST_CASE("expand: an activation is a node of its own, which others mean by the node's name") {
    CHECK(flat("  - dense: {units: 1, name: a, activation: relu}\n"
               "  - dense: {units: 1, activation: {relu: {slope: 0.1}}}\n"
               "  - add: {inputs: [a, dense_1]}\n") == "a a_relu dense_1 dense_1_relu add_1<a_relu,dense_1_relu");
    const Program p = parse_program(with_network("  - dense: {units: 1, activation: {relu: {slope: 0.1}}}\n"), "a.yaml",
                                    "/", {}, small_types());
    CHECK_FALSE(p.networks[0].nodes[0].use.attributes.has("activation"));
    CHECK(p.networks[0].nodes[1].use.attributes.get<double>("slope") == 0.1);
    CHECK(flat("  - dense: {units: 1, activation: null}\n") == "dense_1");
}

TEST_CASE("expand: a repeated node is several in a row, and its name means the last") {
    CHECK(flat("  - flatten\n  - dense: {units: 1, name: d, repeat: 3, inputs: flatten_1}\n  - add: {inputs: [d, "
               "flatten_1]}\n") == "flatten_1 d_1<flatten_1 d_2 d_3 add_1<d_3,flatten_1");
    CHECK(flat("  - dense: {units: 1, repeat: 2, activation: relu}\n") ==
          "dense_1_1 dense_1_1_relu dense_1_2 dense_1_2_relu");
}

TEST_CASE("expand: a block's names are its own, and input is what it reads") {
    const char* residual =
        "  - flatten\n"
        "  - block:\n"
        "      name: stage\n"
        "      repeat: 2\n"
        "      nodes:\n"
        "        - dense: {name: a, units: 8, activation: relu}\n"
        "        - dense: {units: 8}\n"
        "        - add: {inputs: [dense_1, input, a]}\n"
        "  - add: {inputs: [stage, flatten_1, stage_1_a]}\n";
    CHECK(flat(residual) ==
          "flatten_1 stage_1_a stage_1_a_relu stage_1_dense_1 stage_1_add_1<stage_1_dense_1,flatten_1,stage_1_a_relu "
          "stage_2_a stage_2_a_relu stage_2_dense_1 stage_2_add_1<stage_2_dense_1,stage_1_add_1,stage_2_a_relu "
          "add_1<stage_2_add_1,flatten_1,stage_1_a");
}

TEST_CASE("expand: names are looked up inside first, then outward; blocks may be inside blocks") {
    CHECK(flat("  - dense: {name: a, units: 1}\n"
               "  - dense: {name: b, units: 1}\n"
               "  - block:\n"
               "      inputs: [a, b]\n"
               "      nodes:\n"
               "        - add\n"
               "        - dense: {name: a, units: 1}\n"
               "        - block:\n"
               "            name: inner\n"
               "            nodes:\n"
               "              - dense: {units: 2}\n"
               "              - add: {inputs: [a, b, input]}\n"
               "        - add: {inputs: [inner, input.1, input]}\n") ==
          "a b block_1_add_1<a,b block_1_a block_1_inner_dense_1 block_1_inner_add_1<block_1_a,b,block_1_a "
          "block_1_add_2<block_1_inner_add_1,b,a");
}

TEST_CASE("expand: at the beginning of a network, input is what the network reads") {
    CHECK(flat("  - block: {name: b, nodes: [dense: {units: 1}, add: {inputs: [dense_1, input]}]}\n") ==
          "b_dense_1 b_add_1<b_dense_1,input");
}

TEST_CASE("expand: a model becomes a network, and the file's own sections win") {
    const Program p =
        parse_program("data: {source: {synthetic: {shape: [8]}}, shuffle: false}\nmodel: {mlp: {units: 7}}\n", "a.yaml",
                      "/", {}, small_types());
    REQUIRE(p.networks[0].nodes.size() == 3);
    CHECK(p.networks[0].nodes[1].name == "hidden");
    CHECK(p.networks[0].nodes[1].use.attributes.get<int>("units") == 7);
    CHECK(p.networks[0].nodes[2].name == "head_fc");
    CHECK(p.phases.at(0).losses.at(0).use.type == "softmax_cross_entropy");
    CHECK(p.data.holdout == 0.25);
    CHECK_FALSE(p.data.shuffle);
    CHECK(p.text.find("model") == nullptr);
    CHECK(p.networks[0].nodes[1].use.position.chain == "in model mlp, hidden");
    CHECK(p.networks[0].nodes[2].use.position.chain == "in model mlp, head/fc");
    CHECK(to_string(p.networks[0].nodes[2].use.position) == "a.yaml:2:9");
    CHECK(refusal("data: {source: {synthetic: {shape: [8]}}}\nmodel: {mlp: {classes: 0}}\n") ==
          "a.yaml:2:9: dense 'units' is 0; it must be at least 1 (in model mlp, head/fc)");
    CHECK(refusal("data: {source: {synthetic: {shape: [8]}}}\nmodel: mlp\nnetwork: [flatten]\n") ==
          "a.yaml:3:10: model 'mlp' (a.yaml:2:8) makes the network; leave out 'network' or 'model'");
}

TEST_CASE("expand: a model among the nodes becomes a block; input.* is all that it reads") {
    CHECK(flat("  - dense: {name: a, units: 1}\n"
               "  - dense: {name: b, units: 1}\n"
               "  - twin: {name: t, inputs: [a, b]}\n"
               "  - relu\n"
               "  - add: {inputs: [t, t_left]}\n") == "a b t_left<a t_sum<a,b,t_left relu_1 add_1<t_sum,t_left");
    CHECK(
        flat("  - twin\n  - twin: {repeat: 2}\n") ==
        "twin_1_left<input twin_1_sum<input,twin_1_left twin_2_1_left<twin_1_sum twin_2_1_sum<twin_1_sum,twin_2_1_left "
        "twin_2_2_left<twin_2_1_sum twin_2_2_sum<twin_2_1_sum,twin_2_2_left");
    CHECK(flat("  - block: {name: b, nodes: [relu, twin]}\n  - add: {inputs: [b, b_relu_1]}\n") ==
          "b_relu_1 b_twin_1_left<b_relu_1 b_twin_1_sum<b_relu_1,b_twin_1_left add_1<b_twin_1_sum,b_relu_1");
    CHECK(flat("  - add: {inputs: [input.*, input]}\n") == "add_1<input,input");
    const Program p = parse_program(with_network("  - twin: {units: 3}\n"), "a.yaml", "/", {}, small_types());
    CHECK(p.networks[0].nodes[0].use.attributes.get<int>("units") == 3);
    CHECK(p.networks[0].nodes[0].use.position.chain == "in model twin, left");
    CHECK(p.text.find("twin:") == nullptr);
}

TEST_CASE("expand: each fault of a model among the nodes has its message") {
    CHECK(node_refusal("  - twin: {units: 0}\n") ==
          "a.yaml:3:5: dense 'units' is 0; it must be at least 1 (in model twin, left)");
    CHECK(node_refusal("  - twin: {unit: 3}\n") == "a.yaml:3:12: twin has no attribute 'unit'; did you mean 'units'?");
    CHECK(node_refusal("  - mlp\n") ==
          "a.yaml:3:5: model 'mlp' makes 'loss' beside its network, so it is no node; write model: {mlp: {...}}");
}

TEST_CASE("expand: each fault of a node has its message") {
    const std::pair<std::string, std::string> cases[] = {
        {"  - dens: {units: 3}\n", "a.yaml:3:5: there is no layer 'dens'; did you mean 'dense'?"},
        {"  - accuracy\n", "a.yaml:3:5: there is no layer 'accuracy'; 'accuracy' is of the kind metric"},
        {"  - dense\n", "a.yaml:3:5: dense wants 'units', a whole number: size of the output"},
        {"  - dense: {unit: 3}\n", "a.yaml:3:13: dense has no attribute 'unit'; did you mean 'units'?"},
        {"  - dense: {units: 3, nam: a}\n", "a.yaml:3:23: dense has no attribute 'nam'; did you mean 'name'?"},
        {"  - dense: {units: 3, activaton: relu}\n",
         "a.yaml:3:23: dense has no attribute 'activaton'; did you mean 'activation'?"},
        {"  - dense: {units: 3, activation: relo}\n", "a.yaml:3:35: there is no layer 'relo'; did you mean 'relu'?"},
        {"  - dense: {units: 3}\n    name: a\n",
         "a.yaml:4:5: 'name' stands beside 'dense', not inside of it: write dense: {name: a, ...}"},
        {"  - dense:\n    units: 3\n",
         "a.yaml:4:5: 'units' stands beside 'dense', not inside of it: write dense: {units: 3}"},
        {"  - dense: 3\n", "a.yaml:3:12: the attributes of 'dense' are written as {name: value}, not 3"},
        {"  -\n", "a.yaml:4:1: a node is written as name or {name: {...}}; this is nothing"},
        {"  - [flatten]\n", "a.yaml:3:5: a node is written as name or {name: {...}}; this is a list"},
        {"  - relu: {name: a.b}\n",
         "a.yaml:3:18: the name 'a.b' holds a '.'; names hold no '.', '/', quotes or spaces"},
        {"  - relu: {name: a b}\n",
         "a.yaml:3:18: the name 'a b' holds a space; names hold no '.', '/', quotes or spaces"},
        {"  - relu: {name: 3}\n", "a.yaml:3:18: a name is text, not 3"},
        {"  - relu: {name: ''}\n", "a.yaml:3:18: a name has 1 to 200 characters"},
        {"  - relu: {name: input}\n",
         "a.yaml:3:18: 'input' cannot be a node's name; it stands for what the network or block reads"},
        {"  - relu: {name: a}\n  - relu: {name: a}\n", "a.yaml:4:18: another node is called 'a' (a.yaml:3:18)"},
        {"  - relu: {name: a, repeat: 2}\n  - relu: {name: a_2}\n",
         "a.yaml:4:5: after expansion two nodes are called 'a_2'; the other comes from a.yaml:3:5: give one of them "
         "another "
         "name"},
        {"  - relu: {repeat: 0}\n", "a.yaml:3:20: 'repeat' is 0; it must be a whole number of at least 1"},
        {"  - relu: {repeat: 1000000000000}\n", "a.yaml:3:5: the network has more than 100000 nodes, repeats counted"},
        {"  - relu: {inputs: []}\n", "a.yaml:3:20: 'inputs' wants names of nodes: [a, b], not an empty list"},
        {"  - relu: {inputs: [3]}\n", "a.yaml:3:21: 'inputs' wants names of nodes: [a, b]; 3 is none"},
        {"  - block: {nodes: []}\n",
         "a.yaml:3:20: a block wants 'nodes', a list of at least one node: block: {nodes: [...]}"},
        {"  - block: {node: [relu]}\n", "a.yaml:3:13: a block has no 'node'; did you mean 'nodes'?"},
        {"  - block: {nodes: [relu: {inputs: input.1}]}\n",
         "a.yaml:3:36: the block has 1 input, counted from 0; there is no 'input.1'"},
        {"  - block: {repeat: 2, nodes: [dense: {units: 0}]}\n",
         "a.yaml:3:47: dense 'units' is 0; it must be at least 1"},
    };
    for (const auto& [nodes, expected] : cases) {
        CAPTURE(nodes);
        CHECK(node_refusal(nodes) == expected);
    }
    CHECK(refusal("data: {source: {synthetic: {shape: [8]}}}\nnetwork: []\n") ==
          "a.yaml:2:10: a network is a list of at least one node, not an empty list");
    CHECK(refusal("data: {source: {synthetic: {shape: [8]}}}\nnetwork: {relu: {}}\n") ==
          "a.yaml:2:10: a network is a list of at least one node, not a map");
}

TEST_CASE("expand: a network inside of a node is expanded as the program's own, and names beside it mean its nodes") {
    const Program p =
        parse_program(with_network("  - loop:\n"
                                   "      nodes_of_it:\n"
                                   "        - dense: {name: a, units: 2, activation: relu}\n"
                                   "        - loop: {name: l, nodes_of_it: {dense: {units: 3}}, becomes: dense_1}\n"
                                   "        - block: {name: b, repeat: 2, nodes: [flatten]}\n"
                                   "      becomes: {first: a.1, second: b, outside: h}\n"),
                      "a.yaml", "/", {}, small_types());
    const Attributes& loop = p.networks[0].nodes[0].use.attributes;
    CHECK(to_string(loop.raw("nodes_of_it")) ==
          "[{dense: {name: a, units: 2}}, {relu: {name: a_relu, slope: 0.0}}, {loop: {name: l, nodes_of_it: [{dense: "
          "{name: dense_1, units: 3}}], becomes: dense_1}}, {flatten: {name: b_1_flatten_1}}, {flatten: {name: "
          "b_2_flatten_1}}]");
    CHECK(to_string(loop.raw("becomes")) == "{first: a_relu.1, second: b_2_flatten_1, outside: h}");
    const Program again = parse_program(to_yaml(p.text), "b.yaml", "/", {}, small_types());
    CHECK(again.text == p.text);
}

TEST_CASE("expand: attributes of these forms are refused in other ones") {
    CHECK(node_refusal("  - loop: {becomes: a}\n").find("loop wants 'nodes_of_it', a node or a list of nodes") !=
          std::string::npos);
    CHECK(node_refusal("  - loop: {nodes_of_it: 5}\n").find("a node is written as name or {name: {...}}") !=
          std::string::npos);
    CHECK(node_refusal("  - loop: {nodes_of_it: []}\n").find("a network is a list of at least one node") !=
          std::string::npos);
    CHECK(node_refusal("  - loop: {nodes_of_it: flatten, becomes: [a]}\n")
              .find("loop 'becomes' must be a node's name or a map of such names, not a list") != std::string::npos);
    CHECK(node_refusal("  - loop: {nodes_of_it: {dense: {unit: 2}}}\n")
              .find("dense has no attribute 'unit'; did you mean 'units'?") != std::string::npos);
}
