#include "convolution.hpp"

#include <algorithm>
#include <array>

#include "kernels/product_work.hpp"

namespace plexus::convolution {
namespace {

// The gradient of a kernel of more numbers is made over the whole batch, some input channels at a time: one for each
// shard would take more memory, and more time to write and add up, than it saves.
constexpr std::int64_t large_kernel = 256 * 1024;
// Pairs of an input channel and a filter that one tile takes: what is summed for them stays in a cache.
constexpr std::int64_t tile_pairs = 40 * 1024;

}  // namespace

Sliding::Sliding(const Attributes& a, Along along) : padding{a, "padding", along} {
    const auto size = kernels::sides_of(along, a, "kernel_size");
    const auto strides = kernels::sides_of(along, a, "strides");
    const auto dilation = kernels::sides_of(along, a, "dilation_rate");
    rows = {.size = size[0], .stride = strides[0], .dilation = dilation[0]};
    columns = {.size = size[1], .stride = strides[1], .dilation = dilation[1]};
    if (strides != std::array<std::int64_t, 2>{1, 1} && dilation != std::array<std::int64_t, 2>{1, 1})
        throw a.error("dilation_rate", "strides and dilation_rate are both above 1; one of them must be 1");
}

Schema& Sliding::declare(Schema& schema, std::string_view border, Along along) {
    if (along == Along::steps)
        return schema.required("kernel_size", AttributeSpec::Form::integer, "steps of the kernel")
            .at_least(1)
            .attribute("strides", 1, "steps from one place of the kernel to the next")
            .at_least(1)
            .any("padding", "valid", text(border, ", same, a number, or [left, right]"))
            .attribute("dilation_rate", 1, "distance between neighbouring elements of the kernel")
            .at_least(1);
    return schema.required("kernel_size", AttributeSpec::Form::pair, "rows and columns of the kernel")
        .at_least(1)
        .pair("strides", 1, "steps of the kernel along rows and columns")
        .at_least(1)
        .any("padding", "valid", text(border, ", same, a number, or [[top, bottom], [left, right]]"))
        .pair("dilation_rate", 1, "distance between neighbouring elements of the kernel")
        .at_least(1);
}

void want_image(const InferContext& c, Along along) {
    c.want(0, along == Along::steps ? 3 : 4, kernels::dimensions_of(along), "put a reshape before it");
    if (c.input(0).shape.from(1).elements() < 1)
        throw c.error(text("input has shape ", c.source(0), "; there must be at least one value in it"));
}

void want_fit(const InferContext& c, const kernels::Convolution& shape, Along along) {
    if (shape.rows.fits() && shape.columns.fits())
        return;
    throw c.error(text("input has shape ", c.source(0), "; the kernel spans ",
                       kernels::extent_of(along, shape.rows.reach(), shape.columns.reach()), " and does not fit into ",
                       kernels::extent_of(along, shape.rows.padded(), shape.columns.padded()),
                       ": make kernel_size smaller or padding larger"));
}

std::unique_ptr<Work> plan_convolution(PlanContext& c, const kernels::Convolution& shape, bool bias, bool mirrored) {
    using kernels::Pass;
    using enum kernels::Engine;
    const kernels::Slices shards{c.shard_sizes(), c.workers()};
    kernels::ProductWork::Parts parts;
    parts.bias = bias;
    parts.mirrored = mirrored;
    parts.flops = static_cast<double>(c.batch()) * shape.flops();
    const kernels::Formats formats = kernels::ProductWork::forward_formats(c);
    const kernels::Formats back = kernels::ProductWork::backward_formats(c);
    // Outside of training a lone sample is cut along the channels, over the workers.
    parts.forward = kernels::make_convolution(mirrored ? Pass::backward_data : Pass::forward, shape, shards,
                                              c.training() ? best : divisible, formats);
    if (c.wants_input_gradient(0))
        parts.backward =
            kernels::make_convolution(mirrored ? Pass::forward : Pass::backward_data, shape, shards, best, back);
    const std::int64_t batch = c.batch();
    const bool depthwise = shape.groups > 1 && shape.groups == shape.channels;
    parts.tiled_dimension = c.parameter(0).shape.rank() - 2;
    const bool large = c.wants_tiles() && !depthwise && c.parameter(0).shape.elements() > large_kernel;
    if (c.wants_parameter_gradient() && large) {
        const std::int64_t channels = shape.channels / shape.groups;
        const std::int64_t pairs = channels * shape.filters;
        const std::int64_t tiles = std::clamp((pairs + tile_pairs / 2) / tile_pairs, std::int64_t{1}, channels);
        parts.tiles = static_cast<std::size_t>(tiles);
        parts.weights = kernels::make_convolution_part_gradient(
            shape, {{&batch, 1}, c.workers()}, (channels + tiles - 1) / tiles, best, mirrored ? back : formats);
    } else if (c.wants_parameter_gradient()) {
        parts.weights = kernels::make_convolution_gradient(shape, shards, best, mirrored ? back : formats);
    }
    return std::make_unique<kernels::ProductWork>(c, std::move(parts));
}

}  // namespace plexus::convolution
