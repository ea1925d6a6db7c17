// What a phase makes small, and what its gradients do to the parameters.
#include "core/plan/emitter.hpp"
#include "core/plan/runs.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

using Role = Operand::Role;

// Elements of a parameter that one update works on: with eight shards' gradients it stays in the second-level cache.
constexpr std::int64_t update_elements = 8192;
constexpr std::size_t updates_together = 8;  // as one task; of a parameter there are two, where it is cut at all

}  // namespace

void Emitter::objective(std::size_t p) {
    const std::vector<WeightedLoss>& losses = d_.request.phases[p].losses;
    std::vector<std::uint32_t> sums;
    for (std::size_t i = 0; i < losses.size(); ++i)
        sums.push_back(add_up(p, i, d_.node_of[losses[i].node]));
    const TensorType totals{{static_cast<std::int64_t>(1 + losses.size())}, Element::float64};
    const std::uint32_t total = d_.add_tensor({.type = totals, .whole = true, .kept = true});
    d_.add_buffers(total);
    d_.phases[p].loss_total = total;
    begin({.kind = OpKind::total,
           .node = static_cast<std::uint32_t>(d_.node_of[losses.front().node]),
           .stage = static_cast<std::uint32_t>(p)},
          next_chain());
    add(d_.touch(total, nothing, true));
    d_.slots.push_back({total});
    for (const std::uint32_t sum : sums)
        gather(sum);
    end();
}

// The sum of a loss's numbers, per shard; and what its gradient begins with.
std::uint32_t Emitter::add_up(std::size_t p, std::size_t i, std::size_t k) {
    const std::uint32_t losses = tensor(k, {Role::output, 0});
    const std::uint32_t sum = d_.add_tensor({.type = {{1}, Element::float64}});
    d_.add_buffers(sum);
    const std::uint32_t seed = d_.phases[p].seeds[i];
    for (std::uint32_t s = 0; s < d_.shards(); ++s) {
        begin(shard_op(OpKind::objective, k, s), shard_chain(s));
        add(d_.touch(losses, s, false));
        add(d_.touch(sum, s, true));
        d_.slots.push_back({sum, s});
        d_.slots.push_back({losses, s});
        end();
        if (seed == nothing)
            continue;
        Op op = shard_op(OpKind::seed, k, s);
        op.stage = static_cast<std::uint32_t>(p);
        op.tile = static_cast<std::uint32_t>(i);
        begin(op, shard_chain(s));
        add(d_.touch(seed, s, true));
        d_.slots.push_back({seed, s});
        end();
    }
    return sum;
}

// The tiles of the gradient's own stage, where it has one; else runs of elements. `at` is where a run lies in what
// holds its gradient: the tile, or the whole.
template <class Visit>
void Emitter::each_tile(std::size_t p, const Gradients& gradients, Visit&& visit) {
    if (gradients.empty())
        return;
    refuse_unlike(p, gradients);
    const std::uint32_t gradient = gradients.front();
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
        for (const Run& run : runs_of(shape, dimension, begin, tile_begin(shape[dimension], count, t + 1) - begin)) {
            const Op op{.node = static_cast<std::uint32_t>(p),
                        .tile = static_cast<std::uint32_t>(t),
                        .first = run.first,
                        .count = run.count};
            visit(op, tiles.chains[t], at);
            at += run.count;
        }
    }
}

void Emitter::updates() {
    const Model& model = *d_.request.model;
    std::vector<Touch> squares;
    std::vector<Gradients> gradients(model.parameters().size());  // of each call
    for (std::size_t k = 0; k < d_.nodes.size(); ++k)
        if (d_.nodes[k].wants_parameter_gradient && d_.passes.backward[d_.nodes[k].number] == phase_)
            for (std::size_t i = 0; i < d_.nodes[k].signature.parameters.size(); ++i)
                gradients[d_.nodes[k].parameters[i]].push_back(tensor(k, {Role::parameter_gradient, i}));
    tiles_.resize(model.parameters().size());
    if (phase_ < d_.phases.size() && d_.phases[phase_].wants_norm) {
        for (std::size_t p = 0; p < gradients.size(); ++p)
            each_tile(p, gradients[p], [&](const Op& op, std::uint64_t chain, std::int64_t at) {
                square(gradients[p], op, chain, at, squares);
            });
        norm(squares);
    }
    for (std::size_t p = 0; p < gradients.size(); ++p)
        each_tile(p, gradients[p],
                  [&](const Op& op, std::uint64_t chain, std::int64_t at) { update(p, gradients[p], op, chain, at); });
    tiles_.clear();
    packed_.clear();
}

// All calls have the same shapes, which alone decide how a gradient is made.
void Emitter::refuse_unlike(std::size_t p, const Gradients& gradients) const {
    const DraftTensor& first = d_.tensors[gradients.front()];
    for (const std::uint32_t other : gradients)
        if (const DraftTensor& t = d_.tensors[other];
            t.tiles != first.tiles || t.tiled_dimension != first.tiled_dimension || t.whole != first.whole)
            throw RunError(text(d_.request.model->use(d_.request.model->parameters()[p].node).title,
                                ": makes its gradient in other pieces in one call than in another"));
}

void Emitter::gradient_parts(const Gradients& gradients, const Op& op, std::int64_t at) {
    for (const std::uint32_t gradient : gradients)
        gradient_parts(gradient, op, at);
}

// What an update is made of: a part of its tile, of the whole, or of each shard's gradient.
void Emitter::gradient_parts(std::uint32_t gradient, const Op& op, std::int64_t at) {
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

void Emitter::square(const Gradients& gradients, Op op, std::uint64_t chain, std::int64_t at,
                     std::vector<Touch>& squares) {
    op.kind = OpKind::square;
    const std::uint32_t sum = d_.add_tensor({.type = {{1}, Element::float64}, .whole = true});
    d_.add_buffers(sum);
    begin(op, chain);
    d_.slots.push_back({sum});
    add(d_.touch(sum, nothing, true));
    gradient_parts(gradients, op, at);
    end();
    squares.push_back(d_.touch(sum, nothing, false));
}

void Emitter::norm(const std::vector<Touch>& squares) {
    const std::uint32_t total = d_.add_tensor({.type = {{1}, Element::float64}, .whole = true, .kept = true});
    d_.phases[phase_].norm_total = total;
    d_.add_buffers(total);
    begin({.kind = OpKind::norm}, next_chain());
    add(d_.touch(total, nothing, true));
    d_.slots.push_back({total});
    for (const Touch& t : squares) {
        add(t);
        d_.slots.push_back({t.tensor});
    }
    end();
}

void Emitter::update(std::size_t p, const Gradients& gradients, Op op, std::uint64_t chain, std::int64_t at) {
    op.kind = OpKind::update;
    op.stage = static_cast<std::uint32_t>(phase_);
    const PhaseRequest* const request = phase_ < d_.phases.size() ? &d_.request.phases[phase_] : nullptr;
    const DraftPhase phase = request != nullptr ? d_.phases[phase_] : DraftPhase{};
    const std::uint32_t parameter = d_.parameter_tensors[p];
    begin(op, chain);
    Touch touch = d_.touch(parameter, nothing, true);
    touch.offset += static_cast<std::size_t>(op.first) * 4;
    touch.bytes = static_cast<std::size_t>(op.count) * 4;
    touch.piece = op.tile;
    if (request != nullptr && request->optimizer != nullptr)
        add(touch);
    d_.slots.push_back({parameter, nothing, static_cast<std::size_t>(op.first) * 4});
    for (const std::uint32_t t : {phase.loss_total, phase.norm_total}) {
        if (t != nothing)
            add(d_.touch(t, nothing, false));
        d_.slots.push_back({t});
    }
    gradient_parts(gradients, op, at);
    end();
}

}  // namespace plexus
