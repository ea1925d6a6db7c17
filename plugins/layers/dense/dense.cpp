#include "dense.hpp"

#include <algorithm>
#include <optional>

#include "kernels/convolution.hpp"

namespace plexus::dense {
namespace {

using Role = Operand::Role;

constexpr std::size_t kernel = 0;
constexpr std::size_t bias = 1;
// A gradient of so few numbers is made per shard and summed: a tile would take part in every shard for little work.
constexpr std::int64_t small_kernel = 16384;
constexpr std::int64_t tile_rows = 192;

/// Every output is a weighted sum of all inputs.
///   x       [N, F]
///   kernel  [F, units]
///   bias    [units]   unless use_bias is false
///   y       [N, units]
/// A row of y does not depend on the other rows, down to its bits. Larger kernels get their gradient tile by tile over
/// the whole batch, others per shard.
/// Refused while planning: an input that is not [N, F], or has no features.
struct Dense final : Layer {
    explicit Dense(const Attributes& a)
        : units{a.get<std::int64_t>("units")},
          use_bias{a.get<bool>("use_bias")},
          kernel_initializer{a.typed("kernel_initializer")},
          bias_initializer{a.typed("bias_initializer")} {}

    void infer(InferContext& c) const override {
        c.want(0, 2, "[batch, features]", "put a flatten before it");
        const std::int64_t features = c.input(0).shape[1];
        if (features < 1)
            throw c.error(text("input has shape ", c.source(0), "; dense wants at least one feature"));
        c.parameter("kernel", Shape{features, units}, kernel_initializer);
        if (use_bias)
            c.parameter("bias", Shape{units}, bias_initializer);
        c.output(0, TensorType{Shape{c.input(0).shape[0], units}});
    }

    [[nodiscard]] std::unique_ptr<Work> plan(PlanContext& c) const override;

    std::int64_t units;
    bool use_bias;
    TypedValue kernel_initializer;
    TypedValue bias_initializer;
};

class DenseWork final : public Work {
public:
    DenseWork(const Dense& layer, PlanContext& c)
        : units_{layer.units}, features_{c.input(0).shape[1]}, bias_{layer.use_bias} {
        const kernels::Slices shards{c.shard_sizes(), c.workers()};
        const double flops = 2.0 * static_cast<double>(c.batch() * features_ * units_);
        forward_ = kernels::make_dense(kernels::Pass::forward, features_, units_, shards);
        const bool data = c.training() && c.wants_input_gradient(0);
        if (data)
            backward_ = kernels::make_dense(kernels::Pass::backward_data, features_, units_, shards);
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
        if (data) {
            backward_stage_ = c.backward({.name = "data",
                                          .reads = {{Role::output_gradient, 0}, {Role::derived, packed_back_}},
                                          .writes = {{Role::input_gradient, 0}},
                                          .scratch = backward_->scratch_bytes(),
                                          .flops = flops,
                                          .kernel = backward_->name()});
            c.choose("data", backward_->name());
        }
        if (c.training() && c.wants_parameter_gradient())
            plan_weights(c, shards, flops);
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
        const bool tiled = features_ * units_ > small_kernel;
        const std::int64_t tiles = tiled ? (features_ + tile_rows - 1) / tile_rows : 1;
        const std::int64_t rows = (features_ + tiles - 1) / tiles;
        const std::int64_t batch = c.batch();
        weights_ = tiled ? kernels::make_dense_gradient(features_, units_, rows, {{&batch, 1}, c.workers()})
                         : kernels::make_dense_gradient(features_, units_, rows, shards);
        weights_stage_ = c.backward({.name = "weights",
                                     .over = tiled ? Over::tile : Over::shard,
                                     .reads = {{Role::input, 0}, {Role::output_gradient, 0}},
                                     .writes = {{Role::parameter_gradient, kernel}},
                                     .scratch = weights_->scratch_bytes(),
                                     .tiles = static_cast<std::size_t>(tiles),
                                     .tiled = kernel,
                                     .flops = flops,
                                     .kernel = weights_->name()});
        c.choose("weights", text(weights_->name(), tiled ? ", tiles " : ", shards", tiled ? text(tiles) : ""));
        if (bias_)
            bias_stage_ = c.backward(
                {.name = "bias", .reads = {{Role::output_gradient, 0}}, .writes = {{Role::parameter_gradient, bias}}});
    }

    static const std::byte* bytes(const ConstTensor& derived) noexcept {
        return static_cast<const std::byte*>(derived.data);
    }

    static void pack(const StageContext& c, const kernels::Product& product, std::size_t derived) {
        product.pack(c.worker(), c.parameter(kernel).as().data(), static_cast<std::byte*>(c.derived(derived).data));
    }

    void gradients(const StageContext& c) const {
        const float* dy = c.output_gradient(0).as().data();
        if (c.stage() == bias_stage_) {
            kernels::sum_rows(dy, static_cast<std::size_t>(c.samples()), static_cast<std::size_t>(units_),
                              c.parameter_gradient(bias).as().data());
            return;
        }
        const Tensor dw = c.parameter_gradient(kernel);
        const std::int64_t rows = dw.shape()[0];
        const std::int64_t first = rows == features_ ? 0 : c.row_begin();
        weights_->run(c.worker(), c.samples(), c.input(0).as().data(), dy, first, rows, dw.as().data(),
                      c.scratch().data());
    }

    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    std::int64_t units_;
    std::int64_t features_;
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
    std::size_t bias_stage_ = none;
};

std::unique_ptr<Work> Dense::plan(PlanContext& c) const {
    return std::make_unique<DenseWork>(*this, c);
}

}  // namespace

void add_dense(Registry& registry) {
    registry.layer<Dense>("dense", "Makes every output a weighted sum of all inputs")
        .required("units", AttributeSpec::Form::integer, "outputs per sample")
        .at_least(1)
        .attribute("use_bias", true, "adds a number of its own to each output")
        .typed("kernel_initializer", Kind::initializer, "glorot_uniform", "first values of the kernel")
        .typed("bias_initializer", Kind::initializer, "zeros", "first values of the bias")
        .activation()
        .formula("y = x kernel + bias")
        .shapes("x       [N, F]\nkernel  [F, units]\nbias    [units]\ny       [N, units]");
}

}  // namespace plexus::dense
