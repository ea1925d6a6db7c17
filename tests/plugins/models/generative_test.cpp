// Templates that read and make images, written out.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/program/program.hpp"
#include "plexus/text.hpp"
#include "tests/plugins/made.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

Program program_of(const std::string& model, const std::string& rest = "") {
    return parse_program("data: {source: {synthetic: {shape: [28, 28, 1]}}}\nmodel: " + model + "\n" + rest, "a.yaml",
                         ".", {}, shipped());
}

/// "type name(attribute)" of each node, where the attribute is one that tells sizes.
std::string written_out(const std::vector<NodeText>& nodes) {
    std::string all;
    for (const NodeText& node : nodes) {
        all += (all.empty() ? "" : "; ") + node.use.type + " " + node.name;
        for (const char* size : {"units", "filters", "rate", "target_shape", "negative_slope", "shape"})
            if (const Value* value = node.use.attributes.values().find(size); value != nullptr)
                all += " " + to_string(*value);
        for (const Value& input : node.inputs)
            all += (&input == &node.inputs.front() ? "<" : ",") + input.string();
    }
    return all;
}

std::string network(const Program& program, const std::string& name) {
    const auto found = std::ranges::find(program.networks, name, &NetworkText::name);
    REQUIRE(found != program.networks.end());
    return written_out(found->nodes);
}

/// Of the first node of a type in a network.
std::string first_kernel(const Program& program, const std::string& name, const std::string& type) {
    const auto& nodes = std::ranges::find(program.networks, name, &NetworkText::name)->nodes;
    const auto node = std::ranges::find(nodes, type, [](const NodeText& each) { return each.use.type; });
    const Value* value = node->use.attributes.values().find("kernel_initializer");
    return value == nullptr ? "" : to_string(*value);
}

/// "type name<inputs target" of each.
std::string judges(const std::vector<JudgeText>& all) {
    std::string texts;
    for (const JudgeText& judge : all) {
        texts += (texts.empty() ? "" : "; ") + judge.use.type + " " + judge.name;
        for (const Value& input : judge.inputs)
            texts += (&input == &judge.inputs.front() ? "<" : ",") + input.string();
        if (const Value* target = judge.use.attributes.values().find("target"); target != nullptr && !target->is_null())
            texts += " " + to_string(*target);
    }
    return texts;
}

}  // namespace

TEST_CASE("gan: is the vanilla one unless told otherwise") {
    const Program program = program_of("gan");
    CHECK(network(program, "generator") ==
          "dense fc1 256; leaky_relu fc1_relu 0.2; dense fc2 512; leaky_relu fc2_relu 0.2; dense fc3 1024; "
          "leaky_relu fc3_relu 0.2; dense fc4 784; reshape image [28, 28, 1]; tanh output");
    CHECK(network(program, "discriminator") ==
          "flatten flatten; dense fc1 1024; leaky_relu fc1_relu 0.2; dropout fc1_dropout 0.3; dense fc2 512; "
          "leaky_relu fc2_relu 0.2; dropout fc2_dropout 0.3; dense fc3 256; leaky_relu fc3_relu 0.2; "
          "dropout fc3_dropout 0.3; dense output 1");
    for (const char* each : {"generator", "discriminator"})
        CHECK(first_kernel(program, each, "dense") ==
              "{variance_scaling: {scale: 0.3333333333333333, mode: fan_in, distribution: uniform}}");
    REQUIRE(program.phases.size() == 2);
    const PhaseText& judging = program.phases[0];
    const PhaseText& fooling = program.phases[1];
    CHECK(judging.name == "discriminator");
    CHECK(written_out(judging.nodes) ==
          "rescaling real_image<input; normal_noise z [100]; generator fake_image<z; "
          "discriminator on_real<real_image; discriminator on_fake<fake_image");
    CHECK(judges(judging.losses) == "sigmoid_cross_entropy real<on_real 1.0; sigmoid_cross_entropy fake<on_fake 0.0");
    CHECK(judges(judging.metrics) == "binary_accuracy real<on_real 1.0; binary_accuracy fake<on_fake 0.0");
    CHECK(judging.updates == std::vector<std::string>{"discriminator"});
    CHECK(judging.gradient_norm);
    CHECK(fooling.name == "generator");
    CHECK(written_out(fooling.nodes) == "discriminator verdict<fake_image");
    CHECK(judges(fooling.losses) == "sigmoid_cross_entropy fooled<verdict 1.0");
    CHECK(fooling.updates == std::vector<std::string>{"generator"});
}

TEST_CASE("gan: with filters it is a deep convolutional one, whose networks mirror each other") {
    const Program program = program_of("{gan: {filters: [64, 128], noise: 7}}");
    CHECK(network(program, "generator") ==
          "dense fc1 6272; reshape planes [7, 7, 128]; batch_normalization fc1_bn; relu fc1_relu; "
          "conv2d_transpose conv1 64; batch_normalization conv1_bn; relu conv1_relu; conv2d_transpose image 1; "
          "tanh output");
    CHECK(network(program, "discriminator") ==
          "conv2d conv1 64; leaky_relu conv1_relu 0.2; conv2d conv2 128; batch_normalization conv2_bn; "
          "leaky_relu conv2_relu 0.2; flatten flatten; dense output 1");
    CHECK(first_kernel(program, "generator", "conv2d_transpose") == "{random_normal: {mean: 0.0, stddev: 0.02}}");
    CHECK(first_kernel(program, "discriminator", "conv2d") == "{random_normal: {mean: 0.0, stddev: 0.02}}");
    CHECK(written_out(program.phases[0].nodes).find("normal_noise z [7];") != std::string::npos);
}

TEST_CASE("gan: other losses, smoothed targets, and more steps of the discriminator") {
    const Program squares = program_of("{gan: {loss: mean_squared_error, real_target: 0.9}}");
    CHECK(judges(squares.phases[0].losses) ==
          "mean_squared_error real<on_real 0.9; mean_squared_error fake<on_fake 0.0");
    CHECK(judges(squares.phases[1].losses) == "mean_squared_error fooled<verdict 1.0");
    CHECK(squares.phases[0].metrics[0].use.attributes.get<double>("threshold") == 0.5);
    const Program critic = program_of("{gan: {loss: wasserstein, filters: [8, 16], steps: 5}}");
    CHECK(judges(critic.phases[0].losses) == "wasserstein real<on_real 1; wasserstein fake<on_fake -1");
    CHECK(judges(critic.phases[0].metrics) == "mean real<on_real; mean fake<on_fake");
    CHECK(judges(critic.phases[1].losses) == "wasserstein fooled<verdict 1");
    CHECK(critic.phases[0].steps == 5);
    CHECK(network(critic, "discriminator").find("batch_normalization") == std::string::npos);
}

TEST_CASE("conditional_gan: both networks read the class beside what they read in a gan") {
    const Program program = program_of("{conditional_gan: {classes: 10, filters: [8], class_size: 5}}");
    CHECK(network(program, "generator")
              .starts_with("embedding class<input.1; concatenate noise_and_class<input,class; "
                           "dense fc1 1568; "));
    CHECK(network(program, "discriminator")
              .starts_with("embedding class<input.1; reshape class_plane [28, 28, 1]; "
                           "concatenate image_and_class<input,class_plane; conv2d conv1 8; "));
    CHECK(written_out(program.phases[0].nodes)
              .ends_with("generator fake_image<z,label; discriminator on_real<real_image,label; "
                         "discriminator on_fake<fake_image,label"));
    CHECK(written_out(program.phases[1].nodes) == "discriminator verdict<fake_image,label");
    CHECK(written_out(program_of("{conditional_gan: {classes: 10, label: kind}}").phases[1].nodes) ==
          "discriminator verdict<fake_image,kind");
}

TEST_CASE("autoencoder: mirrors its encoder, and is a node too") {
    const std::string end = "loss: {mean_squared_error: {inputs: [decoder_image, rescaling]}}\n";
    CHECK(network(program_of("autoencoder", end), "main") ==
          "rescaling rescaling<input; flatten encoder_flatten; dense encoder_fc1 128; relu encoder_fc1_relu; "
          "dense code 32; dense decoder_fc1 128; relu decoder_fc1_relu; dense decoder_fc2 784; "
          "reshape decoder_image [28, 28, 1]");
    CHECK(network(program_of("{autoencoder: {filters: [4, 8], units: [20], latent: 3}}", end), "main") ==
          "rescaling rescaling<input; conv2d encoder_conv1 4; relu encoder_conv1_relu; conv2d encoder_conv2 8; "
          "relu encoder_conv2_relu; flatten encoder_flatten; dense encoder_fc1 20; relu encoder_fc1_relu; "
          "dense code 3; dense decoder_fc1 20; relu decoder_fc1_relu; dense decoder_fc2 392; "
          "reshape decoder_planes [7, 7, 8]; relu decoder_fc2_relu; conv2d_transpose decoder_conv1 4; "
          "relu decoder_conv1_relu; conv2d_transpose decoder_image 1");
}

TEST_CASE("variational_autoencoder: has a decoder of its own, and two terms in its loss") {
    const Program program = program_of("{variational_autoencoder: {latent: 20, beta: 0.5}}");
    CHECK(network(program, "encoder") ==
          "flatten flatten; dense fc1 512; relu fc1_relu; dense fc2 256; relu fc2_relu; dense mean 20<fc2_relu; "
          "dense log_variance 20<fc2_relu; gaussian_sampling code<mean,log_variance");
    CHECK(network(program, "decoder") ==
          "dense fc1 256; relu fc1_relu; dense fc2 512; relu fc2_relu; dense fc3 784; reshape image [28, 28, 1]");
    REQUIRE(program.phases.size() == 1);
    const PhaseText& phase = program.phases.front();
    CHECK(written_out(phase.nodes) == "rescaling target<input; encoder code<target; decoder decoded<code");
    CHECK(judges(phase.losses) == "sigmoid_cross_entropy reconstruction<decoded,target; sum kl<code.1");
    CHECK(phase.losses[0].use.attributes.get<std::string>("reduction") == "sum");
    CHECK(phase.losses[1].weight == 0.5);
    CHECK(phase.updates == std::vector<std::string>{"encoder", "decoder"});
}

TEST_CASE("image templates: what is no image, or cannot be halved so often, is refused at its place") {
    const auto message = [](const std::string& model) { return refusal_of([&] { program_of(model); }); };
    CHECK(message("{gan: {shape: [28, 28]}}") ==
          "a.yaml:2:22: 'shape' has 2 numbers; an image has rows, columns and channels: shape: [28, 28, 1]");
    CHECK(message("{autoencoder: {shape: [3]}}") ==
          "a.yaml:2:30: 'shape' has 1 number; an image has rows, columns and channels: shape: [28, 28, 1]");
    CHECK(message("{gan: {filters: [8, 8, 8]}}") ==
          "a.yaml:2:24: 'filters' asks for 3 convolutions; rows and columns of an image of 28 x 28 can be halved 2 "
          "times: leave some out");
    CHECK(
        message("{variational_autoencoder: {shape: [6, 10, 3], filters: [8, 8]}}") ==
        "a.yaml:2:63: 'filters' asks for 2 convolutions; rows and columns of an image of 6 x 10 can be halved 1 time: "
        "leave some out");
    CHECK(message("{gan: {units: [8, 0]}}") == "a.yaml:2:22: 'units' has a 0; each must be 1 or more");
    CHECK(message("{gan: {loss: hinge}}") ==
          "a.yaml:2:21: gan 'loss' is 'hinge'; it must be sigmoid_cross_entropy, mean_squared_error or wasserstein");
    CHECK(message("conditional_gan").starts_with("a.yaml:2:8: conditional_gan wants 'classes'"));
}
