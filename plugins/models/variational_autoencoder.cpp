#include "image_text.hpp"
#include "models.hpp"

namespace plexus::models {
namespace {

/// Kingma and Welling 2014, arXiv 1312.6114: a code is a normal distribution, and the decoder makes images of numbers
/// drawn from N(0, 1). Networks:
///     encoder  image -> convolutions and dense layers (see ImageText::add_reader), then
///              dense `mean`, dense `log_variance`, gaussian_sampling `code`; output 1 is the divergence
///     decoder  [N, latent] -> their mirror image (add_painter): an image in logits
/// One phase, `autoencoder`, makes small the sums of
///     reconstruction  cross entropy of the decoded image and the image, in nats, summed over pixels
///     kl              Kullback-Leibler divergence of the code from N(0, 1), times `beta`
/// That is the negative lower bound on the likelihood, where beta = 1.
Value variational_autoencoder(const Attributes& a) {
    const ImageText image{a, {512, 256}};
    const std::int64_t latent = a.get<std::int64_t>("latent");
    NetworkText encoder, decoder, nodes;
    image.add_reader(encoder, {});
    const std::string features = encoder.nodes().back().map().front().value.find("name")->string();
    encoder.add("dense", "mean", {{"units", latent}, {"inputs", features}});
    encoder.add("dense", "log_variance", {{"units", latent}, {"inputs", features}});
    encoder.add("gaussian_sampling", "code", {{"inputs", Value::List{"mean", "log_variance"}}});
    image.add_painter(decoder, {});
    add_range(nodes, a, "target");
    nodes.add("encoder", "code", {{"inputs", "target"}});
    nodes.add("decoder", "decoded", {{"inputs", "code"}});
    PhasesText program;
    program.add_network("encoder", encoder);
    program.add_network("decoder", decoder);
    program.add_phase(
        "autoencoder", nodes,
        {{"loss",
          Value::List{
              use_of("sigmoid_cross_entropy",
                     {{"name", "reconstruction"}, {"inputs", Value::List{"decoded", "target"}}, {"reduction", "sum"}}),
              use_of("sum", {{"name", "kl"}, {"inputs", "code.1"}, {"weight", a.get<double>("beta")}})}},
         {"updates", Value::List{"encoder", "decoder"}}});
    return program.program();
}

}  // namespace

void add_variational_autoencoder(Registry& registry) {
    Schema& schema =
        registry.model("variational_autoencoder", "An autoencoder whose decoder makes images of random numbers",
                       variational_autoencoder);
    schema.attribute("latent", 2, "numbers of a code")
        .at_least(1)
        .attribute("beta", 1.0, "weight of the divergence")
        .above(0);
    ImageText::declare(
        schema, "outputs of each dense layer of the encoder; where left out, [512, 256] without filters, none with");
    add_range_to(schema, 0.00392156862745098, 0, "0 .. 1");
}

}  // namespace plexus::models
