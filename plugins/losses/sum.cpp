#include "linear.hpp"
#include "losses.hpp"

namespace plexus::losses {
namespace {

/// What a layer counts against its network, as it is: the KL term of gaussian_sampling, say. Of [N] it is the input.
struct Sum final : LinearLoss {
    explicit Sum(const Attributes&) {}

private:
    [[nodiscard]] double factor(double) const override { return 1; }
};

}  // namespace

void add_sum(Registry& registry) {
    registry.loss<Sum>("sum", "For a term that a layer makes itself: the sum of a sample's values")
        .inputs(1, 1)
        .formula("y = sum of x over a sample")
        .shapes("x  [N, ...]\ny  [N]");
}

}  // namespace plexus::losses
