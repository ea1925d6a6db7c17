#include "adversarial_text.hpp"
#include "models.hpp"

namespace plexus::models {
namespace {

/// Goodfellow et al. 2014, arXiv 1406.2661, with the loss of the generator that does not saturate. Networks:
///     generator      [N, noise] -> an image in [-1, 1]
///     discriminator  an image -> a logit: is it real?
/// and a phase for each, which are called like them. Without `filters` all layers are dense, the generator mirrors
/// the discriminator, and hidden kernels are drawn from U(-a, a), a = 1 / sqrt(fan_in), as in PyTorch; with them it is
/// the deep convolutional one of Radford et al. 2016, arXiv 1511.06434: strides in place of pooling, batch
/// normalization in both but not next to the image, kernels drawn from N(0, 0.02). Metrics: the discriminator's
/// accuracy on real and on fake images; for wasserstein the critic's mean output.
Value gan(const Attributes& a) {
    AdversarialText program{a};
    program.add_generator({});
    program.add_discriminator({});
    return program.program("");
}

}  // namespace

void add_gan(Registry& registry) {
    AdversarialText::declare(registry.model("gan", "A generator and a discriminator, trained against each other", gan));
}

}  // namespace plexus::models
