#include "losses.hpp"
#include "pointwise.hpp"

namespace plexus::losses {
namespace {

using kernels::Doubles;
using kernels::Floats;

/// The squared difference between output and target, as a PointwiseLoss. The difference is taken in double.
///     dx = 2 dy (x - target) / elements  with the mean, and the target's gradient is its negative
struct SquaredError {
    [[gnu::always_inline]] static Doubles value(const Floats& x, const Floats& t) {
        const Doubles difference = kernels::to_doubles(x) - kernels::to_doubles(t);
        return difference * difference;
    }
    [[gnu::always_inline]] static Floats slope(const Floats& x, const Floats& t) { return 2.0F * (x - t); }
    [[gnu::always_inline]] static Floats target_slope(const Floats& x, const Floats& t) { return 2.0F * (t - x); }
};

}  // namespace

void add_mean_squared_error(Registry& registry) {
    using Loss = PointwiseLoss<SquaredError>;
    Schema& schema = registry.loss<Loss>("mean_squared_error", "For numbers: the mean of the squared differences");
    Loss::add_to(schema);
    schema.formula("y = mean of (x - target)^2 over a sample; with `reduction: sum` the sum")
        .shapes("x       [N, ...]\ntarget  [N, ...]  as many; float32, int32 or uint8\ny       [N]");
}

}  // namespace plexus::losses
