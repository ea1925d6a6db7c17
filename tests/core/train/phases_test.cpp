// Programs of several phases: against PyTorch, and what they promise.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>

#include "plexus/text.hpp"
#include "tests/plugins/fixture.hpp"
#include "tests/support/stepper.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

/// Real samples and noise in one table, so that both sides read the same.
std::string table_of(const Fixture& torch) {
    const std::filesystem::path file =
        std::filesystem::temp_directory_path() / text("plexus_phases_", getpid(), ".csv");
    std::ofstream out(file);
    out << "x1,x2,x3,x4,x5,x6,z1,z2,z3,z4\n";
    out.precision(9);
    const auto& real = torch["real"];
    const auto& noise = torch["noise"];
    for (std::size_t row = 0; row < real.size() / 6; ++row) {
        for (std::size_t i = 0; i < 6; ++i)
            out << real[row * 6 + i] << ',';
        for (std::size_t i = 0; i < 4; ++i)
            out << noise[row * 4 + i] << (i == 3 ? '\n' : ',');
    }
    return file.string();
}

std::string small_gan(const std::string& file, const std::string& optimizer) {
    return text("data: {source: {csv: {file: ", file, R"(, target: [z1, z2, z3, z4]}}, shuffle: false}
networks:
  generator:
    - dense: {name: d1, units: 5, activation: tanh}
    - dense: {name: d2, units: 6}
  discriminator:
    - dense: {name: d1, units: 7}
    - leaky_relu: {negative_slope: 0.2}
    - dense: {name: d2, units: 1}
phases:
  - discriminator:
      nodes:
        - generator: {name: fake, inputs: target}
        - discriminator: {name: on_real, inputs: features}
        - discriminator: {name: on_fake, inputs: fake}
      loss:
        - sigmoid_cross_entropy: {name: real, inputs: on_real, target: 1}
        - sigmoid_cross_entropy: {name: forged, inputs: on_fake, target: 0, weight: 0.5}
      updates: discriminator
  - generator:
      nodes:
        - discriminator: {name: verdict, inputs: fake}
      loss: {sigmoid_cross_entropy: {inputs: verdict, target: 1}}
      updates: generator
train: {epochs: 1, batch: 8, shard: 4, optimizer: )",
                optimizer, "}\n");
}

const std::vector<std::string> weights_of_both{
    "generator/d1/kernel",     "generator/d1/bias",     "generator/d2/kernel",     "generator/d2/bias",
    "discriminator/d1/kernel", "discriminator/d1/bias", "discriminator/d2/kernel", "discriminator/d2/bias"};

/// The program with PyTorch's first weights.
struct Started : Stepper {
    Started(const Fixture& torch, const std::string& program, std::size_t threads = 2)
        : Stepper(program, {.threads = threads}) {
        for (const std::string& weight : weights_of_both)
            torch.copy("start." + weight, parameter(weight));
    }
};

}  // namespace

TEST_CASE("phases: twenty alternating steps of a small GAN agree with PyTorch's") {
    const Fixture torch("phases");
    const std::string file = table_of(torch);
    for (const auto& [name, optimizer] : {std::pair{"sgd", "{sgd: {learning_rate: 0.1, momentum: 0.5}}"},
                                          std::pair{"adam", "{adam: {learning_rate: 0.01}}"}}) {
        CAPTURE(name);
        Started stepper(torch, small_gan(file, optimizer));
        for (std::size_t step = 0; step < 20; ++step) {
            CAPTURE(step);
            stepper.step();
            for (std::size_t phase = 0; phase < 2; ++phase)
                CHECK(stepper.losses().at(phase) ==
                      doctest::Approx(torch[text(name, ".losses")][2 * step + phase]).epsilon(1e-5));
        }
        for (const std::string& weight : weights_of_both) {
            CAPTURE(weight);
            const auto ours = stepper.parameter(weight);
            const auto& theirs = torch[text(name, ".", weight)];
            double largest = 0;
            for (std::size_t i = 0; i < ours.size(); ++i)
                largest = std::max(largest, std::abs(static_cast<double>(ours[i]) - theirs[i]));
            CHECK(largest < 1e-5);
        }
    }
    std::filesystem::remove(file);
}

TEST_CASE("phases: the same bits on any number of threads") {
    const Fixture torch("phases");
    const std::string file = table_of(torch);
    const std::string program = small_gan(file, "{adam: {learning_rate: 0.01}}");
    std::vector<std::byte> first;
    for (const std::size_t threads : {1, 2, 3, 8}) {
        CAPTURE(threads);
        Started stepper(torch, program, threads);
        for (int step = 0; step < 5; ++step)
            stepper.step();
        if (first.empty())
            first = stepper.weights();
        CHECK(stepper.weights() == first);
    }
    std::filesystem::remove(file);
}

TEST_CASE("phases: what no phase updates does not change by a bit, and a shared value is computed once") {
    const Fixture torch("phases");
    const std::string file = table_of(torch);
    std::string program = small_gan(file, "{sgd: {learning_rate: 0.1}}");
    const std::string updates = "      updates: generator\n";
    program.erase(program.find(updates), updates.size());
    Started stepper(torch, program);
    const auto kernel = stepper.parameter("generator/d1/kernel");
    const std::vector<float> before(kernel.begin(), kernel.end());
    const float other = stepper.parameter("discriminator/d1/kernel")[0];
    for (int step = 0; step < 5; ++step)
        stepper.step();
    CHECK(std::ranges::equal(stepper.parameter("generator/d1/kernel"), before));
    CHECK(stepper.parameter("discriminator/d1/kernel")[0] != other);
    std::size_t forwards = 0;
    for (const NodePlan& node : stepper.plan().nodes)
        forwards += node.signature.node->network == "generator" && node.signature.node->name == "d1";
    CHECK(forwards == 1);
    std::filesystem::remove(file);
}
