// What each file of this plugin brings, and what most of them share: the same bytes under another shape.
#pragma once
#include <cstring>

#include "plexus/plugin.hpp"

namespace plexus::reshaping {

/// Copies all elements, unless the plan gave both tensors the same memory.
inline void copy(const ConstTensor& from, const Tensor& to) {
    if (from.data != to.data)
        std::memcpy(to.data, from.data, from.type.bytes());
}

/// A layer that changes nothing but the shape: reads nothing in its backward pass and works in place.
struct SameBytes : Layer {
    [[nodiscard]] Traits traits() const final {
        return {.in_place = true,
                .backward_reads_inputs = false,
                .backward_reads_outputs = false,
                .bfloat16 = Bfloat16::alike};
    }
    void forward(const ForwardContext& c) const final { copy(c.input(0), c.output(0)); }
    void backward(const BackwardContext& c) const final { copy(c.output_gradient(0), c.input_gradient(0)); }
};

void add_flatten(Registry& registry);
void add_flip(Registry& registry);
void add_repeat_vector(Registry& registry);
void add_reshape(Registry& registry);

}  // namespace plexus::reshaping
