#include "convolution.hpp"
#include "kernels/product_work.hpp"

namespace plexus::convolution {
namespace {

/// Slides kernels over the rows and columns of each channel of an image by itself.
///   x       [N, H, W, C]
///   kernel  [R, S, C, M]   R, S: kernel_size; M: depth_multiplier; Keras's order
///   bias    [C M]   unless use_bias is false
///   y       [N, P, Q, C M]   channel c M + m from channel c; P and Q as in conv2d
/// A sample of y does not depend on the other samples, down to its bits. The border counts as zeros. The same as conv2d
/// with `groups` C and `filters` C M, whose kernel holds the same numbers in the same order. Strides may differ, which
/// Keras refuses.
/// Refused while planning: an input that is not [N, H, W, C], a kernel that does not fit into the padded input, and
/// strides together with dilation_rate, as in Keras.
struct DepthwiseConv2d final : Layer {
    explicit DepthwiseConv2d(const Attributes& a)
        : sliding{a},
          depth_multiplier{a.get<std::int64_t>("depth_multiplier")},
          use_bias{a.get<bool>("use_bias")},
          depthwise_initializer{a.typed("depthwise_initializer")},
          bias_initializer{a.typed("bias_initializer")} {}

    void infer(InferContext& c) const override {
        want_image(c);
        const kernels::Convolution s = placed(c.input(0).shape);
        want_fit(c, s);
        c.parameter("kernel", Shape{s.rows.size, s.columns.size, s.channels, depth_multiplier}, depthwise_initializer);
        if (use_bias)
            c.parameter("bias", Shape{s.filters}, bias_initializer);
        c.output(0, TensorType{Shape{c.input(0).shape[0], s.rows.count(), s.columns.count(), s.filters}});
    }

    [[nodiscard]] Traits traits() const override { return {.bfloat16 = Bfloat16::any}; }

    [[nodiscard]] bool absorbs(const Neighbour& neighbour, std::span<const Neighbour> so_far,
                               Mode mode) const override {
        return kernels::ProductWork::absorbs(neighbour, so_far, mode);
    }

    [[nodiscard]] std::unique_ptr<Work> plan(PlanContext& c) const override {
        return plan_convolution(c, placed(c.input(0).shape), use_bias);
    }

    /// The convolution on an input [N, H, W, C].
    [[nodiscard]] kernels::Convolution placed(const Shape& input) const {
        kernels::Convolution s{sliding.rows, sliding.columns, input[3], input[3] * depth_multiplier, input[3]};
        s.rows.extent = input[1];
        s.columns.extent = input[2];
        sliding.padding.apply(s.rows, s.columns);
        return s;
    }

    Sliding sliding;
    std::int64_t depth_multiplier;
    bool use_bias;
    TypedValue depthwise_initializer;
    TypedValue bias_initializer;
};

}  // namespace

void add_depthwise_conv2d(Registry& registry) {
    Schema& schema =
        registry.layer<DepthwiseConv2d>("depthwise_conv2d", "Slides kernels over each channel of an image by itself");
    Sliding::declare(schema)
        .attribute("depth_multiplier", 1, "channels of the output for each channel of the input")
        .at_least(1)
        .attribute("use_bias", true, "adds a number of its own to each channel of the output")
        .typed("depthwise_initializer", Kind::initializer, "glorot_uniform", "first values of the kernel")
        .typed("bias_initializer", Kind::initializer, "zeros", "first values of the bias")
        .activation()
        .formula(
            "y[n,p,q,c M + m] = bias[c M + m] + sum over r, s of x[n, p strides + r dilation_rate - top, ..., c] "
            "kernel[r,s,c,m]")
        .shapes(
            "x       [N, H, W, C]\nkernel  [R, S, C, M]   M: depth_multiplier\nbias    [C M]\n"
            "y       [N, P, Q, C M]");
}

}  // namespace plexus::convolution
