#include <vector>

#include "reshaping.hpp"

namespace plexus::reshaping {
namespace {

/// The elements of a sample, in the same row-major order, under another shape.
///   x  [N, ...]           any element type
///   y  [N, target_shape]
/// One size may be -1: what is left for it. Refused when the attributes are read: a size below -1 or 0, two sizes of
/// -1, more than seven sizes. Refused while planning: a target with another number of elements.
struct Reshape final : SameBytes {
    explicit Reshape(const Attributes& a) : target_{a.get<std::vector<std::int64_t>>("target_shape")} {
        if (target_.size() >= Shape::max_rank)
            throw a.error("target_shape",
                          text("'target_shape' has ", target_.size(), " sizes; at most 7 are possible"));
        bool open = false;
        for (const std::int64_t size : target_) {
            if (size == 0 || size < -1)
                throw a.error("target_shape",
                              text("'target_shape' has a size of ", size, "; wanted is 1 or more, or -1 once"));
            if (size == -1 && open)
                throw a.error("target_shape", "'target_shape' has two sizes of -1; only one can be worked out");
            open = open || size == -1;
        }
    }

    void infer(InferContext& c) const override {
        const TensorType& x = c.input(0);
        const std::int64_t elements = x.shape.from(1).elements();
        // Divided instead of multiplied: a product of sizes from a file may not fit.
        std::int64_t left = elements;
        bool fits = true;
        std::vector<std::int64_t> sizes{x.shape[0]};
        std::size_t open = 0;
        for (const std::int64_t size : target_) {
            sizes.push_back(size);
            if (size == -1) {
                open = sizes.size() - 1;
            } else {
                fits = fits && left % size == 0;
                left /= size;
            }
        }
        if (open != 0)
            sizes[open] = left;
        if (!fits || left == 0 || (open == 0 && left != 1))
            throw c.error(text("input has shape ", c.source(0), ", ", elements, " elements a sample; target_shape ",
                               Shape{target_}, " does not fit"));
        c.output(0, {Shape{sizes}, x.element});
    }

    std::vector<std::int64_t> target_;
};

}  // namespace

void add_reshape(Registry& registry) {
    registry.layer<Reshape>("reshape", "Gives the elements of a sample another shape")
        .required("target_shape", AttributeSpec::Form::integers,
                  "sizes of one sample, without the batch; one may be -1")
        .any_element()
        .formula("y = x, row-major")
        .shapes("x  [N, ...]\ny  [N, target_shape]");
}

}  // namespace plexus::reshaping
