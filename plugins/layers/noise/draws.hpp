// Random numbers of a step, sample by sample.
#pragma once
#include <span>

#include "plexus/plugin.hpp"

namespace plexus::noise {

/// Fills `values`, [N, ...] of a shard, so many a sample. Number i of a sample comes from word i mod 4 of its block
/// i / 4, or, of normal numbers, from two of these: none depends on other samples.
/// @{
void draw_uniform(const StepContext& c, std::int64_t samples, std::span<float> values, float low, float high);
void draw_normal(const StepContext& c, std::int64_t samples, std::span<float> values, float mean, float deviation);
/// @}

/// A layer that has no input: [N, shape...] float32. Throws InputError, when the attributes are read, for a size below
/// 1 and for too many sizes.
struct MadeOfNothing : Layer {
    explicit MadeOfNothing(const Attributes& a);

    void infer(InferContext& c) const final { c.output(0, {shape_.batch(c.batch())}); }
    [[nodiscard]] Traits traits() const final { return {.backward_reads_outputs = false}; }
    void backward(const BackwardContext&) const final {}

private:
    Shape shape_;
};

}  // namespace plexus::noise
