#include "kernels/functions.hpp"
#include "losses.hpp"
#include "pointwise.hpp"

namespace plexus::losses {
namespace {

using kernels::Doubles;
using kernels::Floats;

/// The cross-entropy between a target t from 0 to 1 and the sigmoid of a logit x, as a PointwiseLoss:
///     -t log sigmoid(x) - (1 - t) log(1 - sigmoid(x)) = max(x, 0) - x t + log(1 + e^-|x|)
/// Nothing overflows, no logarithm of 0 is taken, and nothing cancels: max(x, 0) - x t is x (1 - t) above 0, and the
/// slope sigmoid(x) - t is (1 - t) - sigmoid(-x) there, so that where the target is 1 and x large, what is left of loss
/// and gradient keeps its digits. The target's slope is -x.
/// Source: torch.nn.functional.binary_cross_entropy_with_logits.
struct SigmoidCrossEntropy {
    [[gnu::always_inline]] static Doubles value(const Floats& x, const Floats& t) {
        return kernels::to_doubles(x * missing(x, t) + kernels::log1p(kernels::falling_exp(-size_of(x))));
    }
    [[gnu::always_inline]] static Floats slope(const Floats& x, const Floats& t) {
        const Floats e = kernels::falling_exp(-size_of(x));
        const Floats other = e / (1.0F + e);
        return missing(x, t) + (x > 0.0F ? -other : other);
    }
    [[gnu::always_inline]] static Floats target_slope(const Floats& x, const Floats&) { return -x; }

private:
    [[gnu::always_inline]] static Floats size_of(const Floats& x) { return x < 0.0F ? -x : x; }
    /// [x > 0] - t
    [[gnu::always_inline]] static Floats missing(const Floats& x, const Floats& t) { return x > 0.0F ? 1.0F - t : -t; }
};

}  // namespace

void add_sigmoid_cross_entropy(Registry& registry) {
    using Loss = PointwiseLoss<SigmoidCrossEntropy>;
    Schema& schema =
        registry.loss<Loss>("sigmoid_cross_entropy", "For yes or no, or numbers from 0 to 1, from logits: one by one");
    Loss::add_to(schema);
    schema
        .formula(
            "y = mean of -t log sigmoid(x) - (1 - t) log(1 - sigmoid(x)) over a sample, t = target; with "
            "`reduction: sum` the sum")
        .shapes(
            "x       [N, ...]  logits\ntarget  [N, ...]  as many, from 0 to 1; float32, int32 or uint8\ny       [N]")
        .prediction("sigmoid");
}

}  // namespace plexus::losses
