#include <algorithm>
#include <array>

#include "convolution.hpp"
#include "kernels/product_work.hpp"

namespace plexus::convolution {
namespace {

// The gradient of a kernel of more numbers is made over the whole batch, some input channels at a time: one for each
// shard would take more memory, and more time to write and add up, than it saves.
constexpr std::int64_t large_kernel = 256 * 1024;
// Pairs of an input channel and a filter that one tile takes: what is summed for them stays in a cache.
constexpr std::int64_t tile_pairs = 32 * 1024;

/// Slides a kernel over the rows and columns of an image.
///   x       [N, H, W, C]
///   kernel  [R, S, C / groups, filters]   R, S: kernel_size
///   bias    [filters]   unless use_bias is false
///   y       [N, P, Q, filters]   P = floor((H + padding - dilation_rate (R - 1) - 1) / strides) + 1; Q likewise
/// A sample of y does not depend on the other samples, down to its bits. The border counts as zeros. As in Keras and
/// PyTorch the kernel is not mirrored. A kernel of more than 256 Ki numbers gets its gradient in tiles of input
/// channels over the whole batch, others per shard. Refused while planning: an input that is not [N, H, W, C], a kernel
/// that does not fit into the padded input, groups that do not divide C and filters, and strides together with
/// dilation_rate, as in Keras.
struct Conv2d final : Layer {
    explicit Conv2d(const Attributes& a)
        : padding{a, "padding"},
          use_bias{a.get<bool>("use_bias")},
          kernel_initializer{a.typed("kernel_initializer")},
          bias_initializer{a.typed("bias_initializer")} {
        const auto size = a.get<std::array<std::int64_t, 2>>("kernel_size");
        const auto strides = a.get<std::array<std::int64_t, 2>>("strides");
        const auto dilation = a.get<std::array<std::int64_t, 2>>("dilation_rate");
        shape.rows = {.size = size[0], .stride = strides[0], .dilation = dilation[0]};
        shape.columns = {.size = size[1], .stride = strides[1], .dilation = dilation[1]};
        shape.filters = a.get<std::int64_t>("filters");
        shape.groups = a.get<std::int64_t>("groups");
        if (strides != std::array<std::int64_t, 2>{1, 1} && dilation != std::array<std::int64_t, 2>{1, 1})
            throw a.error("dilation_rate", "strides and dilation_rate are both above 1; one of them must be 1");
        if (shape.filters % shape.groups != 0)
            throw a.error("groups",
                          text("groups is ", shape.groups, ", which does not divide the ", shape.filters, " filters"));
    }

    void infer(InferContext& c) const override {
        c.want(0, 4, "[batch, rows, columns, channels]", "put a reshape before it");
        const kernels::Convolution s = placed(c.input(0).shape);
        if (s.rows.extent * s.columns.extent * s.channels < 1)
            throw c.error(text("input has shape ", c.source(0), "; there must be at least one value in it"));
        if (s.channels % s.groups != 0)
            throw c.error(text("input has shape ", c.source(0), "; groups is ", s.groups,
                               ", which does not divide the ", s.channels, " channels"));
        if (!s.rows.fits() || !s.columns.fits())
            throw c.error(text("input has shape ", c.source(0), "; the kernel spans ", s.rows.reach(), " x ",
                               s.columns.reach(), " and does not fit into ", s.rows.padded(), " x ", s.columns.padded(),
                               ": make kernel_size smaller or padding larger"));
        c.parameter("kernel", Shape{s.rows.size, s.columns.size, s.channels / s.groups, s.filters}, kernel_initializer);
        if (use_bias)
            c.parameter("bias", Shape{s.filters}, bias_initializer);
        c.output(0, TensorType{Shape{c.input(0).shape[0], s.rows.count(), s.columns.count(), s.filters}});
    }

    [[nodiscard]] std::unique_ptr<Work> plan(PlanContext& c) const override;

    /// The convolution on an input [N, H, W, C].
    [[nodiscard]] kernels::Convolution placed(const Shape& input) const {
        kernels::Convolution s = shape;
        s.rows.extent = input[1];
        s.columns.extent = input[2];
        s.channels = input[3];
        padding.apply(s.rows, s.columns);
        return s;
    }

    kernels::Convolution shape;  ///< without the image
    kernels::Padding padding;
    bool use_bias;
    TypedValue kernel_initializer;
    TypedValue bias_initializer;
};

std::unique_ptr<Work> Conv2d::plan(PlanContext& c) const {
    const kernels::Convolution s = placed(c.input(0).shape);
    const kernels::Slices shards{c.shard_sizes(), c.workers()};
    kernels::ProductWork::Parts parts;
    parts.bias = use_bias;
    parts.flops = static_cast<double>(c.batch()) * s.flops();
    parts.forward = kernels::make_convolution(kernels::Pass::forward, s, shards);
    if (c.wants_input_gradient(0))
        parts.backward = kernels::make_convolution(kernels::Pass::backward_data, s, shards);
    const std::int64_t batch = c.batch();
    parts.tiled_dimension = 2;
    if (c.wants_parameter_gradient() && c.parameter(0).shape.elements() > large_kernel) {
        const std::int64_t channels = s.channels / s.groups;
        const std::int64_t tiles =
            std::clamp((channels * s.filters + tile_pairs / 2) / tile_pairs, std::int64_t{1}, channels);
        parts.tiles = static_cast<std::size_t>(tiles);
        parts.weights =
            kernels::make_convolution_part_gradient(s, {{&batch, 1}, c.workers()}, (channels + tiles - 1) / tiles);
    } else if (c.wants_parameter_gradient()) {
        parts.weights = kernels::make_convolution_gradient(s, shards);
    }
    return std::make_unique<kernels::ProductWork>(c, std::move(parts));
}

}  // namespace

void add_conv2d(Registry& registry) {
    using Form = AttributeSpec::Form;
    registry.layer<Conv2d>("conv2d", "Slides a kernel over the rows and columns of an image")
        .required("filters", Form::integer, "channels of the output")
        .at_least(1)
        .required("kernel_size", Form::pair, "rows and columns of the kernel")
        .at_least(1)
        .pair("strides", 1, "steps of the kernel along rows and columns")
        .at_least(1)
        .any("padding", "valid", "border of zeros: valid (none), same, a number, or [[top, bottom], [left, right]]")
        .pair("dilation_rate", 1, "distance between neighbouring elements of the kernel")
        .at_least(1)
        .attribute("groups", 1, "parts of the channels that are convolved apart from each other")
        .at_least(1)
        .attribute("use_bias", true, "adds a number of its own to each filter's output")
        .typed("kernel_initializer", Kind::initializer, "glorot_uniform", "first values of the kernel")
        .typed("bias_initializer", Kind::initializer, "zeros", "first values of the bias")
        .activation()
        .formula(
            "y[n,p,q,k] = bias[k] + sum over r, s, c of x[n, p strides + r dilation_rate - top, ..., c] "
            "kernel[r,s,c,k]")
        .shapes(
            "x       [N, H, W, C]\nkernel  [R, S, C / groups, filters]\nbias    [filters]\n"
            "y       [N, P, Q, filters]");
}

}  // namespace plexus::convolution
