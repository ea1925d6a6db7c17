#include <doctest/doctest.h>

#include "tests/core/program/small_types.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

ProgramGraph build(const std::string& text) {
    return build_graph(parse_program(text, "a.yaml", "/", {}, small_types()), image_and_label(), small_types());
}

/// "node<input.port,..." of all nodes.
std::string edges(const ProgramGraph& program) {
    std::string result;
    const Graph& g = program.graph;
    for (std::size_t n = 0; n < g.size(); ++n) {
        result += (n == 0 ? "" : " ") + g.node(n).name;
        for (const Endpoint& from : g.inputs(n))
            result += (from == g.inputs(n).front() ? "<" : ",") + g.node(from.node).name +
                      (from.port == 0 ? "" : "." + std::to_string(from.port));
    }
    return result;
}

}  // namespace

TEST_CASE("build: a chain reads the first tensor, the loss the output and the second tensor") {
    const ProgramGraph p =
        build(with_network("  - flatten\n  - dense: {name: d, units: 3}\n", "metrics: [accuracy]\n"));
    CHECK(edges(p) == "image label flatten_1<image d<flatten_1 softmax_cross_entropy<d,label accuracy<d,label");
    CHECK(p.sources == std::vector<std::size_t>{0, 1});
    CHECK(p.output == Endpoint{3, 0});
    CHECK(p.losses == std::vector<std::vector<std::size_t>>{{4}});
    CHECK(p.metrics == std::vector<std::size_t>{5});
    CHECK(p.graph.node(2).network == "main");
    CHECK(p.graph.node(4).kind == Kind::loss);
}

TEST_CASE("build: references are nodes, ports, tensors of the data, or input") {
    CHECK(edges(build(with_network("  - relu: {name: a}\n  - relu: {name: b, inputs: image}\n"
                                   "  - add: {name: s, inputs: [b, a.1, input, label]}\n"))) ==
          "image label a<image b<image s<b,a.1,image,label softmax_cross_entropy<s,label");
    CHECK(edges(build(
              with_network("  - add: {name: early, inputs: [late, image]}\n  - relu: {name: late, inputs: image}\n"
                           "  - relu: {name: end, inputs: early}\n"))) ==
          "image label early<late,image late<image end<early softmax_cross_entropy<end,label");
    CHECK(edges(build(
              "data: {source: {synthetic: {shape: [8]}}}\nnetwork: [relu, noise, {add: {inputs: [relu_1, noise_1]}}]\n"
              "loss: {penalty: {name: p}}\n")) == "image label relu_1<image noise_1 add_1<relu_1,noise_1 p<add_1");
}

TEST_CASE("build: an attribute that stands for an input leaves the node one less") {
    const auto with_loss = [](const std::string& loss) {
        return "data: {source: {synthetic: {shape: [8]}}}\nnetwork: [relu]\nloss: " + loss + "\n";
    };
    CHECK(edges(build(with_loss("distance"))) == "image label relu_1<image distance<relu_1,label");
    CHECK(edges(build(with_loss("{distance: {target: 1}}"))) == "image label relu_1<image distance<relu_1");
    CHECK(edges(build(with_loss("{distance: {target: 1, inputs: [image]}}"))) ==
          "image label relu_1<image distance<image");
    CHECK(refusal(with_loss("{distance: {target: 1, inputs: [relu_1, label]}}")) ==
          "a.yaml:3:39: distance 'distance' has 2 inputs; it wants 1");
    CHECK(refusal(with_loss("{distance: {inputs: [relu_1]}}")) ==
          "a.yaml:3:28: distance 'distance' has 1 input; it wants 2: inputs: [a, b]");
}

TEST_CASE("build: each fault has its message") {
    const std::pair<std::string, std::string> cases[] = {
        {"  - relu: {name: first}\n  - add: {inputs: [first, frist]}\n",
         "a.yaml:4:27: there is no node and no tensor of the data called 'frist'; did you mean 'first'?"},
        {"  - relu: {inputs: imag}\n",
         "a.yaml:3:20: there is no node and no tensor of the data called 'imag'; did you mean 'image'?"},
        {"  - relu: {inputs: x}\n",
         "a.yaml:3:20: there is no node and no tensor of the data called 'x'; there are relu_1, image, label"},
        {"  - relu: {name: a}\n  - relu: {inputs: a.x}\n",
         "a.yaml:4:20: 'a.x' is no output of a node; outputs are counted from 0: 'a.1' is the second"},
        {"  - relu: {inputs: image.2}\n", "a.yaml:3:20: 'image' is one tensor of the data; it has no output 2"},
        {"  - add\n", "a.yaml:3:5: add 'add_1' has 1 input; it wants at least 2: inputs: [a, b]"},
        {"  - relu: {inputs: [image, label]}\n", "a.yaml:3:21: relu 'relu_1' has 2 inputs; it wants 1"},
        {"  - relu: {name: a}\n  - relu: {name: b, inputs: image}\n",
         "a.yaml:3:5: nobody reads relu 'a': remove it, or name it in the 'inputs' of another node (the output is relu "
         "'b', "
         "the last node)"},
        {"  - add: {name: a, inputs: [b, image]}\n  - relu: {name: b}\n",
         "a.yaml:3:5: a cycle: add 'a' -> relu 'b' -> add 'a'; a node cannot read what depends on its own output"},
    };
    for (const auto& [nodes, expected] : cases) {
        CAPTURE(nodes);
        CHECK(refusal(with_network(nodes)) == expected);
    }
}

TEST_CASE("build: data without a second tensor has no target") {
    const Program p = parse_program(with_network("  - relu\n"), "a.yaml", "/", {}, small_types());
    const std::vector<SampleTensor> one{image_and_label()[0]};
    CHECK_THROWS_WITH_AS(
        (void)build_graph(p, one, small_types()),
        "a.yaml:4:7: softmax_cross_entropy compares the output with the data's second tensor, but there is "
        "only 'image'; name what it reads: {softmax_cross_entropy: {inputs: [..., ...]}}",
        InputError);
}
