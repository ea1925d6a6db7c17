#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/program/program.hpp"
#include "tests/plugins/made.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

/// "type name" of each node.
std::vector<std::string> nodes(const std::string& written) {
    const Value program = shipped().expand_model(resolved(Kind::model, written));
    std::vector<std::string> nodes;
    for (const Value& node : program.find("network")->list()) {
        const Member& use = node.map().front();
        nodes.push_back(use.name + " " + use.value.find("name")->string());
        shipped().resolve(use.name == "bidirectional" ? Kind::model : Kind::layer, node,
                          std::vector<std::string_view>{"name", "inputs", "repeat"});
    }
    return nodes;
}

std::size_t count(const std::vector<std::string>& nodes, const std::string& type) {
    return static_cast<std::size_t>(
        std::ranges::count_if(nodes, [&](const std::string& node) { return node.starts_with(type + " "); }));
}

}  // namespace

TEST_CASE("cnn: is the network of the Keras MNIST example unless told otherwise") {
    CHECK(nodes("{cnn: {classes: 10}}") == std::vector<std::string>{"rescaling rescaling", "conv2d conv1", "relu relu1",
                                                                    "max_pool2d pool1", "conv2d conv2", "relu relu2",
                                                                    "max_pool2d pool2", "flatten flatten",
                                                                    "dropout dropout1", "dense fc1"});
    CHECK(nodes("{cnn: {classes: 10, filters: [8], batch_normalization: true, units: [20], dropout: 0}}") ==
          std::vector<std::string>{"rescaling rescaling", "conv2d conv1", "batch_normalization bn1", "relu relu1",
                                   "max_pool2d pool1", "flatten flatten", "dense fc1", "relu fc1_relu", "dense fc2"});
}

TEST_CASE("vgg16: has sixteen layers with weights") {
    const auto plain = nodes("{vgg16: {classes: 100}}");
    CHECK(count(plain, "conv2d") == 13);
    CHECK(count(plain, "dense") == 3);
    CHECK(count(plain, "max_pool2d") == 5);
    CHECK(count(plain, "batch_normalization") == 0);
    CHECK(count(nodes("{vgg16: {classes: 100, batch_normalization: true}}"), "batch_normalization") == 13);
}

TEST_CASE("resnet: has 6 blocks + 2 layers, and a shortcut with weights where the shape changes") {
    for (const std::size_t blocks : {1, 3, 5}) {
        const auto network = nodes("{resnet: {classes: 10, blocks: " + std::to_string(blocks) + "}}");
        CHECK(count(network, "conv2d") == 6 * blocks + 1 + 2);
        CHECK(count(network, "add") == 3 * blocks);
        CHECK(count(network, "dense") == 1);
    }
}

/// "type name<input,input" of each node of a network in which the template is one.
std::string written_out(const std::string& network) {
    const Program program =
        parse_program("data: {source: {synthetic: {shape: [8]}}}\nnetwork:\n" + network, "a.yaml", ".", {}, shipped());
    std::string nodes;
    for (const NodeText& node : program.networks.front().nodes) {
        nodes += (nodes.empty() ? "" : "; ") + node.use.type + " " + node.name;
        for (const Value& input : node.inputs)
            nodes += (&input == &node.inputs.front() ? "<" : ",") + input.string();
    }
    return nodes;
}

TEST_CASE("bidirectional: is the layer twice, one of them backwards, and what makes one output of theirs") {
    CHECK(written_out("  - bidirectional: {name: b, layer: {lstm: {units: 3}}}\n") ==
          "lstm b_forward<input; lstm b_backward<input; concatenate b_merged<b_forward,b_backward");
    CHECK(written_out("  - masking: {name: lengths}\n"
                      "  - bidirectional:\n"
                      "      name: b\n"
                      "      layer: {gru: {units: 3, return_sequences: true}}\n"
                      "      merge_mode: ave\n"
                      "      inputs: [input, lengths]\n") ==
          "masking lengths; gru b_forward<input,lengths; gru b_backward<input,lengths; "
          "flip b_turned; average b_merged<b_forward,b_turned");
    for (const auto& [mode, layer] : {std::pair{"sum", "add"}, {"mul", "multiply"}, {"concat", "concatenate"}})
        CHECK(written_out(std::string("  - bidirectional: {layer: {lstm: {units: 3}}, merge_mode: ") + mode + "}\n")
                  .find("; " + std::string(layer) + " ") != std::string::npos);
    const Program program = parse_program(
        "data: {source: {synthetic: {shape: [8, 3]}}}\nnetwork:\n"
        "  - bidirectional: {layer: {lstm: {units: 3, use_bias: false}}}\n",
        "a.yaml", ".", {}, shipped());
    const auto& both = program.networks.front().nodes;
    CHECK_FALSE(both[0].use.attributes.get<bool>("go_backwards"));
    CHECK(both[1].use.attributes.get<bool>("go_backwards"));
    CHECK_FALSE(both[1].use.attributes.get<bool>("use_bias"));
}

TEST_CASE("bidirectional: what has no direction, or both already, is refused") {
    const auto message = [](const std::string& layer) {
        return refusal_of([&] { written_out("  - bidirectional: {layer: " + layer + "}\n"); });
    };
    CHECK(message("{dense: {units: 3}}") ==
          "a.yaml:3:29: 'dense' has no 'return_sequences' and 'go_backwards'; bidirectional wants a recurrent layer: "
          "layer: {lstm: {units: 128}}");
    CHECK(message("{lstm: {units: 3, go_backwards: true}}") ==
          "a.yaml:3:29: the layer goes backwards already; bidirectional takes both directions: leave out "
          "'go_backwards'");
    CHECK(message("{lstm: {units: 0}}") == "a.yaml:3:43: lstm 'units' is 0; it must be at least 1");
    CHECK(message("{lstn: {units: 3}}").starts_with("a.yaml:3:29: there is no layer 'lstn'; did you mean 'lstm'?"));
    CHECK(
        refusal_of([] { written_out("  - bidirectional\n"); }).starts_with("a.yaml:3:5: bidirectional wants 'layer'"));
}

TEST_CASE("rnn: has as many layers as it is told, each told which steps are padding") {
    CHECK(nodes("{rnn: {classes: 10}}") == std::vector<std::string>{"lstm recurrent1", "dense fc"});
    CHECK(nodes("{rnn: {classes: 10, cell: gru, layers: 2, dropout: 0.3, mask_value: 0, "
                "embedding: {input_dim: 65, output_dim: 8}}}") ==
          std::vector<std::string>{"masking lengths", "embedding embedding", "gru recurrent1", "dropout dropout1",
                                   "gru recurrent2", "dropout dropout2", "dense fc"});
    CHECK(written_out("  - rnn: {name: r, classes: 3, layers: 2, bidirectional: true, mask_value: 0}\n") ==
          "masking r_lengths<input; lstm r_recurrent1_forward<input,r_lengths; "
          "lstm r_recurrent1_backward<input,r_lengths; flip r_recurrent1_turned; "
          "concatenate r_recurrent1_merged<r_recurrent1_forward,r_recurrent1_turned; "
          "lstm r_recurrent2_forward<r_recurrent1_merged,r_lengths; "
          "lstm r_recurrent2_backward<r_recurrent1_merged,r_lengths; "
          "concatenate r_recurrent2_merged<r_recurrent2_forward,r_recurrent2_backward; "
          "dense r_fc<r_recurrent2_merged");
}

TEST_CASE("seq2seq: is the network of Keras's addition example") {
    CHECK(written_out("  - seq2seq: {name: s, classes: 12, steps: 4, embedding: {input_dim: 12, output_dim: 12}}\n") ==
          "embedding s_embedding<input; lstm s_encoder<s_embedding; repeat_vector s_repeated<s_encoder; "
          "lstm s_decoder1<s_repeated; dense s_fc<s_decoder1");
    CHECK(nodes("{seq2seq: {classes: 12, steps: 4, cell: gru, layers: 2, dropout: 0.1, bidirectional: true}}") ==
          std::vector<std::string>{"bidirectional encoder", "dropout encoder_dropout", "repeat_vector repeated",
                                   "gru decoder1", "dropout decoder1_dropout", "gru decoder2",
                                   "dropout decoder2_dropout", "dense fc"});
}

TEST_CASE("rnn and seq2seq: what they cannot be made of is refused, at its place") {
    CHECK(refusal_of([] { written_out("  - rnn: {classes: 3, cell: ltsm}\n"); }) ==
          "a.yaml:3:29: rnn 'cell' is 'ltsm'; did you mean 'lstm'?");
    CHECK(refusal_of([] { written_out("  - rnn: {classes: 3, embedding: 65}\n"); }) ==
          "a.yaml:3:34: 'embedding' wants the attributes of the layer: embedding: {input_dim: 65, output_dim: 32}");
    CHECK(refusal_of([] { written_out("  - rnn: {classes: 3, embedding: {input_dim: 0, output_dim: 32}}\n"); }) ==
          "a.yaml:3:46: embedding 'input_dim' is 0; it must be at least 1 (in model rnn, embedding)");
    CHECK(refusal_of([] { written_out("  - seq2seq: {classes: 3}\n"); }) ==
          "a.yaml:3:5: seq2seq wants 'steps', a whole number: steps that are written");
}

TEST_CASE("mlp: is dense layers with what was asked for after each but the last") {
    CHECK(nodes("{mlp: {classes: 10}}") == std::vector<std::string>{"rescaling rescaling", "flatten flatten",
                                                                    "dense fc1", "relu fc1_activation", "dense fc2",
                                                                    "relu fc2_activation", "dense fc3"});
    CHECK(nodes("{mlp: {classes: 3, units: [7], activation: tanh, batch_normalization: true, dropout: 0.1}}") ==
          std::vector<std::string>{"rescaling rescaling", "flatten flatten", "dense fc1", "batch_normalization fc1_bn",
                                   "tanh fc1_activation", "dropout fc1_dropout", "dense fc2"});
}

TEST_CASE("models: counts below 1 and no number of classes are refused") {
    CHECK(refusal_of([] { nodes("{cnn: {classes: 10, filters: [8, 0]}}"); }) ==
          "test:1:30: 'filters' has a 0; each must be 1 or more");
    CHECK(refusal_of([] { nodes("{resnet: {classes: 10, filters: []}}"); }) ==
          "test:1:33: 'filters' is empty; there must be one stage or more");
    CHECK(refusal_of([] { nodes("vgg16"); }).starts_with("test:1:1: vgg16"));
}
