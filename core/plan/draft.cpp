#include "core/plan/draft.hpp"

#include <algorithm>
#include <numeric>

namespace plexus {

Draft::Draft(const PlanRequest& r) : request(r) {
    for (std::int64_t first = 0; first < r.batch; first += r.shard)
        shard_first.push_back(first);
    shard_first.push_back(r.batch);
}

std::uint32_t Draft::add_tensor(DraftTensor tensor) {
    tensors.push_back(std::move(tensor));
    return static_cast<std::uint32_t>(tensors.size() - 1);
}

void Draft::add_buffers(std::uint32_t number) {
    DraftTensor& t = tensors[number];
    if (t.fixed.base != 0 || t.first_buffer != nothing)
        return;
    t.first_buffer = static_cast<std::uint32_t>(buffers.size());
    t.pieces = t.whole ? 1 : static_cast<std::uint32_t>(t.tiles != 0 ? t.tiles : shards());
    for (std::uint32_t piece = 0; piece < t.pieces; ++piece) {
        Buffer b;
        b.bytes = t.type.bytes();
        if (!t.whole && t.per_sample)
            b.bytes = t.type.bytes() / static_cast<std::size_t>(request.batch) *
                      static_cast<std::size_t>(shard_first[piece + 1] - shard_first[piece]);
        if (t.tiles != 0)
            b.bytes = tile_bytes(t, piece);
        b.whole = t.whole;
        b.kept = t.kept;
        buffers.push_back(std::move(b));
    }
}

std::size_t Draft::tile_bytes(const DraftTensor& t, std::size_t tile) const {
    const std::int64_t rows = t.type.shape[t.tiled_dimension];
    const std::int64_t own = tile_begin(rows, t.tiles, tile + 1) - tile_begin(rows, t.tiles, tile);
    return t.type.bytes() / static_cast<std::size_t>(rows) * static_cast<std::size_t>(own);
}

std::uint32_t Draft::buffer(std::uint32_t tensor, std::uint32_t piece) const {
    const DraftTensor& t = tensors[tensor];
    return t.first_buffer + (t.whole || piece == nothing ? 0 : piece);
}

Touch Draft::touch(std::uint32_t number, std::uint32_t piece, bool write) const {
    const DraftTensor& t = tensors[number];
    Touch touch{.tensor = number, .piece = piece, .offset = t.fixed.offset, .bytes = t.type.bytes(), .write = write};
    if (t.tiles != 0 && piece != nothing)
        touch.bytes = tile_bytes(t, piece);
    if (t.per_sample && piece != nothing) {
        const std::size_t row = t.type.bytes() / static_cast<std::size_t>(request.batch);
        touch.bytes = row * static_cast<std::size_t>(shard_first[piece + 1] - shard_first[piece]);
        if (t.fixed.base != 0 || t.whole)
            touch.offset += row * static_cast<std::size_t>(shard_first[piece]);
    }
    return touch;
}

void arrange(Draft& d) {
    d.task_order.resize(d.tasks.size());
    std::iota(d.task_order.begin(), d.task_order.end(), 0U);
    std::sort(d.task_order.begin(), d.task_order.end(), [&](std::uint32_t a, std::uint32_t b) {
        return std::pair{d.tasks[a].level, d.tasks[a].chain} < std::pair{d.tasks[b].level, d.tasks[b].chain};
    });
    std::vector<std::uint32_t> rank(d.tasks.size());
    for (std::uint32_t i = 0; i < d.task_order.size(); ++i)
        rank[d.task_order[i]] = i;
    for (DraftOp& op : d.ops)
        op.task = rank[op.task];
    for (auto& [before, after] : d.edges) {
        before = rank[before];
        after = rank[after];
    }
    std::sort(d.edges.begin(), d.edges.end());
    d.edges.erase(std::unique(d.edges.begin(), d.edges.end()), d.edges.end());
    d.order.resize(d.ops.size());
    std::iota(d.order.begin(), d.order.end(), 0U);
    std::stable_sort(d.order.begin(), d.order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return d.ops[a].task < d.ops[b].task; });
}

std::size_t largest_of_samples(const NodePlan& node) {
    std::size_t most = 0;
    for (std::size_t number = 0; number < node.operands.size(); ++number)
        if (per_sample(node.operands.operand(number).role))
            most = std::max(most, node.types[number].bytes());
    return most;
}

}  // namespace plexus
