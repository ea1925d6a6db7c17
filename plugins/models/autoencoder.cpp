#include "image_text.hpp"
#include "models.hpp"

namespace plexus::models {
namespace {

/// Squeezes an image into a few numbers and makes it anew from these:
///     rescaling
///     encoder: convolutions and dense layers (see ImageText::add_reader), as a block
///     code: dense(latent)
///     decoder: their mirror image (add_painter), as a block; its last node is `image`, in logits
/// The loss compares `decoder_image` with `rescaling`:
///     loss: {sigmoid_cross_entropy: {inputs: [decoder_image, rescaling]}}
Value autoencoder(const Attributes& a) {
    const ImageText image{a, {128}};
    NetworkText network, encoder, decoder;
    add_range(network, a, "rescaling");
    image.add_reader(encoder, {});
    network.add("block", "encoder", {{"nodes", encoder.nodes()}});
    network.add("dense", "code", {{"units", a.get<std::int64_t>("latent")}});
    image.add_painter(decoder, {});
    network.add("block", "decoder", {{"nodes", decoder.nodes()}});
    return network.program();
}

}  // namespace

void add_autoencoder(Registry& registry) {
    Schema& schema =
        registry.model("autoencoder", "Squeezes images into a few numbers and makes them anew", autoencoder);
    schema.attribute("latent", 32, "numbers that an image is squeezed into").at_least(1);
    ImageText::declare(schema,
                       "outputs of each dense layer of the encoder; where left out, [128] without filters, none with");
    add_range_to(schema, 0.00392156862745098, 0, "0 .. 1");
}

}  // namespace plexus::models
