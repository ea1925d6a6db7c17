#include <cstring>

#include "reshaping.hpp"

namespace plexus::reshaping {
namespace {

/// The other way round along one dimension: the last step first.
///   x  [N, ...]  any element type
///   y  like x    y[..., i, ...] = x[..., n - 1 - i, ...] of the n places along `axis`
/// The axis counts the batch as 0. backward() assigns dx, dy the other way round, and reads nothing else.
/// Refused while planning: an axis that the input does not have.
struct Flip final : Layer {
    explicit Flip(const Attributes& a) : axis_{a.get<std::size_t>("axis")} {}

    void infer(InferContext& c) const override {
        const TensorType& x = c.input(0);
        if (axis_ >= x.shape.rank())
            throw c.error(text("axis is ", axis_, ", but input has shape ", c.source(0), "; wanted is 1 to ",
                               x.shape.rank() - 1));
        c.output(0, x);
    }

    [[nodiscard]] Traits traits() const override {
        return {.backward_reads_inputs = false, .backward_reads_outputs = false};
    }

    void forward(const ForwardContext& c) const override { turn(c.input(0), c.output(0)); }

    void backward(const BackwardContext& c) const override { turn(c.output_gradient(0), c.input_gradient(0)); }

private:
    void turn(const ConstTensor& from, const Tensor& to) const {
        const auto count = static_cast<std::size_t>(from.shape()[axis_]);
        const auto bytes =
            static_cast<std::size_t>(from.shape().from(axis_ + 1).elements()) * size_of(from.type.element);
        const auto* read = static_cast<const std::byte*>(from.data);
        auto* write = static_cast<std::byte*>(to.data);
        const std::byte* const end = read + from.type.bytes();
        for (const std::size_t run = count * bytes; read != end; read += run, write += run)
            for (std::size_t i = 0; i < count; ++i)
                std::memcpy(write + i * bytes, read + (count - 1 - i) * bytes, bytes);
    }

    std::size_t axis_;
};

}  // namespace

void add_flip(Registry& registry) {
    registry.layer<Flip>("flip", "Turns one dimension round: the last step becomes the first")
        .attribute("axis", 1, "the dimension: 1 is the first after the batch")
        .at_least(1)
        .any_element()
        .formula("y[n,t,...] = x[n,T-1-t,...]")
        .shapes("x  [N, ...]\ny  [N, ...]");
}

}  // namespace plexus::reshaping
