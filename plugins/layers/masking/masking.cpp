#include "masking.hpp"

#include <algorithm>

namespace plexus::masking {
namespace {

/// Finds out how many steps of each sample count, for the layers that want to know: those behind are padding.
///   x  [N, T, ...]  float32, int32 or uint8; tokens [N, T], or features of each step
///   y  [N]          int32, 1 + the last step of which not every number is mask_value; 0 where there is none
/// Unlike Keras's layer, x is not passed on with a hidden mask: whoever is to skip the padding is given y by name,
/// which cannot be overlooked, and a step that looks like padding counts where others follow. A NaN is no padding.
/// There is no gradient.
/// Refused while planning: an input without steps, or of another element type.
struct Masking final : Layer {
    explicit Masking(const Attributes& a) : mask_value_{a.get<double>("mask_value")} {}

    void infer(InferContext& c) const override {
        const TensorType& x = c.input(0);
        if (x.shape.rank() < 2 || x.shape.from(1).elements() < 1)
            throw c.error(text("input has shape ", c.source(0), "; [batch, steps, ...] is wanted, with one or more"));
        if (x.element != Element::float32 && x.element != Element::int32 && x.element != Element::uint8)
            throw c.error(text("input ", c.source(0), " is ", x.element, "; float32, int32 or uint8 is wanted"));
        c.no_gradient(0);
        c.output(0, {Shape{x.shape[0]}, Element::int32});
    }

    [[nodiscard]] Traits traits() const override {
        return {.backward_reads_inputs = false, .backward_reads_outputs = false};
    }

    void forward(const ForwardContext& c) const override {
        switch (c.input(0).type.element) {
            case Element::int32:
                return find_lengths<std::int32_t>(c);
            case Element::uint8:
                return find_lengths<std::uint8_t>(c);
            default:
                return find_lengths<float>(c);
        }
    }

    void backward(const BackwardContext&) const override {}

private:
    template <class T>
    void find_lengths(const ForwardContext& c) const {
        const auto x = c.input(0).as<T>();
        const auto y = c.output(0).as<std::int32_t>();
        const auto size = static_cast<std::size_t>(c.input(0).shape().from(2).elements());
        const auto steps = static_cast<std::size_t>(c.input(0).shape()[1]);
        // A number that T does not have is nowhere.
        const auto counts = [&](T value) { return static_cast<double>(value) != masked_as<T>(); };
        for (std::size_t n = 0; n < y.size(); ++n) {
            const auto sample = x.subspan(n * steps * size, steps * size);
            std::size_t length = steps;
            while (length > 0 && std::ranges::none_of(sample.subspan((length - 1) * size, size), counts))
                --length;
            y[n] = static_cast<std::int32_t>(length);
        }
    }

    /// As a float has it, 0.1 is another number.
    template <class T>
    [[nodiscard]] double masked_as() const {
        if constexpr (std::is_same_v<T, float>)
            return static_cast<double>(static_cast<float>(mask_value_));
        return mask_value_;
    }

    double mask_value_;
};

}  // namespace

void add_masking(Registry& registry) {
    registry.layer<Masking>("masking", "Finds out how many steps of each sample are no padding")
        .attribute("mask_value", 0.0, "the number of which padding consists")
        .any_element()
        .formula("y[n] = 1 + the last t with x[n,t,...] != mask_value, or 0")
        .shapes("x  [N, T, ...]  float32, int32 or uint8\ny  [N]           int32");
}

}  // namespace plexus::masking
