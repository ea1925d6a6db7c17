// Stages -> operations, their dependencies, and the tasks that they form.
//
// Every operation has a chain (its shard, its tile, or its node for what runs over the batch) and a level: one more
// than the highest level that it waits for in another chain. Operations of one chain and level are one task. So all
// that needs only its own shard runs as one task, however many layers it passes.
#include <algorithm>

#include "core/plan/draft.hpp"
#include "core/plan/groups.hpp"
#include "core/plan/runs.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

using Role = Operand::Role;

// Elements of a parameter that one update works on: with eight shards' gradients it stays in the second-level cache.
constexpr std::int64_t update_elements = 8192;
constexpr std::size_t updates_together = 8;  // as one task; of a parameter there are two, where it is cut at all

class Emitter {
public:
    explicit Emitter(Draft& draft) : d_(draft), graph_(draft.request.model->graph()), groups_(draft.shards()) {}

    void run() {
        last_of_shard_.resize(d_.shards());
        for (const NodePlan& node : d_.nodes)
            if (std::ranges::any_of(node.stages, is_derivation))
                first_level_ = 1;
        for (std::size_t k = 0; k < d_.nodes.size(); ++k)
            forward(k);
        if (d_.request.loss)
            objective();
        if (d_.training()) {
            for (std::size_t k = d_.nodes.size(); k-- > 0;)
                backward(k);
            updates();
        }
    }

private:
    // Chains: shards first, then one per thing that runs once.
    [[nodiscard]] std::uint64_t shard_chain(std::size_t s) const { return groups_.chain(s); }
    std::uint64_t next_chain() { return d_.shards() + chains_++; }

    void forward(std::size_t k) {
        NodePlan& node = d_.nodes[k];
        for (std::size_t s = 0; s < node.forward_stages; ++s)
            stage(k, s);
        // A partial that no stage asked for is a metric's: merged for the caller.
        for (std::size_t p = 0; p < node.signature.partials.size(); ++p)
            if (tensor(k, {Role::combined, p}) != nothing &&
                d_.tensors[tensor(k, {Role::combined, p})].writers.empty() &&
                !d_.tensors[tensor(k, {Role::partial, p})].writers.empty() &&
                d_.tensors[tensor(k, {Role::combined, p})].kept)
                combine(k, p, next_chain());
    }

    void backward(std::size_t k) {
        for (const Fork& fork : d_.forks)
            if (fork.node == k)
                join(fork);
        NodePlan& node = d_.nodes[k];
        for (std::size_t s = node.forward_stages; s < node.stages.size(); ++s)
            stage(k, s);
    }

    [[nodiscard]] std::uint32_t tensor(std::size_t k, Operand o) const {
        return d_.operand[k][d_.nodes[k].operands.number(o)];
    }

    void stage(std::size_t k, std::size_t s) {
        const Stage& stage = d_.nodes[k].stages[s];
        if (stage.over == Over::shard) {
            groups_.leave_beyond(largest_of_samples(d_.nodes[k]));
            for (std::size_t shard = 0; shard < d_.shards(); ++shard)
                stage_op(k, s, static_cast<std::uint32_t>(shard), shard_chain(shard));
            return;
        }
        if (stage.over == Over::batch) {
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
            for (std::size_t t = 0; t < stage.tiles; ++t)
                stage_op(k, s, static_cast<std::uint32_t>(t),
                         stage.tiled_dimension != 0
                             ? next_chain()
                             : groups_.enter(d_.shard_first, tile_begin(batch, stage.tiles, t),
                                             tile_begin(batch, stage.tiles, t + 1), stage.tiles));
            return;
        }
        // What is done with a tile of a gradient goes on in the same chain: its update.
        tiles_.resize(d_.parameter_tensors.size());
        Tiles& tiles = tiles_[d_.nodes[k].parameters[stage.tiled.index]];
        tiles.dimension = stage.tiled_dimension;
        for (std::size_t t = 0; t < stage.tiles; ++t) {
            tiles.chains.push_back(next_chain());
            stage_op(k, s, static_cast<std::uint32_t>(t), tiles.chains.back());
        }
    }

    void stage_op(std::size_t k, std::size_t s, std::uint32_t piece, std::uint64_t chain) {
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
        const bool rows_alone = stage.over == Over::tile && stage.tiled_dimension == 0;
        const auto tile_offset = static_cast<std::size_t>(rows_alone ? runs.front().first : 0) * element;
        for (std::size_t number = 0; number < node.operands.size(); ++number)
            slot(node.operands.operand(number), d_.operand[k][number], stage, piece, tile_offset);
        end();
    }

    // Only what a stage declared has an address for it: anything else is absent, and touching it is a null pointer.
    void slot(Operand o, std::uint32_t t, const Stage& stage, std::uint32_t piece, std::size_t tile_offset) {
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

    void combine(std::size_t k, std::size_t partial, std::uint64_t chain) {
        const std::uint32_t from = tensor(k, {Role::partial, partial});
        const std::uint32_t to = tensor(k, {Role::combined, partial});
        begin({.kind = OpKind::combine,
               .node = static_cast<std::uint32_t>(k),
               .stage = static_cast<std::uint32_t>(partial),
               .count = d_.request.batch},
              chain);
        gather(from, to);
        end();
    }

    // Reads all shards' pieces of one tensor (merging in place) and writes another: the shape of combine and total.
    void gather(std::uint32_t from, std::uint32_t to) {
        add(d_.touch(to, nothing, true));
        d_.slots.push_back({to});
        for (std::uint32_t s = 0; s < d_.shards(); ++s) {
            add(d_.touch(from, s, false));
            add_unordered(d_.touch(from, s, true));
            d_.slots.push_back({from, s});
        }
    }

    void objective() {
        const std::size_t k = d_.node_of[*d_.request.loss];
        const std::uint32_t losses = tensor(k, {Role::output, 0});
        const TensorType one{{1}, Element::float64};
        d_.objective = d_.add_tensor({.type = one});
        d_.loss_total = d_.add_tensor({.type = one, .whole = true, .kept = true});
        d_.add_buffers(d_.objective);
        d_.add_buffers(d_.loss_total);
        for (std::uint32_t s = 0; s < d_.shards(); ++s) {
            begin(shard_op(OpKind::objective, k, s), shard_chain(s));
            add(d_.touch(losses, s, false));
            add(d_.touch(d_.objective, s, true));
            d_.slots.push_back({d_.objective, s});
            d_.slots.push_back({losses, s});
            end();
            if (d_.seed == nothing)
                continue;
            begin(shard_op(OpKind::seed, k, s), shard_chain(s));
            add(d_.touch(d_.seed, s, true));
            d_.slots.push_back({d_.seed, s});
            end();
        }
        begin({.kind = OpKind::total, .node = static_cast<std::uint32_t>(k)}, next_chain());
        gather(d_.objective, d_.loss_total);
        end();
    }

    Op shard_op(OpKind kind, std::size_t k, std::uint32_t s) const {
        return {.kind = kind,
                .node = static_cast<std::uint32_t>(k),
                .first = d_.shard_first[s],
                .count = d_.shard_first[s + 1] - d_.shard_first[s]};
    }

    void join(const Fork& fork) {
        for (std::uint32_t s = 0; s < d_.shards(); ++s) {
            Op op = shard_op(fork.parts.empty() ? OpKind::zero : OpKind::add, fork.node, s);
            op.stage =
                static_cast<std::uint32_t>(d_.nodes[fork.node].operands.number({Role::output_gradient, fork.port}));
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

    void updates() {
        const Model& model = *d_.request.model;
        std::vector<Touch> squares;
        std::vector<std::uint32_t> gradients(model.parameters().size(), nothing);
        for (std::size_t k = 0; k < d_.nodes.size(); ++k)
            if (d_.nodes[k].wants_parameter_gradient)
                for (std::size_t i = 0; i < d_.nodes[k].signature.parameters.size(); ++i)
                    gradients[d_.nodes[k].parameters[i]] = tensor(k, {Role::parameter_gradient, i});
        tiles_.resize(model.parameters().size());
        if (d_.wants_norm) {
            for (std::size_t p = 0; p < gradients.size(); ++p)
                if (gradients[p] != nothing)
                    each_tile(p, gradients[p], [&](const Op& op, std::uint64_t chain, std::int64_t at) {
                        square(gradients[p], op, chain, at, squares);
                    });
            norm(squares);
        }
        for (std::size_t p = 0; p < gradients.size(); ++p)
            if (gradients[p] != nothing)
                each_tile(p, gradients[p], [&](const Op& op, std::uint64_t chain, std::int64_t at) {
                    update(p, gradients[p], op, chain, at);
                });
    }

    // The tiles of the gradient's own stage, where it has one; else runs of elements. `at` is where a run lies in what
    // holds its gradient: the tile, or the whole.
    template <class Visit>
    void each_tile(std::size_t p, std::uint32_t gradient, Visit&& visit) {
        const TensorType& type = d_.tensors[gradient].type;
        Tiles& tiles = tiles_[p];
        const bool tiled = d_.tensors[gradient].tiles != 0;
        const Shape shape = tiled ? type.shape : Shape{type.shape.elements()};
        const std::size_t dimension = tiled ? tiles.dimension : 0;
        const std::size_t count =
            tiled ? tiles.chains.size()
                  : static_cast<std::size_t>((shape.elements() + update_elements - 1) / update_elements);
        const std::size_t together = count < 2 * updates_together ? (count + 1) / 2 : updates_together;
        while (tiles.chains.size() < count)
            tiles.chains.push_back(tiles.chains.size() % together == 0 ? next_chain() : tiles.chains.back());
        for (std::size_t t = 0; t < count; ++t) {
            const std::int64_t begin = tile_begin(shape[dimension], count, t);
            std::int64_t at = tiled ? 0 : begin;
            for (const Run& run :
                 runs_of(shape, dimension, begin, tile_begin(shape[dimension], count, t + 1) - begin)) {
                const Op op{.node = static_cast<std::uint32_t>(p),
                            .tile = static_cast<std::uint32_t>(t),
                            .first = run.first,
                            .count = run.count};
                visit(op, tiles.chains[t], at);
                at += run.count;
            }
        }
    }

    // What an update is made of: a part of its tile, of the whole, or of each shard's gradient.
    void gradient_parts(std::uint32_t gradient, const Op& op, std::int64_t at) {
        const DraftTensor& t = d_.tensors[gradient];
        const bool alone = t.whole || t.tiles != 0;
        const std::size_t offset = static_cast<std::size_t>(at) * 4;
        for (std::uint32_t s = 0; s < (alone ? 1 : d_.shards()); ++s) {
            const std::uint32_t piece = t.whole ? nothing : t.tiles != 0 ? op.tile : s;
            Touch part = d_.touch(gradient, piece, false);
            part.offset += offset;
            part.bytes = static_cast<std::size_t>(op.count) * 4;
            add(part);
            // Summed in place; tiles touch different bytes, and the norm lies between squares and updates.
            part.write = true;
            add_unordered(part);
            d_.slots.push_back({gradient, piece, offset});
        }
    }

    void square(std::uint32_t gradient, Op op, std::uint64_t chain, std::int64_t at, std::vector<Touch>& squares) {
        op.kind = OpKind::square;
        const std::uint32_t sum = d_.add_tensor({.type = {{1}, Element::float64}, .whole = true});
        d_.add_buffers(sum);
        begin(op, chain);
        d_.slots.push_back({sum});
        add(d_.touch(sum, nothing, true));
        gradient_parts(gradient, op, at);
        end();
        squares.push_back(d_.touch(sum, nothing, false));
    }

    void norm(const std::vector<Touch>& squares) {
        d_.norm_total = d_.add_tensor({.type = {{1}, Element::float64}, .whole = true, .kept = true});
        d_.add_buffers(d_.norm_total);
        begin({.kind = OpKind::norm}, next_chain());
        add(d_.touch(d_.norm_total, nothing, true));
        d_.slots.push_back({d_.norm_total});
        for (const Touch& t : squares) {
            add(t);
            d_.slots.push_back({t.tensor});
        }
        end();
    }

    void update(std::size_t p, std::uint32_t gradient, Op op, std::uint64_t chain, std::int64_t at) {
        op.kind = OpKind::update;
        const std::uint32_t parameter = d_.parameter_tensors[p];
        begin(op, chain);
        Touch touch = d_.touch(parameter, nothing, true);
        touch.offset += static_cast<std::size_t>(op.first) * 4;
        touch.bytes = static_cast<std::size_t>(op.count) * 4;
        touch.piece = op.tile;
        if (d_.request.optimizer)
            add(touch);
        d_.slots.push_back({parameter, nothing, static_cast<std::size_t>(op.first) * 4});
        for (const std::uint32_t t : {d_.loss_total, d_.norm_total}) {
            if (t != nothing)
                add(d_.touch(t, nothing, false));
            d_.slots.push_back({t});
        }
        gradient_parts(gradient, op, at);
        end();
    }

    void begin(const Op& op, std::uint64_t chain) {
        current_ = {.op = op,
                    .first_touch = static_cast<std::uint32_t>(d_.touches.size()),
                    .first_slot = static_cast<std::uint32_t>(d_.slots.size())};
        chain_ = chain;
        before_.clear();
    }

    // Notes a touch and the tasks that must come before it.
    void add(const Touch& touch) {
        d_.touches.push_back(touch);
        const DraftTensor& t = d_.tensors[touch.tensor];
        if (touch.piece != nothing && t.in_pieces) {
            if (touch.piece < t.writers.size() && t.writers[touch.piece] != nothing)
                before_.push_back(t.writers[touch.piece]);
        } else {
            for (const std::uint32_t w : t.writers)
                if (w != nothing)
                    before_.push_back(w);
        }
        if (touch.write)
            before_.insert(before_.end(), t.readers.begin(), t.readers.end());
    }

    void add_unordered(Touch touch) {
        touch.orders = false;
        d_.touches.push_back(touch);
    }

    void end() {
        std::uint32_t level = 0;
        for (const std::uint32_t b : before_)
            level = std::max(level, d_.tasks[b].chain == chain_ ? d_.tasks[b].level : d_.tasks[b].level + 1);
        // A shard's work goes on where it is. It begins after the packing of weights, which most of it needs: a task
        // of the little that could be done before costs more than it wins.
        if (chain_ < d_.shards()) {
            const auto& levels = last_of_shard_[chain_];
            level = std::max(level, levels.empty() ? first_level_ : levels.back().first);
        }
        // Without fusion, a task of its own.
        while (!d_.request.rewrites.fuse && task_number_.contains(task_key(chain_, level)))
            ++level;
        const std::uint32_t task = task_at(chain_, level);
        for (const std::uint32_t b : before_)
            if (b != task)
                d_.edges.emplace_back(b, task);
        current_.task = task;
        current_.touches = static_cast<std::uint32_t>(d_.touches.size()) - current_.first_touch;
        current_.op.slot_count = static_cast<std::uint32_t>(d_.slots.size()) - current_.first_slot;
        d_.ops.push_back(current_);
        for (std::uint32_t i = 0; i < current_.touches; ++i)
            if (d_.touches[current_.first_touch + i].orders)
                record(d_.touches[current_.first_touch + i], task);
        if (d_.edges.size() > compact_at_) {
            compact();
            compact_at_ = 2 * d_.edges.size() + 4096;
        }
    }

    void record(const Touch& touch, std::uint32_t task) {
        DraftTensor& t = d_.tensors[touch.tensor];
        const bool persistent = t.fixed.base != 0 && t.fixed.base != static_cast<std::uint8_t>(Base::batch);
        if (!touch.write) {
            if (persistent && (t.readers.empty() || t.readers.back() != task) &&
                std::find(t.readers.begin(), t.readers.end(), task) == t.readers.end())
                t.readers.push_back(task);
            return;
        }
        t.in_pieces = touch.piece != nothing;
        if (!t.in_pieces) {
            t.writers.assign(1, task);
            t.readers.clear();
            return;
        }
        if (t.writers.size() <= touch.piece)
            t.writers.resize(touch.piece + 1, nothing);
        t.writers[touch.piece] = task;
    }

    void compact() {
        std::sort(d_.edges.begin(), d_.edges.end());
        d_.edges.erase(std::unique(d_.edges.begin(), d_.edges.end()), d_.edges.end());
    }

    static std::uint64_t task_key(std::uint64_t chain, std::uint32_t level) { return chain << 24 | level; }

    std::uint32_t task_at(std::uint64_t chain, std::uint32_t level) {
        const auto [found, added] =
            task_number_.try_emplace(task_key(chain, level), static_cast<std::uint32_t>(d_.tasks.size()));
        if (added) {
            d_.tasks.push_back({chain, level});
            // The tasks of one shard follow one another, so that what only they touch is ordered.
            if (chain < d_.shards()) {
                auto& levels = last_of_shard_[chain];
                if (!levels.empty())
                    d_.edges.emplace_back(levels.back().second, found->second);
                levels.emplace_back(level, found->second);
            }
        }
        return found->second;
    }

    Draft& d_;
    const Graph& graph_;
    Groups groups_;
    DraftOp current_;
    std::uint64_t chain_ = 0;
    std::uint64_t chains_ = 0;
    std::uint32_t first_level_ = 0;  // of the shards
    std::size_t compact_at_ = 1 << 16;
    std::vector<std::uint32_t> before_;
    std::unordered_map<std::uint64_t, std::uint32_t> task_number_;
    std::vector<std::vector<std::pair<std::uint32_t, std::uint32_t>>> last_of_shard_;
    /// How a parameter's gradient, and its update, is cut.
    struct Tiles {
        std::vector<std::uint64_t> chains;
        std::size_t dimension = 0;
    };
    std::vector<Tiles> tiles_;  // per parameter
};

}  // namespace

void emit(Draft& draft) {
    for (std::uint32_t t = 0; t < draft.tensors.size(); ++t)
        draft.add_buffers(t);
    Emitter{draft}.run();
}

}  // namespace plexus
