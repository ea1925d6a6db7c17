#include <array>
#include <optional>

#include "convolution.hpp"
#include "kernels/product_work.hpp"

namespace plexus::convolution {
namespace {

/// Lays a kernel on the rows and columns of an image, once for each pixel, and adds up: what a conv2d with this kernel
/// does to its gradient.
///   x       [N, H, W, C]
///   kernel  [R, S, filters, C]   R, S: kernel_size; Keras's order
///   bias    [filters]   unless use_bias is false
///   y       [N, P, Q, filters]   with the span D = dilation_rate (R - 1) + 1, and Q likewise from W and S:
///     padding valid    P = (H - 1) strides + max(D, strides)
///     padding same     P = H strides
///     numbers          P = (H - 1) strides + D - top - bottom, as in PyTorch
/// output_padding, if given, takes the place of max(D, strides) - D or is added to the others, where `same` then has
/// (H - 1) strides + D mod 2 before it: all as in Keras. Padding is what is cut off y. A sample of y does not depend on
/// the other samples, down to its bits. Kernels are read, and large ones get their gradient, as in conv2d.
/// Refused while planning: an input that is not [N, H, W, C], output_padding that is not below strides, padding that
/// leaves nothing of y, and strides together with dilation_rate, as in Keras.
struct Conv2dTranspose final : Layer {
    explicit Conv2dTranspose(const Attributes& a)
        : sliding{a},
          filters{a.get<std::int64_t>("filters")},
          use_bias{a.get<bool>("use_bias")},
          kernel_initializer{a.typed("kernel_initializer")},
          bias_initializer{a.typed("bias_initializer")} {
        if (!a.has("output_padding"))
            return;
        output_padding = a.get<std::array<std::int64_t, 2>>("output_padding");
        const std::array strides{sliding.rows.stride, sliding.columns.stride};
        for (std::size_t i = 0; i < strides.size(); ++i)
            if ((*output_padding)[i] >= strides[i])
                throw a.error("output_padding", text("output_padding is ", (*output_padding)[i],
                                                     "; it must be below strides, which is ", strides[i]));
    }

    void infer(InferContext& c) const override {
        want_image(c);
        const kernels::Convolution s = mirrored(c.input(0).shape);
        if (s.rows.extent < 1 || s.columns.extent < 1)
            throw c.error(text("input has shape ", c.source(0), "; an output of ",
                               s.rows.extent + s.rows.before + s.rows.after, " x ",
                               s.columns.extent + s.columns.before + s.columns.after,
                               " is left with nothing by its padding: make padding smaller or kernel_size larger"));
        c.parameter("kernel", Shape{s.rows.size, s.columns.size, s.channels, s.filters}, kernel_initializer);
        if (use_bias)
            c.parameter("bias", Shape{filters}, bias_initializer);
        c.output(0, TensorType{Shape{c.input(0).shape[0], s.rows.extent, s.columns.extent, filters}});
    }

    [[nodiscard]] Traits traits() const override { return {.bfloat16 = Bfloat16::any}; }

    [[nodiscard]] bool absorbs(const Neighbour& neighbour, std::span<const Neighbour> so_far,
                               Mode mode) const override {
        return kernels::ProductWork::absorbs(neighbour, so_far, mode);
    }

    [[nodiscard]] std::unique_ptr<Work> plan(PlanContext& c) const override {
        return plan_convolution(c, mirrored(c.input(0).shape), use_bias, true);
    }

    /// The convolution that makes an image like x, [N, H, W, C], from one like y.
    [[nodiscard]] kernels::Convolution mirrored(const Shape& input) const {
        kernels::Convolution s{sliding.rows, sliding.columns, filters, input[3], 1};
        sliding.padding.lay(s.rows, s.columns, {input[1], input[2]}, output_padding);
        return s;
    }

    Sliding sliding;
    std::int64_t filters;
    std::optional<std::array<std::int64_t, 2>> output_padding;
    bool use_bias;
    TypedValue kernel_initializer;
    TypedValue bias_initializer;
};

}  // namespace

void add_conv2d_transpose(Registry& registry) {
    using Form = AttributeSpec::Form;
    Schema& schema =
        registry
            .layer<Conv2dTranspose>("conv2d_transpose", "Lays a kernel on an image once for each pixel, and adds up")
            .required("filters", Form::integer, "channels of the output")
            .at_least(1);
    Sliding::declare(schema, "what is cut off the output: valid (nothing)")
        .optional("output_padding", Form::pair,
                  "rows and columns added at the end of the output; if left out, what Keras has: see the shapes")
        .at_least(0)
        .attribute("use_bias", true, "adds a number of its own to each filter's output")
        .typed("kernel_initializer", Kind::initializer, "glorot_uniform", "first values of the kernel")
        .typed("bias_initializer", Kind::initializer, "zeros", "first values of the bias")
        .activation()
        .formula(
            "y[n, h strides + r dilation_rate - top, ..., k] = bias[k] + sum over all h, r, w, s, c that meet there of "
            "x[n,h,w,c] kernel[r,s,k,c]")
        .shapes(
            "x       [N, H, W, C]\nkernel  [R, S, filters, C]\nbias    [filters]\n"
            "y       [N, P, Q, filters]\n"
            "        valid    P = (H - 1) strides + max(D, strides)   D = dilation_rate (R - 1) + 1\n"
            "        same     P = H strides\n"
            "        numbers  P = (H - 1) strides + D - top - bottom + output_padding\n"
            "        with output_padding: valid as numbers, same P = (H - 1) strides + D mod 2 + output_padding");
}

}  // namespace plexus::convolution
