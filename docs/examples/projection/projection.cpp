// A layer that books the kernels which the shipped layers use, keeps its weights packed for them, and makes the
// gradient of its weights tile by tile.
#include <kernels/convolution.hpp>
#include <plexus/plugin.hpp>

namespace {

namespace kernels = plexus::kernels;
using plexus::Operand;
using plexus::Over;
using plexus::StageContext;
using Role = plexus::Operand::Role;

constexpr Operand input{Role::input}, output{Role::output}, kernel{Role::parameter};
constexpr Operand output_gradient{Role::output_gradient}, input_gradient{Role::input_gradient};
constexpr Operand kernel_gradient{Role::parameter_gradient};
constexpr std::int64_t tile_rows = 128;

const std::byte* weights(const StageContext& c, Operand read) {
    const void* const data = read == kernel ? c.parameter(0).data : c.derived(read.index).data;
    return static_cast<const std::byte*>(data);
}

/// The kernels are made here, while planning: for every number of samples that a stage may have, and for as many
/// workers as may run it at the same time.
class ProjectionWork final : public plexus::Work {
public:
    ProjectionWork(plexus::PlanContext& c, std::int64_t features, std::int64_t units)
        : flops_{2.0 * static_cast<double>(c.batch() * features * units)} {
        const kernels::Slices shards{c.shard_sizes(), c.workers()};
        forward_ = kernels::make_dense(kernels::Pass::forward, features, units, shards, kernels::Engine::unpacked);
        pack_forward_ = plan_pack(c, *forward_, forward_reads_);
        if (c.wants_input_gradient(0)) {
            data_ = kernels::make_dense(kernels::Pass::backward_data, features, units, shards);
            pack_data_ = plan_pack(c, *data_, data_reads_);
        }
        product_ = c.forward({.name = "product",
                              .reads = {input, forward_reads_},
                              .writes = {output},
                              .scratch = forward_->scratch_bytes(),
                              .flops = flops_,
                              .kernel = forward_->name()});
        c.choose("product", forward_->name());
        if (c.wants_parameter_gradient())
            plan_weights(c, features, units);
        if (data_) {
            c.backward({.name = "data",
                        .reads = {output_gradient, data_reads_},
                        .writes = {input_gradient},
                        .scratch = data_->scratch_bytes(),
                        .flops = flops_,
                        .kernel = data_->name()});
            c.choose("data", data_->name());
        }
    }

    void run(const StageContext& c) const override {
        const auto samples = c.samples();
        std::byte* const scratch = c.scratch().data();
        if (c.stage() == pack_forward_)
            pack(c, *forward_, forward_reads_);
        else if (c.stage() == pack_data_)
            pack(c, *data_, data_reads_);
        else if (c.stage() == product_)
            forward_->run(c.worker(), samples, c.input(0).data, weights(c, forward_reads_), {}, c.output(0).data,
                          scratch);
        else if (c.stage() == weights_)
            gradient_->run(c.worker(), samples, c.input(0).data, c.output_gradient(0).data, c.row_begin(),
                           c.row_count(), c.parameter_gradient(0).as().data(), scratch);
        else
            data_->run(c.worker(), samples, c.output_gradient(0).data, weights(c, data_reads_), {},
                       c.input_gradient(0).data, scratch);
    }

private:
    // A stage over the batch that reads parameters alone and writes derived tensors alone runs when the parameters were
    // written, and at no other time.
    std::size_t plan_pack(plexus::PlanContext& c, const kernels::Product& product, Operand& read) {
        read = kernel;
        if (!product.packs())
            return none;
        read = {Role::derived, c.derived("kernel " + product.format(), product.packed_bytes())};
        return c.forward({.name = "pack", .over = Over::batch, .reads = {kernel}, .writes = {read}});
    }

    static void pack(const StageContext& c, const kernels::Product& product, Operand packed) {
        product.pack(c.worker(), c.parameter(0).as().data(), static_cast<std::byte*>(c.derived(packed.index).data));
    }

    // Each tile is some rows of the kernel's gradient, over the whole batch: there is nothing left to sum up, and its
    // update begins as soon as it is done. Every tile reads the whole batch, so they should be few.
    void plan_weights(plexus::PlanContext& c, std::int64_t features, std::int64_t units) {
        const std::int64_t batch = c.batch();
        const std::int64_t tiles = (features + tile_rows - 1) / tile_rows;
        gradient_ = kernels::make_dense_gradient(features, units, (features + tiles - 1) / tiles,
                                                 kernels::Slices{{&batch, 1}, c.workers()});
        weights_ = c.backward({.name = "weights",
                               .over = Over::tile,
                               .reads = {input, output_gradient},
                               .writes = {kernel_gradient},
                               .scratch = gradient_->scratch_bytes(),
                               .tiles = static_cast<std::size_t>(tiles),
                               .tiled = kernel_gradient,
                               .tiled_dimension = 0,
                               .flops = flops_,
                               .kernel = gradient_->name()});
        c.choose("weights", plexus::text(gradient_->name(), ", ", tiles, " tiles over the batch"));
    }

    static constexpr auto none = static_cast<std::size_t>(-1);
    double flops_;
    std::unique_ptr<kernels::Product> forward_;
    std::unique_ptr<kernels::Product> data_;             ///< null: the input's gradient is not wanted
    std::unique_ptr<kernels::WeightGradient> gradient_;  ///< null: the parameter's gradient is not wanted
    Operand forward_reads_ = kernel;
    Operand data_reads_ = kernel;
    std::size_t pack_forward_ = none;
    std::size_t pack_data_ = none;
    std::size_t product_ = none;
    std::size_t weights_ = none;
};

/// Every output is a weighted sum of all inputs: a dense layer without a bias.
///   x       [N, F]      float32
///   kernel  [F, units]  parameter
///   y       [N, units]
/// Refused while planning: an input that is not [N, F], or has no features.
struct Projection final : plexus::Layer {
    explicit Projection(const plexus::Attributes& a)
        : units{a.get<std::int64_t>("units")}, kernel_initializer{a.typed("kernel_initializer")} {}

    void infer(plexus::InferContext& c) const override {
        c.want(0, 2, "[batch, features]", "put a flatten before it");
        const plexus::Shape& x = c.input(0).shape;
        if (x[1] < 1)
            throw c.error(plexus::text("input has shape ", c.source(0), "; at least one feature is wanted"));
        c.parameter("kernel", {x[1], units}, kernel_initializer);
        c.output(0, {{x[0], units}});
    }

    [[nodiscard]] std::unique_ptr<plexus::Work> plan(plexus::PlanContext& c) const override {
        return std::make_unique<ProjectionWork>(c, c.input(0).shape[1], units);
    }

    std::int64_t units;
    plexus::TypedValue kernel_initializer;
};

}  // namespace

PLEXUS_PLUGIN("projection", "1.0.0", registry) {
    registry.layer<Projection>("projection", "Makes every output a weighted sum of all inputs")
        .required("units", plexus::AttributeSpec::Form::integer, "outputs per sample")
        .at_least(1)
        .typed("kernel_initializer", plexus::Kind::initializer, "glorot_uniform", "first values of the kernel")
        .formula("y = x kernel")
        .shapes("x       [N, F]\nkernel  [F, units]\ny       [N, units]");
}
