#include "linear.hpp"
#include "losses.hpp"

namespace plexus::losses {
namespace {

/// How far a critic's output is from what is wanted of it, which knows no end: the mean of a sample's values is to be
/// raised (target 1) or lowered (-1). A critic that has its slope bounded, as by the optimizer weight_clipping, with 1
/// for the data's samples and -1 for a generator's, estimates the Wasserstein distance between the two: it is the
/// negative of both terms' sum. Refused when the attributes are read: another target.
/// Source: Arjovsky, Chintala and Bottou 2017, arXiv 1701.07875.
struct Wasserstein final : LinearLoss {
    explicit Wasserstein(const Attributes& a) : target_{a.get<int>("target")} {
        if (target_ != 1 && target_ != -1)
            throw a.error("target", text("'target' is ", target_,
                                         "; it must be 1, for values that are to be raised, "
                                         "or -1, for values that are to be lowered"));
    }

private:
    [[nodiscard]] double factor(double values) const override { return -target_ / values; }

    int target_;
};

}  // namespace

void add_wasserstein(Registry& registry) {
    registry.loss<Wasserstein>("wasserstein", "For a critic: what is to be raised and what is to be lowered")
        .inputs(1, 1)
        .required("target", AttributeSpec::Form::integer, "1: x is to be raised; -1: x is to be lowered")
        .range(-1, 1)
        .formula("y = -target mean of x over a sample")
        .shapes("x  [N, ...]\ny  [N]");
}

}  // namespace plexus::losses
