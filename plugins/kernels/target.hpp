// What losses and metrics of numbers compare an output with: a second input, or one number in all places.
#pragma once
#include <optional>

#include "kernels/vector.hpp"
#include "plexus/attributes.hpp"
#include "plexus/infer.hpp"
#include "plexus/schema.hpp"
#include "plexus/step.hpp"
#include "plexus/text.hpp"

namespace plexus::kernels {

/// Input 1, or the attribute `target`, with which the node has no input 1.
///   x       [N, ...]  float32
///   target  [N, ...]  float32, int32 or uint8; as many numbers per sample as x has, in whatever shape
class Target {
public:
    explicit Target(const Attributes& a) {
        if (a.has("target"))
            constant_ = a.get<float>("target");
    }

    static Schema& add_to(Schema& schema) {
        return schema
            .optional("target", AttributeSpec::Form::number, "the target of all values; the node then has one input")
            .replaces_input();
    }

    /// Refuses, while planning, a target of another type or size.
    void infer(InferContext& c) const {
        if (constant_)
            return;
        const TensorType& target = c.input(1);
        const std::int64_t wanted = c.input(0).shape.from(1).elements();
        if (target.element != Element::float32 && target.element != Element::int32 && target.element != Element::uint8)
            throw c.error(text("target is ", target.element, " ", c.source(1), "; float32, int32 or uint8 is wanted"));
        if (target.shape.from(1).elements() != wanted)
            throw c.error(text("target has shape ", c.source(1), "; as many values as the input ", c.source(0),
                               " has are wanted, ", wanted, " for each sample"));
    }

    [[nodiscard]] bool is_constant() const noexcept { return constant_.has_value(); }

    /// Calls `use(constant, values...)` with the places of input 1, or with none of them: `constant` counts then.
    template <class Use>
    void visit(const StepContext& c, const Use& use) const {
        if (constant_)
            use(*constant_);
        else if (c.input(1).type.element == Element::int32)
            use(0.0F, c.input(1).as<std::int32_t>().data());
        else if (c.input(1).type.element == Element::uint8)
            use(0.0F, c.input(1).as<std::uint8_t>().data());
        else
            use(0.0F, c.input(1).as().data());
    }

    /// Eight of them, from what visit() gave.
    /// @{
    [[gnu::always_inline]] static Floats lanes_of(float constant) { return broadcast(constant); }
    template <class Lanes>
    [[gnu::always_inline]] static Floats lanes_of(float, const Lanes& lanes) {
        return to_floats(lanes);
    }
    /// @}

private:
    std::optional<float> constant_;
};

}  // namespace plexus::kernels
