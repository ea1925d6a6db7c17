#include "adversarial_text.hpp"

namespace plexus::models {
namespace {

/// Deep convolutional ones begin as Radford et al. 2016, arXiv 1511.06434, have it. Dense ones as PyTorch's layers do:
/// from Glorot's larger kernels the discriminator wins in the first epoch of MNIST.
Value first_kernels(bool convolutional) {
    return convolutional ? use_of("random_normal", {{"stddev", 0.02}})
                         : use_of("variance_scaling", {{"scale", 1.0 / 3}, {"distribution", "uniform"}});
}

}  // namespace

void AdversarialText::declare(Schema& schema) {
    schema.attribute("noise", 100, "random numbers that an image is made of").at_least(1);
    ImageText::declare(
        schema,
        "outputs of each dense layer of the discriminator; where left out, [1024, 512, 256] without filters, "
        "none with");
    schema.attribute("negative_slope", 0.2, "of the discriminator's leaky_relu, and the generator's without filters")
        .above(0)
        .optional("dropout", AttributeSpec::Form::number,
                  "rate of the discriminator's dropout; where left out, 0.3 without filters, none with")
        .at_least(0)
        .below(1)
        .attribute("loss", "sigmoid_cross_entropy",
                   "what the discriminator makes small: sigmoid_cross_entropy, mean_squared_error (least squares), or "
                   "wasserstein, as a critic whose weights the optimizer clips")
        .choices({"sigmoid_cross_entropy", "mean_squared_error", "wasserstein"})
        .attribute("real_target", 1.0,
                   "the discriminator's target for real images, 0.9 to smooth it; a critic has none")
        .range(0.5, 1)
        .attribute("steps", 1, "steps of the discriminator for each of the generator")
        .at_least(1);
    add_range_to(schema, 0.00784313725490196, -1, "-1 .. 1");
}

AdversarialText::AdversarialText(const Attributes& a)
    : attributes_{a}, image_{a, {1024, 512, 256}}, loss_{a.get<std::string>("loss")} {}

void AdversarialText::add_generator(const NetworkText& before) {
    NetworkText network = before;
    const bool convolutional = image_.is_convolutional();
    image_.add_painter(network, {.negative_slope = convolutional ? 0 : attributes_.get<double>("negative_slope"),
                                 .batch_normalization = convolutional,
                                 .kernel_initializer = first_kernels(convolutional)});
    network.add("tanh", "output");
    networks_.add_network("generator", network);
}

void AdversarialText::add_discriminator(const NetworkText& before) {
    NetworkText network = before;
    const bool convolutional = image_.is_convolutional();
    const double otherwise = convolutional ? 0 : 0.3;
    image_.add_reader(
        network, {.negative_slope = attributes_.get<double>("negative_slope"),
                  .dropout = attributes_.has("dropout") ? attributes_.get<double>("dropout") : otherwise,
                  // A critic's loss is one of its single images, and clipped weights want no factor that undoes them.
                  .batch_normalization = convolutional && loss_ != "wasserstein",
                  .kernel_initializer = first_kernels(convolutional)});
    network.add("dense", "output", {{"units", 1}});
    networks_.add_network("discriminator", network);
}

Value AdversarialText::loss(const char* name, const char* input, bool is_real) const {
    Value target = 0.0;
    if (loss_ == "wasserstein")
        target = is_real ? 1 : -1;
    else if (is_real)
        target = std::string(input) == "on_real" ? attributes_.get<double>("real_target") : 1.0;
    return use_of(loss_, {{"name", name}, {"inputs", input}, {"target", target}});
}

Value AdversarialText::metric(const char* name, const char* input, bool is_real) const {
    if (loss_ == "wasserstein")
        return use_of("mean", {{"name", name}, {"inputs", input}});
    return use_of("binary_accuracy", {{"name", name},
                                      {"inputs", input},
                                      {"target", is_real ? 1.0 : 0.0},
                                      {"threshold", loss_ == "mean_squared_error" ? 0.5 : 0.0}});
}

Value AdversarialText::program(const std::string& label) const {
    const auto reading = [&](const char* what) -> Value {
        if (label.empty())
            return what;
        return Value::List{what, label};
    };
    NetworkText judging, fooling;
    add_range(judging, attributes_, "real_image");
    judging.add("normal_noise", "z", {{"shape", Value::List{attributes_.get<std::int64_t>("noise")}}});
    judging.add("generator", "fake_image", {{"inputs", reading("z")}});
    judging.add("discriminator", "on_real", {{"inputs", reading("real_image")}});
    judging.add("discriminator", "on_fake", {{"inputs", reading("fake_image")}});
    fooling.add("discriminator", "verdict", {{"inputs", reading("fake_image")}});
    PhasesText program = networks_;
    program.add_phase("discriminator", judging,
                      {{"loss", Value::List{loss("real", "on_real", true), loss("fake", "on_fake", false)}},
                       {"metrics", Value::List{metric("real", "on_real", true), metric("fake", "on_fake", false)}},
                       {"updates", "discriminator"},
                       {"steps", attributes_.get<std::int64_t>("steps")},
                       {"gradient_norm", true}});
    program.add_phase("generator", fooling,
                      {{"loss", loss("fooled", "verdict", true)}, {"updates", "generator"}, {"gradient_norm", true}});
    return program.program();
}

}  // namespace plexus::models
