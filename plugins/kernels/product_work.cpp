#include "kernels/product_work.hpp"

#include <utility>

#include "plexus/text.hpp"

namespace plexus::kernels {
namespace {

using Role = Operand::Role;

constexpr std::size_t kernel = 0;
constexpr std::size_t bias = 1;

const std::byte* packed(const StageContext& c, std::size_t derived) noexcept {
    return static_cast<const std::byte*>(c.derived(derived).data);
}

}  // namespace

ProductWork::ProductWork(PlanContext& c, Parts parts) : parts_{std::move(parts)} {
    packed_forward_ = plan_pack(c, Step::pack_forward, *parts_.forward);
    if (parts_.backward)
        packed_backward_ = plan_pack(c, Step::pack_backward, *parts_.backward);
    Stage forward{.name = "forward",
                  .reads = {{Role::input, 0}, {Role::derived, packed_forward_}},
                  .writes = {{Role::output, 0}},
                  .scratch = parts_.forward->scratch_bytes(),
                  .flops = parts_.flops,
                  .kernel = parts_.forward->name()};
    if (parts_.bias)
        forward.reads.push_back({Role::parameter, bias});
    c.forward(std::move(forward));
    c.choose("forward", parts_.forward->name());
    steps_.push_back(Step::forward);
    // First the weights: they read x, which the forward pass left in the cache, and dy, which data reads after them.
    if (parts_.weights)
        plan_weights(c);
    if (parts_.backward) {
        c.backward({.name = "data",
                    .reads = {{Role::output_gradient, 0}, {Role::derived, packed_backward_}},
                    .writes = {{Role::input_gradient, 0}},
                    .scratch = parts_.backward->scratch_bytes(),
                    .flops = parts_.flops,
                    .kernel = parts_.backward->name()});
        c.choose("data", parts_.backward->name());
        steps_.push_back(Step::data);
    }
}

std::size_t ProductWork::plan_pack(PlanContext& c, Step step, const Product& product) {
    const std::size_t derived = c.derived("kernel " + product.format(), product.packed_bytes());
    c.forward({.name = "pack",
               .over = Over::batch,
               .reads = {{Role::parameter, kernel}},
               .writes = {{Role::derived, derived}},
               .kernel = product.name()});
    steps_.push_back(step);
    return derived;
}

void ProductWork::plan_weights(PlanContext& c) {
    Stage weights{.name = "weights",
                  .reads = {{Role::input, 0}, {Role::output_gradient, 0}},
                  .writes = {{Role::parameter_gradient, kernel}},
                  .scratch = parts_.weights->scratch_bytes(),
                  .flops = parts_.flops,
                  .kernel = parts_.weights->name()};
    if (parts_.tiles > 0) {
        weights.over = Over::tile;
        weights.tiles = parts_.tiles;
        weights.tiled = {Role::parameter_gradient, kernel};
        weights.tiled_dimension = parts_.tiled_dimension;
        c.choose("weights", text(parts_.weights->name(), ", ", parts_.tiles, " tiles over the batch"));
    } else {
        c.choose("weights", text(parts_.weights->name(), ", per shard"));
    }
    c.backward(std::move(weights));
    steps_.push_back(Step::weights);
    if (!parts_.bias)
        return;
    c.backward({.name = "bias", .reads = {{Role::output_gradient, 0}}, .writes = {{Role::parameter_gradient, bias}}});
    steps_.push_back(Step::bias);
}

void ProductWork::run(const StageContext& c) const {
    switch (steps_[c.stage()]) {
        case Step::pack_forward:
            pack(c, *parts_.forward, packed_forward_);
            break;
        case Step::pack_backward:
            pack(c, *parts_.backward, packed_backward_);
            break;
        case Step::forward:
            parts_.forward->run(c.worker(), c.samples(), c.input(0).as().data(), packed(c, packed_forward_),
                                parts_.bias ? c.parameter(bias).as().data() : nullptr, c.output(0).as().data(),
                                c.scratch().data());
            break;
        case Step::data:
            parts_.backward->run(c.worker(), c.samples(), c.output_gradient(0).as().data(), packed(c, packed_backward_),
                                 nullptr, c.input_gradient(0).as().data(), c.scratch().data());
            break;
        case Step::weights:
            run_weights(c);
            break;
        case Step::bias:
            run_bias(c);
            break;
    }
}

void ProductWork::pack(const StageContext& c, const Product& product, std::size_t derived) const {
    product.pack(c.worker(), c.parameter(kernel).as().data(), static_cast<std::byte*>(c.derived(derived).data));
}

void ProductWork::run_weights(const StageContext& c) const {
    const Tensor dw = c.parameter_gradient(kernel);
    const std::size_t dimension = parts_.tiled_dimension;
    const bool tiled = parts_.tiles > 0;
    const std::int64_t first = tiled ? c.row_begin() : 0;
    const std::int64_t count = tiled ? c.row_count() : dw.shape()[dimension];
    // Of the first dimension, the view begins where the tile does.
    const std::int64_t offset = dimension == 0 ? 0 : first * dw.shape().back();
    const float* x = c.input(0).as().data();
    const float* dy = c.output_gradient(0).as().data();
    if (parts_.mirrored)
        std::swap(x, dy);
    parts_.weights->run(c.worker(), c.samples(), x, dy, first, count, dw.as().data() + offset, c.scratch().data());
}

void ProductWork::run_bias(const StageContext& c) const {
    const auto dy = c.output_gradient(0).as();
    const auto db = c.parameter_gradient(bias).as();
    sum_rows(dy.data(), dy.size() / db.size(), db.size(), db.data());
}

}  // namespace plexus::kernels
