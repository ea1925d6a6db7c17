#include <array>

#include "convolution.hpp"
#include "kernels/convolution.hpp"

namespace plexus::convolution {
namespace {

using Role = Operand::Role;

constexpr std::size_t kernel = 0;
constexpr std::size_t bias = 1;

/// Slides a kernel over the rows and columns of an image.
///   x       [N, H, W, C]
///   kernel  [R, S, C / groups, filters]   R, S: kernel_size
///   bias    [filters]   unless use_bias is false
///   y       [N, P, Q, filters]   P = floor((H + padding - dilation_rate (R - 1) - 1) / strides) + 1; Q likewise
/// A sample of y does not depend on the other samples, down to its bits. The border counts as zeros. As in Keras and
/// PyTorch the kernel is not mirrored.
/// Refused while planning: an input that is not [N, H, W, C], a kernel that does not fit into the padded input, groups
/// that do not divide C and filters, and strides together with dilation_rate, as in Keras.
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
        if (s.channels < 1 || s.channels % s.groups != 0)
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

class Conv2dWork final : public Work {
public:
    Conv2dWork(const Conv2d& layer, PlanContext& c) : shape_{layer.placed(c.input(0).shape)}, bias_{layer.use_bias} {
        const kernels::Slices shards{c.shard_sizes(), c.workers()};
        const double flops = static_cast<double>(c.batch()) * shape_.flops();
        const bool data = c.training() && c.wants_input_gradient(0);
        forward_ = kernels::make_convolution(kernels::Pass::forward, shape_, shards);
        if (data)
            backward_ = kernels::make_convolution(kernels::Pass::backward_data, shape_, shards);
        pack_stage_ = plan_pack(c, *forward_, packed_);
        if (data)
            pack_back_stage_ = plan_pack(c, *backward_, packed_back_);

        Stage forward{.name = "forward",
                      .reads = {{Role::input, 0}, {Role::derived, packed_}},
                      .writes = {{Role::output, 0}},
                      .scratch = forward_->scratch_bytes(),
                      .flops = flops,
                      .kernel = forward_->name()};
        if (bias_)
            forward.reads.push_back({Role::parameter, bias});
        forward_stage_ = c.forward(std::move(forward));
        c.choose("forward", forward_->name());
        // First the weights: this shard's dy is in the cache either way, and x is still there from the forward pass.
        if (c.training() && c.wants_parameter_gradient())
            plan_weights(c, shards, flops);
        if (data) {
            backward_stage_ = c.backward({.name = "data",
                                          .reads = {{Role::output_gradient, 0}, {Role::derived, packed_back_}},
                                          .writes = {{Role::input_gradient, 0}},
                                          .scratch = backward_->scratch_bytes(),
                                          .flops = flops,
                                          .kernel = backward_->name()});
            c.choose("data", backward_->name());
        }
    }

    void run(const StageContext& c) const override {
        const std::size_t stage = c.stage();
        if (stage == pack_stage_) {
            pack(c, *forward_, packed_);
        } else if (stage == pack_back_stage_) {
            pack(c, *backward_, packed_back_);
        } else if (stage == forward_stage_) {
            forward_->run(c.worker(), c.samples(), c.input(0).as().data(), bytes(c.derived(packed_)),
                          bias_ ? c.parameter(bias).as().data() : nullptr, c.output(0).as().data(), c.scratch().data());
        } else if (stage == backward_stage_) {
            backward_->run(c.worker(), c.samples(), c.output_gradient(0).as().data(), bytes(c.derived(packed_back_)),
                           nullptr, c.input_gradient(0).as().data(), c.scratch().data());
        } else {
            gradients(c);
        }
    }

private:
    static std::size_t plan_pack(PlanContext& c, const kernels::Product& product, std::size_t& derived) {
        derived = c.derived("kernel " + product.format(), product.packed_bytes());
        return c.forward({.name = "pack",
                          .over = Over::batch,
                          .reads = {{Role::parameter, kernel}},
                          .writes = {{Role::derived, derived}},
                          .kernel = product.name()});
    }

    void plan_weights(PlanContext& c, const kernels::Slices& shards, double flops) {
        weights_ = kernels::make_convolution_gradient(shape_, shards);
        Stage weights{.name = "weights",
                      .reads = {{Role::input, 0}, {Role::output_gradient, 0}},
                      .writes = {{Role::parameter_gradient, kernel}},
                      .scratch = weights_->scratch_bytes(),
                      .flops = flops,
                      .kernel = weights_->name()};
        if (bias_)
            weights.writes.push_back({Role::parameter_gradient, bias});
        weights_stage_ = c.backward(std::move(weights));
        c.choose("weights", weights_->name());
    }

    static const std::byte* bytes(const ConstTensor& derived) noexcept {
        return static_cast<const std::byte*>(derived.data);
    }

    static void pack(const StageContext& c, const kernels::Product& product, std::size_t derived) {
        product.pack(c.worker(), c.parameter(kernel).as().data(), static_cast<std::byte*>(c.derived(derived).data));
    }

    void gradients(const StageContext& c) const {
        const auto dy = c.output_gradient(0).as();
        const auto filters = static_cast<std::size_t>(shape_.filters);
        weights_->run(c.worker(), c.samples(), c.input(0).as().data(), dy.data(), 0,
                      shape_.taps() * (shape_.channels / shape_.groups), c.parameter_gradient(kernel).as().data(),
                      c.scratch().data());
        if (bias_)
            kernels::sum_rows(dy.data(), dy.size() / filters, filters, c.parameter_gradient(bias).as().data());
    }

    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    kernels::Convolution shape_;
    bool bias_;
    std::unique_ptr<kernels::Product> forward_;
    std::unique_ptr<kernels::Product> backward_;
    std::unique_ptr<kernels::WeightGradient> weights_;
    std::size_t packed_ = none;
    std::size_t packed_back_ = none;
    std::size_t pack_stage_ = none;
    std::size_t pack_back_stage_ = none;
    std::size_t forward_stage_ = none;
    std::size_t backward_stage_ = none;
    std::size_t weights_stage_ = none;
};

std::unique_ptr<Work> Conv2d::plan(PlanContext& c) const {
    return std::make_unique<Conv2dWork>(*this, c);
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
