// The layer that a fault is planted into: it copies its input.
#pragma once
#include <plexus/plugin.hpp>

#include <algorithm>

namespace planted {

struct Copies : plexus::Layer {
    explicit Copies(const plexus::Attributes&) {}
    void infer(plexus::InferContext& c) const override {
        c.want(0, 2, "[batch, features]");
        c.output(0, c.input(0));
    }
    void forward(const plexus::ForwardContext& c) const override {
        std::ranges::copy(c.input(0).as(), c.output(0).as().begin());
    }
    void backward(const plexus::BackwardContext& c) const override {
        if (const plexus::Tensor dx = c.input_gradient(0))
            std::ranges::copy(c.output_gradient(0).as(), dx.as().begin());
    }
};

}  // namespace planted
