#include "dense.hpp"

#include <algorithm>

#include "kernels/product_work.hpp"

namespace plexus::dense {
namespace {

// A gradient of so few numbers is made per shard and summed: a tile would take part in every shard for little work.
constexpr std::int64_t small_kernel = 16384;
constexpr std::int64_t tile_rows = 256;
constexpr std::int64_t fewest_rows = 64;  // of a tile that there is only so that every worker has one

/// Every output is a weighted sum of all inputs.
///   x       [N, F], or [N, T, F] for T time steps   float32 or bfloat16
///   kernel  [F, units]
///   bias    [units]   unless use_bias is false
///   y       [N, units], or [N, T, units]   float32 or bfloat16
/// All steps have the same kernel, and are rows of one product. A row of y does not depend on the other rows, down to
/// its bits. Larger kernels get their gradient tile by tile over the whole batch, others per shard.
/// Refused while planning: an input that is neither, for an image wants a flatten first; one without features or steps.
struct Dense final : Layer {
    explicit Dense(const Attributes& a)
        : units{a.get<std::int64_t>("units")},
          use_bias{a.get<bool>("use_bias")},
          kernel_initializer{a.typed("kernel_initializer")},
          bias_initializer{a.typed("bias_initializer")} {}

    void infer(InferContext& c) const override {
        if (c.input(0).shape.rank() != 3)
            c.want(0, 2, "[batch, features]", "put a flatten before it");
        const Shape& x = c.input(0).shape;
        const std::int64_t features = x.back();
        if (features < 1)
            throw c.error(text("input has shape ", c.source(0), "; there must be at least one feature in it"));
        if (x[1] < 1)
            throw c.error(text("input has shape ", c.source(0), "; there must be at least one step in it"));
        c.parameter("kernel", Shape{features, units}, kernel_initializer);
        if (use_bias)
            c.parameter("bias", Shape{units}, bias_initializer);
        c.output(0, TensorType{x.with(x.rank() - 1, units)});
    }

    [[nodiscard]] Traits traits() const override { return {.bfloat16 = Bfloat16::any}; }

    [[nodiscard]] bool absorbs(const Neighbour& neighbour, std::span<const Neighbour> so_far,
                               Mode mode) const override {
        return kernels::ProductWork::absorbs(neighbour, so_far, mode);
    }

    [[nodiscard]] std::unique_ptr<Work> plan(PlanContext& c) const override;

    std::int64_t units;
    bool use_bias;
    TypedValue kernel_initializer;
    TypedValue bias_initializer;
};

/// As many for each worker, where that leaves them rows enough: nothing else may be left to do at the end of a step.
std::int64_t tiles_of(std::int64_t features, std::int64_t workers) {
    const std::int64_t fewest = (features + tile_rows - 1) / tile_rows;
    const std::int64_t even = (fewest + workers - 1) / workers * workers;
    return std::min(even, std::max(fewest, features / fewest_rows));
}

std::unique_ptr<Work> Dense::plan(PlanContext& c) const {
    using enum kernels::Engine;
    const Shape& x = c.input(0).shape;
    const std::int64_t features = x.back();
    const std::int64_t steps = x.rank() == 3 ? x[1] : 1;
    const std::int64_t rows_of_batch = c.batch() * steps;
    const auto rows_of = [steps](std::vector<std::int64_t> sizes) {
        for (std::int64_t& size : sizes)
            size *= steps;
        return sizes;
    };
    const std::vector<std::int64_t> shard_rows = rows_of(c.shard_sizes());
    const kernels::Slices shards{shard_rows, c.workers()};
    kernels::ProductWork::Parts parts;
    parts.groups = kernels::ProductWork::groups_of(c, features, units);
    const std::vector<std::int64_t> group_rows = rows_of(kernels::ProductWork::group_sizes(c, parts.groups));
    const kernels::Slices groups{group_rows, c.workers()};
    parts.rows_per_sample = steps;
    parts.bias = use_bias;
    parts.flops = 2.0 * static_cast<double>(rows_of_batch * features * units);
    const kernels::Formats formats = kernels::ProductWork::forward_formats(c);
    // Outside of training a lone sample is cut along the units, over the workers.
    parts.forward = kernels::make_dense(kernels::Pass::forward, features, units, groups,
                                        c.training() ? unpacked : divisible, formats);
    if (c.wants_input_gradient(0))
        parts.backward = kernels::make_dense(kernels::Pass::backward_data, features, units, groups, unpacked,
                                             kernels::ProductWork::backward_formats(c));
    if (c.wants_parameter_gradient()) {
        const bool large = c.wants_tiles() && features * units > small_kernel;
        const std::int64_t tiles = large ? tiles_of(features, static_cast<std::int64_t>(c.workers())) : 0;
        const std::int64_t rows = tiles > 0 ? (features + tiles - 1) / tiles : features;
        const kernels::Slices whole{{&rows_of_batch, 1}, c.workers()};
        parts.tiles = static_cast<std::size_t>(tiles);
        parts.weights = kernels::make_dense_gradient(features, units, rows, tiles > 0 ? whole : shards, formats);
    }
    return std::make_unique<kernels::ProductWork>(c, std::move(parts));
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
        .shapes(
            "x       [N, F], or [N, T, F]: all steps alike\nkernel  [F, units]\nbias    [units]\n"
            "y       [N, units], or [N, T, units]");
}

}  // namespace plexus::dense
