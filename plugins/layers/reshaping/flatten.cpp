#include "reshaping.hpp"

namespace plexus::reshaping {
namespace {

/// All elements of a sample in one row, in row-major order (channels last, as in Keras).
///   x  [N, ...]  any element type
///   y  [N, F]    F = product of the other dimensions; 1 for [N]
struct Flatten final : SameBytes {
    explicit Flatten(const Attributes&) {}

    void infer(InferContext& c) const override {
        const TensorType& x = c.input(0);
        c.output(0, {Shape{x.shape[0], x.shape.from(1).elements()}, x.element});
    }
};

}  // namespace

void add_flatten(Registry& registry) {
    registry.layer<Flatten>("flatten", "Puts all elements of a sample in one row")
        .any_element()
        .formula("y = x, row-major")
        .shapes("x  [N, ...]\ny  [N, F]  F: the product of the sizes of a sample");
}

}  // namespace plexus::reshaping
