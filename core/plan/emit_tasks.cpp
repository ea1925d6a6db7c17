// Which task an operation belongs to, and what that waits for.
#include <algorithm>

#include "core/plan/emitter.hpp"

namespace plexus {

void Emitter::begin(const Op& op, std::uint64_t chain) {
    current_ = {.op = op,
                .first_touch = static_cast<std::uint32_t>(d_.touches.size()),
                .first_slot = static_cast<std::uint32_t>(d_.slots.size())};
    chain_ = chain;
    before_.clear();
}

// Notes a touch and the tasks that must come before it.
void Emitter::add(const Touch& touch) {
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

void Emitter::add_unordered(Touch touch) {
    touch.orders = false;
    d_.touches.push_back(touch);
}

void Emitter::end() {
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

void Emitter::record(const Touch& touch, std::uint32_t task) {
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

void Emitter::compact() {
    std::sort(d_.edges.begin(), d_.edges.end());
    d_.edges.erase(std::unique(d_.edges.begin(), d_.edges.end()), d_.edges.end());
}

std::uint32_t Emitter::task_at(std::uint64_t chain, std::uint32_t level) {
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

}  // namespace plexus
