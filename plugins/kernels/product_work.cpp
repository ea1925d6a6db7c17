#include "kernels/product_work.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/elementwise.hpp"
#include "kernels/rows.hpp"
#include "plexus/text.hpp"

namespace plexus::kernels {
namespace {

using Role = Operand::Role;

constexpr std::size_t kernel = 0;
constexpr std::size_t bias = 1;

// So many numbers do not stay in a core's own cache from one shard to the next.
constexpr std::int64_t large_kernel = 256 * 1024;
// So many do not stay in any cache. They are worth a group that ends within a shard, and what a shard must put aside
// because its task ends here.
constexpr std::int64_t huge_kernel = 1024 * 1024;
// What a group's tensors may have for its task to go on with them.
constexpr std::size_t group_bytes = 1024 * 1024;
// From so many samples on, reading such a kernel takes little of the time of multiplying it.
constexpr std::int64_t long_group = 128;

// oneDNN 2.6 adds up a longer sum of bfloat16 products in parts, which it chooses by the number of rows.
constexpr std::int64_t longest_bf16_sum = 3584;

// What one tile should have to do or to read, to be worth a task of its own: some 40 us.
constexpr double tile_flops = 4e6;
constexpr double tile_bytes = 512e3;
// Where a tile may have any number of channels: fewer leave vectors empty.
constexpr std::int64_t tile_channels = 32;

bool can_cut(const Product& product, std::int64_t channels, std::int64_t tiles) {
    const std::int64_t split = product.split();
    return split == 1 ? channels >= tile_channels * tiles : split > 1 && channels % (split * tiles) == 0;
}

/// Into how many parts the channels that are written are cut, over the whole batch; 0: the product runs for slices of
/// samples. A channel's bits do not depend on the cut.
/// What reads the kernel as it lies is cut so instead of into groups of samples: a core then reads its part of the
/// kernel alone, and what one core reads is soon written by another. Else a batch that is one shard is cut, which would
/// leave all threads but one idle; but not in training, where packing the kernel has kept one busy for longer.
std::size_t channel_tiles(const PlanContext& c, const Product& product, std::int64_t channels, std::size_t groups,
                          double flops) {
    if (!c.wants_tiles() || (c.training() && product.packs()))
        return 0;
    if (groups > 0 && !product.packs())
        return can_cut(product, channels, static_cast<std::int64_t>(groups)) ? groups : 0;
    if (c.shard_sizes().size() != 1 || c.shard_sizes()[0] != c.batch())
        return 0;
    const double worth = std::max(flops / tile_flops, static_cast<double>(product.packed_bytes()) / tile_bytes);
    auto tiles = static_cast<std::int64_t>(std::min(static_cast<double>(c.workers()), worth));
    while (tiles > 1 && !can_cut(product, channels, tiles))
        --tiles;
    return tiles > 1 ? static_cast<std::size_t>(tiles) : 0;
}

}  // namespace

Formats ProductWork::forward_formats(const PlanContext& c) {
    return {c.input(0).element, c.output(0).element, c.precision()};
}

Formats ProductWork::backward_formats(const PlanContext& c) {
    return {c.output(0).element, c.input(0).element, c.precision()};
}

ProductWork::ProductWork(PlanContext& c, Parts parts) : parts_{std::move(parts)} {
    take_in(c.absorbed());
    forward_weights_ = plan_pack(c, Step::pack_forward, *parts_.forward);
    if (parts_.backward)
        backward_weights_ = plan_pack(c, Step::pack_backward, *parts_.backward);
    plan_forward(c);
    // First the weights: they read x, which the forward pass left in the cache, and dy, which data reads after them.
    // But what reads the kernel itself comes before its update, which is best made where the gradient is.
    const bool data_first = backward_weights_.role == Role::parameter;
    if (parts_.backward && data_first)
        plan_data(c);
    if (parts_.weights)
        plan_weights(c);
    if (parts_.backward && !data_first)
        plan_data(c);
}

// The number of groups may be one of the workers', where a row's bits do not depend on the group that it is in.
std::size_t ProductWork::groups_of(const PlanContext& c, std::int64_t inputs, std::int64_t outputs) {
    const auto shards = static_cast<std::size_t>((c.batch() + c.shard_sizes()[0] - 1) / c.shard_sizes()[0]);
    if (!c.wants_tiles() || inputs * outputs < large_kernel)
        return 0;
    const auto fewest = static_cast<std::size_t>((c.batch() + long_group - 1) / long_group);
    const bool by_rows = c.precision() == Precision::bf16 && std::max(inputs, outputs) > longest_bf16_sum;
    const std::size_t groups = std::max(fewest, by_rows ? 2 : c.workers());
    if (groups >= shards)
        return 0;
    const bool whole_shards = shards % groups == 0 && c.batch() % static_cast<std::int64_t>(shards) == 0;
    const bool goes_on = whole_shards && c.largest_of_samples() <= groups * group_bytes;
    return goes_on || inputs * outputs >= huge_kernel ? groups : 0;
}

std::vector<std::int64_t> ProductWork::group_sizes(const PlanContext& c, std::size_t groups) {
    if (groups == 0)
        return {c.shard_sizes().begin(), c.shard_sizes().end()};
    const auto count = static_cast<std::int64_t>(groups);
    std::vector<std::int64_t> sizes{(c.batch() + count - 1) / count};
    if (c.batch() % count != 0)
        sizes.push_back(c.batch() / count);
    return sizes;
}

bool ProductWork::cut(const PlanContext& c, Stage& stage, const Product& product, const Shape& written) const {
    const std::size_t tiles = channel_tiles(c, product, written.back(), parts_.groups, parts_.flops);
    if (tiles == 0 && parts_.groups == 0)
        return false;
    stage.over = Over::tile;
    stage.tiles = tiles > 0 ? tiles : parts_.groups;
    stage.tiled = stage.writes[0];
    stage.tiled_dimension = tiles > 0 ? written.rank() - 1 : 0;
    return tiles > 0;
}

bool ProductWork::absorbs(const Neighbour& neighbour, std::span<const Neighbour> so_far, Mode mode) {
    if (mode == Mode::training || neighbour.side != Neighbour::Side::after)
        return false;
    const std::string last = so_far.empty() ? "" : so_far.back().does.op;
    return (neighbour.does.op == "BatchNormalization" && last.empty()) ||
           (neighbour.does.op == "Relu" && (last.empty() || last == "BatchNormalization"));
}

void ProductWork::take_in(std::span<const Neighbour> absorbed) {
    for (const Neighbour& n : absorbed) {
        if (n.does.op == "Relu") {
            relu_ = true;
            continue;
        }
        Normalization& made = normalization_.emplace();
        made.epsilon = n.does.attribute("epsilon");
        std::size_t next = n.first_parameter;
        if (n.does.attribute("scale") != 0)
            made.gamma = next++;
        if (n.does.attribute("center") != 0)
            made.beta = next;
        made.mean = n.first_state;
    }
}

Operand ProductWork::plan_pack(PlanContext& c, Step step, const Product& product) {
    if (!product.packs() && !normalization_)
        return {Role::parameter, kernel};
    const std::string pass = step == Step::pack_forward ? "forward" : "backward";
    const std::size_t derived = c.derived(pass + " kernel " + product.format(), product.packed_bytes());
    Stage pack{.name = "pack",
               .over = Over::batch,
               .reads = {{Role::parameter, kernel}},
               .writes = {{Role::derived, derived}},
               .kernel = product.name()};
    if (normalization_) {
        if (parts_.bias)
            pack.reads.push_back({Role::parameter, bias});
        for (const auto& parameter : {normalization_->gamma, normalization_->beta})
            if (parameter)
                pack.reads.push_back({Role::parameter, *parameter});
        pack.reads.push_back({Role::state, normalization_->mean});
        pack.reads.push_back({Role::state, normalization_->mean + 1});
        const auto channels = static_cast<std::size_t>(c.output(0).shape.back());
        normalized_bias_ = c.derived("normalized bias", channels * sizeof(float));
        pack.writes.push_back({Role::derived, normalized_bias_});
        pack.scratch = c.parameter(kernel).bytes() + channels * sizeof(float);
        c.choose("pack", "batch normalization is part of the kernel");
    }
    c.forward(std::move(pack));
    steps_.push_back(step);
    return {Role::derived, derived};
}

void ProductWork::plan_forward(PlanContext& c) {
    Stage forward{.name = relu_ ? "forward, relu" : "forward",
                  .reads = {{Role::input, 0}, forward_weights_},
                  .writes = {{Role::output, 0}},
                  .scratch = parts_.forward->scratch_bytes(),
                  .flops = parts_.flops,
                  .kernel = parts_.forward->name()};
    if (normalization_)
        forward.reads.push_back({Role::derived, normalized_bias_});
    else if (parts_.bias)
        forward.reads.push_back({Role::parameter, bias});
    forward_split_ = cut(c, forward, *parts_.forward, c.output(0).shape);
    c.forward(std::move(forward));
    c.choose("forward", parts_.forward->name());
    steps_.push_back(Step::forward);
}

void ProductWork::plan_data(PlanContext& c) {
    Stage data{.name = "data",
               .reads = {{Role::output_gradient, 0}, backward_weights_},
               .writes = {{Role::input_gradient, 0}},
               .scratch = parts_.backward->scratch_bytes(),
               .flops = parts_.flops,
               .kernel = parts_.backward->name()};
    data_split_ = cut(c, data, *parts_.backward, c.input(0).shape);
    c.backward(std::move(data));
    c.choose("data", parts_.backward->name());
    steps_.push_back(Step::data);
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
            pack(c, *parts_.forward, forward_weights_);
            break;
        case Step::pack_backward:
            pack(c, *parts_.backward, backward_weights_);
            break;
        case Step::forward:
            run_forward(c);
            break;
        case Step::data:
            run_product(c, *parts_.backward, backward_weights_, part_of(c, data_split_, {}), c.output_gradient(0),
                        c.input_gradient(0));
            break;
        case Step::weights:
            run_weights(c);
            break;
        case Step::bias:
            run_bias(c);
            break;
    }
}

void ProductWork::pack(const StageContext& c, const Product& product, Operand packed) const {
    if (normalization_)
        pack_normalized(c);
    else
        product.pack(c.worker(), c.parameter(kernel).as().data(),
                     static_cast<std::byte*>(c.derived(packed.index).data));
}

// y = (x w + b - mean) s + beta with s = gamma / sqrt(variance + epsilon) is x (w s) + ((b - mean) s + beta).
void ProductWork::pack_normalized(const StageContext& c) const {
    const auto weights = c.parameter(kernel).as();
    const std::span<const float> mean = c.state(normalization_->mean).as();
    const std::span<const float> variance = c.state(normalization_->mean + 1).as();
    const std::size_t channels = mean.size();
    auto* scaled = reinterpret_cast<float*>(c.scratch().data());
    float* scale = scaled + weights.size();
    auto* shift = static_cast<float*>(c.derived(normalized_bias_).data);
    for (std::size_t k = 0; k < channels; ++k) {
        const double gamma = normalization_->gamma ? c.parameter(*normalization_->gamma).as()[k] : 1;
        const double beta = normalization_->beta ? c.parameter(*normalization_->beta).as()[k] : 0;
        const double factor = gamma / std::sqrt(static_cast<double>(variance[k]) + normalization_->epsilon);
        const double own = parts_.bias ? c.parameter(bias).as()[k] : 0;
        scale[k] = static_cast<float>(factor);
        shift[k] = static_cast<float>((own - static_cast<double>(mean[k])) * factor + beta);
    }
    // The output's channels are the kernel's last dimensions, or its last but one.
    const std::size_t inner = parts_.mirrored ? static_cast<std::size_t>(c.parameter(kernel).shape().back()) : 1;
    for (std::size_t i = 0; i < weights.size(); ++i)
        scaled[i] = weights[i] * scale[i / inner % channels];
    parts_.forward->pack(c.worker(), scaled, static_cast<std::byte*>(c.derived(forward_weights_.index).data));
}

Finish ProductWork::part_of(const StageContext& c, bool split, Finish finish) {
    if (split) {
        finish.first = c.row_begin();
        finish.count = c.row_count();
    }
    return finish;
}

void ProductWork::run_forward(const StageContext& c) const {
    Finish finish{.relu = relu_};
    if (normalization_)
        finish.bias = static_cast<const float*>(c.derived(normalized_bias_).data);
    else if (parts_.bias)
        finish.bias = c.parameter(bias).as().data();
    run_product(c, *parts_.forward, forward_weights_, part_of(c, forward_split_, finish), c.input(0), c.output(0));
}

void ProductWork::run_product(const StageContext& c, const Product& product, Operand weights, const Finish& finish,
                              ConstTensor from, Tensor to) const {
    // Of a group, what is written is its part alone, and what is read is the batch.
    const std::int64_t samples = to.shape()[0];
    const auto* first = static_cast<const std::byte*>(from.data);
    if (samples != from.shape()[0])
        first +=
            from.type.bytes() / static_cast<std::size_t>(from.shape()[0]) * static_cast<std::size_t>(c.row_begin());
    const void* const read =
        weights.role == Role::derived ? c.derived(weights.index).data : c.parameter(weights.index).data;
    product.run(c.worker(), samples * parts_.rows_per_sample, first, static_cast<const std::byte*>(read), finish,
                to.data, c.scratch().data());
}

void ProductWork::run_weights(const StageContext& c) const {
    const Tensor dw = c.parameter_gradient(kernel);
    const std::size_t dimension = parts_.tiled_dimension;
    const bool tiled = parts_.tiles > 0;
    const std::int64_t first = tiled ? c.row_begin() : 0;
    const std::int64_t count = tiled ? c.row_count() : dw.shape()[dimension];
    const void* x = c.input(0).data;
    const void* dy = c.output_gradient(0).data;
    if (parts_.mirrored)
        std::swap(x, dy);
    parts_.weights->run(c.worker(), c.samples() * parts_.rows_per_sample, x, dy, first, count, dw.as().data(),
                        c.scratch().data());
}

void ProductWork::run_bias(const StageContext& c) const {
    const auto db = c.parameter_gradient(bias).as();
    with_type_of(c.output_gradient(0).type.element, [&]<class T>(T) {
        const auto dy = c.output_gradient(0).as<T>();
        sum_rows(dy.data(), dy.size() / db.size(), db.size(), db.data());
    });
}

}  // namespace plexus::kernels
