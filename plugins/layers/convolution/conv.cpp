#include "convolution.hpp"
#include "kernels/product_work.hpp"

namespace plexus::convolution {
namespace {

/// Slides a kernel over the rows and columns of an image; conv1d is that of an image of one row.
///   x       [N, H, W, C]   or [N, T, F], where F is meant by C below
///   kernel  [R, S, C / groups, filters]   or [S, F / groups, filters]; R, S: kernel_size
///   bias    [filters]   unless use_bias is false
///   y       [N, P, Q, filters]   or [N, Q, filters]
///           P = floor((H + padding - dilation_rate (R - 1) - 1) / strides) + 1; Q likewise
/// A sample of y does not depend on the other samples, down to its bits. The border counts as zeros. As in Keras and
/// PyTorch the kernel is not mirrored. A kernel of more than 256 Ki numbers gets its gradient in tiles of input
/// channels over the whole batch, others per shard. Refused while planning: an input of other dimensions, a kernel that
/// does not fit into the padded input, groups that do not divide C and filters, and strides together with
/// dilation_rate, as in Keras.
template <Along along>
struct Conv final : Layer {
    explicit Conv(const Attributes& a)
        : sliding{a, along},
          use_bias{a.get<bool>("use_bias")},
          kernel_initializer{a.typed("kernel_initializer")},
          bias_initializer{a.typed("bias_initializer")} {
        shape.rows = sliding.rows;
        shape.columns = sliding.columns;
        shape.filters = a.get<std::int64_t>("filters");
        shape.groups = a.get<std::int64_t>("groups");
        if (shape.filters % shape.groups != 0)
            throw a.error("groups",
                          text("groups is ", shape.groups, ", which does not divide the ", shape.filters, " filters"));
    }

    void infer(InferContext& c) const override {
        want_image(c, along);
        const kernels::Convolution s = placed(c.input(0).shape);
        if (s.channels % s.groups != 0)
            throw c.error(text("input has shape ", c.source(0), "; groups is ", s.groups,
                               ", which does not divide the ", s.channels, " channels"));
        want_fit(c, s, along);
        const Shape kernel{s.rows.size, s.columns.size, s.channels / s.groups, s.filters};
        c.parameter("kernel", along == Along::steps ? kernel.from(1) : kernel, kernel_initializer);
        if (use_bias)
            c.parameter("bias", Shape{s.filters}, bias_initializer);
        const Shape output{c.input(0).shape[0], s.rows.count(), s.columns.count(), s.filters};
        c.output(0, TensorType{kernels::without_rows(along, output)});
    }

    [[nodiscard]] Traits traits() const override { return {.bfloat16 = Bfloat16::any}; }

    [[nodiscard]] bool absorbs(const Neighbour& neighbour, std::span<const Neighbour> so_far,
                               Mode mode) const override {
        return kernels::ProductWork::absorbs(neighbour, so_far, mode);
    }

    [[nodiscard]] std::unique_ptr<Work> plan(PlanContext& c) const override {
        return plan_convolution(c, placed(c.input(0).shape), use_bias);
    }

    /// The convolution on an input [N, H, W, C], or [N, T, F].
    [[nodiscard]] kernels::Convolution placed(const Shape& shape_of_input) const {
        const Shape input = kernels::image_of(along, shape_of_input);
        kernels::Convolution s = shape;
        s.rows.extent = input[1];
        s.columns.extent = input[2];
        s.channels = input[3];
        sliding.padding.apply(s.rows, s.columns);
        return s;
    }

    Sliding sliding;
    kernels::Convolution shape;  ///< without the image
    bool use_bias;
    TypedValue kernel_initializer;
    TypedValue bias_initializer;
};

template <Along along>
Schema& add(Registry& registry, const char* type, const char* help) {
    Schema& schema = registry.layer<Conv<along>>(type, help)
                         .required("filters", AttributeSpec::Form::integer, "channels of the output")
                         .at_least(1);
    return Sliding::declare(schema, "border of zeros: valid (none)", along)
        .attribute("groups", 1, "parts of the channels that are convolved apart from each other")
        .at_least(1)
        .attribute("use_bias", true, "adds a number of its own to each filter's output")
        .typed("kernel_initializer", Kind::initializer, "glorot_uniform", "first values of the kernel")
        .typed("bias_initializer", Kind::initializer, "zeros", "first values of the bias")
        .activation();
}

}  // namespace

void add_conv(Registry& registry) {
    add<Along::steps>(registry, "conv1d", "Slides a kernel over the steps of a sequence")
        .formula("y[n,q,k] = bias[k] + sum over s, f of x[n, q strides + s dilation_rate - left, f] kernel[s,f,k]")
        .shapes("x       [N, T, F]\nkernel  [S, F / groups, filters]\nbias    [filters]\ny       [N, Q, filters]");
    add<Along::image>(registry, "conv2d", "Slides a kernel over the rows and columns of an image")
        .formula(
            "y[n,p,q,k] = bias[k] + sum over r, s, c of x[n, p strides + r dilation_rate - top, ..., c] "
            "kernel[r,s,c,k]")
        .shapes(
            "x       [N, H, W, C]\nkernel  [R, S, C / groups, filters]\nbias    [filters]\n"
            "y       [N, P, Q, filters]");
}

}  // namespace plexus::convolution
