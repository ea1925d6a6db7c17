// Phases, nodes and stages, in the order in which they run.
#include <algorithm>

#include "core/plan/emitter.hpp"
#include "core/plan/runs.hpp"

namespace plexus {

using Role = Operand::Role;

void Emitter::run() {
    last_of_shard_.resize(d_.shards());
    for (const NodePlan& node : d_.nodes)
        if (std::ranges::any_of(node.stages, is_derivation))
            first_level_ = 1;
    for (std::size_t p = 0; p < std::max<std::size_t>(d_.phases.size(), 1); ++p)
        phase(p);
}

// One after the other as the program has them: what a phase updates is what the next one computes with.
void Emitter::phase(std::size_t p) {
    phase_ = p;
    for (std::size_t k = 0; k < d_.nodes.size(); ++k)
        if (d_.passes.forward[d_.nodes[k].number] == p)
            forward(k);
    if (p < d_.phases.size() && !d_.phases[p].seeds.empty())
        objective(p);
    if (!d_.training())
        return;
    for (std::size_t k = d_.nodes.size(); k-- > 0;)
        if (const std::size_t of = d_.passes.backward[d_.nodes[k].number]; of == p || (of == Plan::npos && p == 0))
            backward(k);
    updates();
}

void Emitter::forward(std::size_t k) {
    NodePlan& node = d_.nodes[k];
    for (std::size_t s = 0; s < node.forward_stages; ++s)
        stage(k, s);
    // A partial that no stage asked for is a metric's: merged for the caller.
    for (std::size_t p = 0; p < node.signature.partials.size(); ++p)
        if (tensor(k, {Role::combined, p}) != nothing && d_.tensors[tensor(k, {Role::combined, p})].writers.empty() &&
            !d_.tensors[tensor(k, {Role::partial, p})].writers.empty() &&
            d_.tensors[tensor(k, {Role::combined, p})].kept)
            combine(k, p, next_chain());
}

void Emitter::backward(std::size_t k) {
    for (const Fork& fork : d_.forks)
        if (fork.node == k)
            join(fork);
    NodePlan& node = d_.nodes[k];
    for (std::size_t s = node.forward_stages; s < node.stages.size(); ++s)
        stage(k, s);
}

// Whether updates need no more than their own part of the gradient, and the loss.
bool Emitter::updates_at_once() const {
    return phase_ < d_.phases.size() && !d_.phases[phase_].wants_norm && d_.phases[phase_].loss_total != nothing;
}

std::uint32_t Emitter::tensor(std::size_t k, Operand o) const {
    return d_.operand[k][d_.nodes[k].operands.number(o)];
}

void Emitter::stage(std::size_t k, std::size_t s) {
    const Stage& stage = d_.nodes[k].stages[s];
    if (stage.over == Over::shard) {
        groups_.leave_beyond(largest_of_samples(d_.nodes[k]));
        for (std::size_t shard = 0; shard < d_.shards(); ++shard)
            stage_op(k, s, static_cast<std::uint32_t>(shard), shard_chain(shard));
        return;
    }
    if (stage.over == Over::batch) {
        if (is_derivation(stage) && is_fresh(k, stage))
            return;
        const std::uint64_t chain = next_chain();
        for (const Operand& o : stage.reads)
            if (o.role == Role::combined && d_.tensors[tensor(k, o)].writers.empty())
                combine(k, o.index, chain);
        stage_op(k, s, nothing, chain);
        return;
    }
    if (stage.tiled.role != Role::parameter_gradient) {
        d_.tensors[tensor(k, stage.tiled)].in_tiles = true;
        const std::int64_t batch = d_.request.batch;
        // Shards that wait for tiles of samples go on with these; those that wait for all tiles, in as many groups.
        for (std::size_t t = 0; t < stage.tiles; ++t) {
            const std::uint64_t group = groups_.enter(d_.shard_first, tile_begin(batch, stage.tiles, t),
                                                      tile_begin(batch, stage.tiles, t + 1), stage.tiles);
            stage_op(k, s, static_cast<std::uint32_t>(t), stage.tiled_dimension == 0 ? group : next_chain());
        }
        return;
    }
    // What is done with a tile of a gradient goes on in the same chain: its update.
    tiles_.resize(d_.parameter_tensors.size());
    Tiles& tiles = tiles_[d_.nodes[k].parameters[stage.tiled.index]];
    tiles.dimension = stage.tiled_dimension;
    for (std::size_t t = 0; t < stage.tiles; ++t) {
        if (t == tiles.chains.size())
            tiles.chains.push_back(next_chain());
        stage_op(k, s, static_cast<std::uint32_t>(t), tiles.chains[t]);
    }
}

// Whether another call of the same network has packed these weights since they were updated.
bool Emitter::is_fresh(std::size_t k, const Stage& stage) {
    bool fresh = true;
    for (const Operand& o : stage.writes)
        fresh = std::ranges::find(packed_, tensor(k, o)) != packed_.end() && fresh;
    for (const Operand& o : stage.writes)
        packed_.push_back(tensor(k, o));
    return fresh;
}

void Emitter::stage_op(std::size_t k, std::size_t s, std::uint32_t piece, std::uint64_t chain) {
    const NodePlan& node = d_.nodes[k];
    const Stage& stage = node.stages[s];
    Op op{.kind = OpKind::stage, .node = static_cast<std::uint32_t>(k), .stage = static_cast<std::uint32_t>(s)};
    op.scratch_bytes = stage.scratch;
    const bool shard = stage.over == Over::shard;
    op.first = shard ? d_.shard_first[piece] : 0;
    op.count = shard ? d_.shard_first[piece + 1] - op.first : d_.request.batch;
    std::vector<Run> runs;
    std::size_t element = 0;
    if (stage.over == Over::tile) {
        const Shape& shape = node.types[node.operands.number(stage.tiled)].shape;
        element = size_of(node.types[node.operands.number(stage.tiled)].element);
        const std::int64_t rows = shape[stage.tiled_dimension];
        op.tile = piece;
        op.first = tile_begin(rows, stage.tiles, piece);
        op.count = tile_begin(rows, stage.tiles, piece + 1) - op.first;
        runs = runs_of(shape, stage.tiled_dimension, op.first, op.count);
    }
    begin(op, chain);
    const auto touch = [&](const Operand& o, bool write) {
        const std::uint32_t t = tensor(k, o);
        if (t == nothing)
            return;
        const bool per_shard =
            shard && (per_sample(o.role) || o.role == Role::partial || o.role == Role::parameter_gradient);
        if (d_.tensors[t].tiles != 0) {
            add(d_.touch(t, piece, write));
        } else if (stage.over == Over::tile && o == stage.tiled) {
            for (const Run& run : runs) {
                Touch part = d_.touch(t, nothing, write);
                part.piece = piece;
                part.offset += static_cast<std::size_t>(run.first) * element;
                part.bytes = static_cast<std::size_t>(run.count) * element;
                add(part);
            }
        } else {
            add(d_.touch(t, per_shard && !d_.tensors[t].in_tiles ? piece : nothing, write));
        }
    };
    for (const Operand& o : stage.reads)
        touch(o, false);
    for (const Operand& o : stage.writes)
        touch(o, true);
    // The update of a tile waits for the loss, and for who still reads the parameter. If the tile does, too, both are
    // one task, and no other sees the gradient.
    if (stage.over == Over::tile && stage.tiled.role == Role::parameter_gradient && updates_at_once()) {
        add(d_.touch(d_.phases[phase_].loss_total, nothing, false));
        const auto& readers = d_.tensors[d_.parameter_tensors[node.parameters[stage.tiled.index]]].readers;
        before_.insert(before_.end(), readers.begin(), readers.end());
    }
    const bool rows_alone = stage.over == Over::tile && stage.tiled_dimension == 0;
    const auto tile_offset = static_cast<std::size_t>(rows_alone ? runs.front().first : 0) * element;
    for (std::size_t number = 0; number < node.operands.size(); ++number)
        slot(node.operands.operand(number), d_.operand[k][number], stage, piece, tile_offset);
    end();
}

// Only what a stage declared has an address for it: anything else is absent, and touching it is a null pointer.
void Emitter::slot(Operand o, std::uint32_t t, const Stage& stage, std::uint32_t piece, std::size_t tile_offset) {
    const auto declared = [&](const std::vector<Operand>& list) {
        return std::find(list.begin(), list.end(), o) != list.end();
    };
    if (t == nothing || !(declared(stage.reads) || declared(stage.writes))) {
        d_.slots.push_back({});
        return;
    }
    if (d_.tensors[t].tiles != 0) {
        d_.slots.push_back({t, piece});
        return;
    }
    const bool sliced = stage.over == Over::shard &&
                        (per_sample(o.role) || o.role == Role::partial || o.role == Role::parameter_gradient);
    const bool tiled = stage.over == Over::tile && o == stage.tiled;
    DraftSlot place{t, sliced ? piece : nothing, tiled ? tile_offset : 0};
    d_.slots.push_back(place);
}

void Emitter::combine(std::size_t k, std::size_t partial, std::uint64_t chain) {
    const std::uint32_t from = tensor(k, {Role::partial, partial});
    const std::uint32_t to = tensor(k, {Role::combined, partial});
    begin({.kind = OpKind::combine,
           .node = static_cast<std::uint32_t>(k),
           .stage = static_cast<std::uint32_t>(partial),
           .count = d_.request.batch},
          chain);
    add(d_.touch(to, nothing, true));
    d_.slots.push_back({to});
    gather(from);
    end();
}

// Reads all shards' pieces of a tensor, merging them in place.
void Emitter::gather(std::uint32_t from) {
    for (std::uint32_t s = 0; s < d_.shards(); ++s) {
        add(d_.touch(from, s, false));
        add_unordered(d_.touch(from, s, true));
        d_.slots.push_back({from, s});
    }
}

Op Emitter::shard_op(OpKind kind, std::size_t k, std::uint32_t s) const {
    return {.kind = kind,
            .node = static_cast<std::uint32_t>(k),
            .first = d_.shard_first[s],
            .count = d_.shard_first[s + 1] - d_.shard_first[s]};
}

void Emitter::join(const Fork& fork) {
    for (std::uint32_t s = 0; s < d_.shards(); ++s) {
        Op op = shard_op(fork.parts.empty() ? OpKind::zero : OpKind::add, fork.node, s);
        op.stage = static_cast<std::uint32_t>(d_.nodes[fork.node].operands.number({Role::output_gradient, fork.port}));
        begin(op, shard_chain(s));
        add(d_.touch(fork.sum, s, true));
        d_.slots.push_back({fork.sum, s});
        for (const std::uint32_t part : fork.parts) {
            add(d_.touch(part, d_.tensors[part].in_tiles ? nothing : s, false));
            d_.slots.push_back({part, s});
        }
        end();
    }
}

void emit(Draft& draft) {
    for (std::uint32_t t = 0; t < draft.tensors.size(); ++t)
        draft.add_buffers(t);
    Emitter{draft}.run();
}

}  // namespace plexus
