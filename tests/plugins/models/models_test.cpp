#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

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
        shipped().resolve(Kind::layer, node, std::vector<std::string_view>{"name", "inputs", "repeat"});
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

TEST_CASE("models: counts below 1 and no number of classes are refused") {
    CHECK(refusal_of([] { nodes("{cnn: {classes: 10, filters: [8, 0]}}"); }) ==
          "test:1:30: 'filters' has a 0; each must be 1 or more");
    CHECK(refusal_of([] { nodes("{resnet: {classes: 10, filters: []}}"); }) ==
          "test:1:33: 'filters' is empty; there must be one stage or more");
    CHECK(refusal_of([] { nodes("vgg16"); }).starts_with("test:1:1: vgg16"));
}
