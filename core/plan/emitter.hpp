// The work of emit(): stages become operations with their dependencies, and tasks.
//
// Every operation has a chain (its shard, its tile, or its node for what runs over the batch) and a level: one more
// than the highest level that it waits for in another chain. Operations of one chain and level are one task. So all
// that needs only its own shard runs as one task, however many layers it passes.
#pragma once
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/plan/draft.hpp"
#include "core/plan/groups.hpp"

namespace plexus {

class Emitter {
public:
    explicit Emitter(Draft& draft) : d_(draft), graph_(draft.request.model->graph()), groups_(draft.shards()) {}

    void run();

private:
    // Chains: shards first, then one per thing that runs once.
    [[nodiscard]] std::uint64_t shard_chain(std::size_t s) const { return groups_.chain(s); }
    std::uint64_t next_chain() { return d_.shards() + chains_++; }

    void phase(std::size_t p);
    void forward(std::size_t k);
    void backward(std::size_t k);
    [[nodiscard]] std::uint32_t tensor(std::size_t k, Operand o) const;
    void stage(std::size_t k, std::size_t s);
    bool is_fresh(std::size_t k, const Stage& stage);
    void stage_op(std::size_t k, std::size_t s, std::uint32_t piece, std::uint64_t chain);
    void slot(Operand o, std::uint32_t t, const Stage& stage, std::uint32_t piece, std::size_t tile_offset);
    void combine(std::size_t k, std::size_t partial, std::uint64_t chain);
    void gather(std::uint32_t from);
    void objective(std::size_t p);
    std::uint32_t add_up(std::size_t p, std::size_t i, std::size_t k);
    Op shard_op(OpKind kind, std::size_t k, std::uint32_t s) const;
    void join(const Fork& fork);
    using Gradients = std::vector<std::uint32_t>;
    void updates();
    [[nodiscard]] bool updates_at_once() const;
    template <class Visit>
    void each_tile(std::size_t p, const Gradients& gradients, Visit&& visit);
    void refuse_unlike(std::size_t p, const Gradients& gradients) const;
    void gradient_parts(const Gradients& gradients, const Op& op, std::int64_t at);
    void gradient_parts(std::uint32_t gradient, const Op& op, std::int64_t at);
    void square(const Gradients& gradients, Op op, std::uint64_t chain, std::int64_t at, std::vector<Touch>& squares);
    void norm(const std::vector<Touch>& squares);
    void update(std::size_t p, const Gradients& gradients, Op op, std::uint64_t chain, std::int64_t at);
    void begin(const Op& op, std::uint64_t chain);
    void add(const Touch& touch);
    void add_unordered(Touch touch);
    void end();
    void record(const Touch& touch, std::uint32_t task);
    void compact();
    static std::uint64_t task_key(std::uint64_t chain, std::uint32_t level) { return chain << 24 | level; }

    std::uint32_t task_at(std::uint64_t chain, std::uint32_t level);
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
    std::vector<Tiles> tiles_;           // per parameter, of this phase
    std::size_t phase_ = 0;              // that is emitted
    std::vector<std::uint32_t> packed_;  // derived tensors that are as new as the weights
};

}  // namespace plexus
