// Buffers -> addresses. What one task alone touches lies in the worker's scratch; the rest in the arena.
//
// In both, buffers share memory when one is done with before the other begins. In the scratch that is the order of a
// task's operations; in the arena it is the order of tasks, which is partial: only what every thread must respect
// counts.
#include <algorithm>
#include <map>

#include "core/plan/draft.hpp"
#include "core/plan/reach.hpp"

namespace plexus {
namespace {

constexpr std::size_t alignment = 64;
// Beyond this many buffers in the arena the search for shared places would take longer than the memory is worth.
constexpr std::size_t shared_arena_limit = 6000;

std::size_t aligned(std::size_t bytes) {
    return (bytes + alignment - 1) / alignment * alignment;
}

class Placer {
public:
    explicit Placer(Draft& draft) : d_(draft) {}

    void run(Plan& plan) {
        lifetimes();
        if (d_.request.rewrites.in_place)
            share_in_place();
        std::vector<std::uint32_t> in_arena;
        std::vector<std::vector<std::uint32_t>> in_task(d_.tasks.size());
        for (std::uint32_t b = 0; b < d_.buffers.size(); ++b) {
            const Buffer& buffer = d_.buffers[b];
            if (buffer.root != b || buffer.first == nothing)
                continue;
            if (buffer.tasks.size() == 1 && !buffer.kept)
                in_task[buffer.tasks[0]].push_back(b);
            else
                in_arena.push_back(b);
        }
        scratch(in_task, plan);
        arena(in_arena, plan);
        for (Buffer& buffer : d_.buffers)
            if (buffer.first != nothing)
                buffer.place = d_.buffers[buffer.root].place;
    }

private:
    void lifetimes() {
        for (std::uint32_t b = 0; b < d_.buffers.size(); ++b)
            d_.buffers[b].root = b;
        for (std::uint32_t position = 0; position < d_.order.size(); ++position) {
            const DraftOp& op = d_.ops[d_.order[position]];
            for (std::uint32_t i = 0; i < op.touches; ++i) {
                const Touch& touch = d_.touches[op.first_touch + i];
                if (d_.tensors[touch.tensor].fixed.base != 0)
                    continue;
                const DraftTensor& t = d_.tensors[touch.tensor];
                const std::uint32_t begin = t.whole || touch.piece == nothing ? 0 : touch.piece;
                const std::uint32_t end = t.whole || touch.piece != nothing ? begin + 1 : t.pieces;
                for (std::uint32_t piece = begin; piece < end; ++piece) {
                    Buffer& buffer = d_.buffers[t.first_buffer + piece];
                    if (buffer.first == nothing)
                        buffer.first = position;
                    buffer.last = position;
                    if (buffer.tasks.empty() || buffer.tasks.back() != op.task)
                        buffer.tasks.push_back(op.task);
                }
            }
        }
    }

    // An output takes over its input's memory where the stage allows it and nobody reads the input later. Buffers of
    // one shard are touched by that shard's tasks alone, and these follow one another.
    void share_in_place() {
        for (std::uint32_t position = 0; position < d_.order.size(); ++position) {
            const DraftOp& op = d_.ops[d_.order[position]];
            if (op.op.kind != OpKind::stage)
                continue;
            const NodePlan& node = d_.nodes[op.op.node];
            const Stage& stage = node.stages[op.op.stage];
            if (stage.over != Over::shard)
                continue;
            for (const auto& [written, read] : stage.in_place) {
                const DraftSlot& to = d_.slots[op.first_slot + node.operands.number(written)];
                const DraftSlot& from = d_.slots[op.first_slot + node.operands.number(read)];
                if (to.tensor == nothing || from.tensor == nothing || d_.tensors[to.tensor].fixed.base != 0 ||
                    d_.tensors[from.tensor].fixed.base != 0)
                    continue;
                Buffer& w = d_.buffers[d_.buffer(to.tensor, to.piece)];
                Buffer& r = d_.buffers[d_.buffers[d_.buffer(from.tensor, from.piece)].root];
                const bool whole = w.whole || r.whole || w.kept || r.kept;
                if (whole || w.bytes != r.bytes || r.last != position || w.first != position)
                    continue;
                w.root = r.root;
                r.last = std::max(r.last, w.last);
                for (const std::uint32_t task : w.tasks)
                    if (r.tasks.back() < task)
                        r.tasks.push_back(task);
            }
        }
        for (Buffer& buffer : d_.buffers)
            while (d_.buffers[buffer.root].root != buffer.root)
                buffer.root = d_.buffers[buffer.root].root;
    }

    struct Event {
        std::uint32_t position;
        bool begin;
        std::size_t* offset;
        std::size_t bytes;
    };

    // Best fit in the order of time: free places by offset, so that neighbours melt together.
    static std::size_t fit(std::vector<Event>& events) {
        std::stable_sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
            // What ends at an operation is still touched by it: ends come after begins.
            return std::pair{a.position, !a.begin} < std::pair{b.position, !b.begin};
        });
        std::map<std::size_t, std::size_t> free;  // offset -> bytes
        std::size_t end = 0;
        for (const Event& e : events) {
            if (!e.begin) {
                auto at = free.emplace(*e.offset, e.bytes).first;
                if (const auto next = std::next(at); next != free.end() && at->first + at->second == next->first) {
                    at->second += next->second;
                    free.erase(next);
                }
                if (at != free.begin())
                    if (const auto last = std::prev(at); last->first + last->second == at->first) {
                        last->second += at->second;
                        free.erase(at);
                    }
                continue;
            }
            auto best = free.end();
            for (auto at = free.begin(); at != free.end(); ++at)
                if (at->second >= e.bytes && (best == free.end() || at->second < best->second))
                    best = at;
            if (best == free.end() && !free.empty() && free.rbegin()->first + free.rbegin()->second == end) {
                best = std::prev(free.end());  // grow the last free place
                end = best->first + e.bytes;
                best->second = e.bytes;
            }
            if (best == free.end()) {
                *e.offset = end;
                end += e.bytes;
                continue;
            }
            *e.offset = best->first;
            const std::size_t rest = best->second - e.bytes;
            const std::size_t after = best->first + e.bytes;
            free.erase(best);
            if (rest != 0)
                free.emplace(after, rest);
        }
        return end;
    }

    void scratch(const std::vector<std::vector<std::uint32_t>>& in_task, Plan& plan) {
        std::vector<std::vector<std::uint32_t>> working(d_.tasks.size());
        for (std::uint32_t position = 0; position < d_.order.size(); ++position)
            if (d_.ops[d_.order[position]].op.scratch_bytes != 0)
                working[d_.ops[d_.order[position]].task].push_back(position);
        std::vector<Event> events;
        for (std::size_t task = 0; task < d_.tasks.size(); ++task) {
            events.clear();
            const auto live = [&](std::uint32_t first, std::uint32_t last, Place& place, std::size_t bytes) {
                place.base = static_cast<std::uint8_t>(Base::scratch);
                events.push_back({first, true, &place.offset, aligned(bytes)});
                events.push_back({last, false, &place.offset, aligned(bytes)});
            };
            for (const std::uint32_t b : in_task[task])
                if (d_.buffers[b].bytes != 0)
                    live(d_.buffers[b].first, d_.buffers[b].last, d_.buffers[b].place, d_.buffers[b].bytes);
            for (const std::uint32_t position : working[task]) {
                Op& op = d_.ops[d_.order[position]].op;
                live(position, position, op.scratch, op.scratch_bytes);
            }
            plan.scratch_bytes = std::max(plan.scratch_bytes, fit(events));
        }
    }

    [[nodiscard]] bool done_before(const Buffer& a, const Buffer& b, const Reach& reach) const {
        if (a.kept || a.last >= b.first)
            return false;
        for (const std::uint32_t x : a.tasks)
            for (const std::uint32_t y : b.tasks)
                if (x != y && !reach.before(x, y))
                    return false;
        return true;
    }

    void arena(std::vector<std::uint32_t>& list, Plan& plan) {
        bound(list, plan);
        const auto at = [&](std::uint32_t b, std::size_t offset) {
            d_.buffers[b].place = {offset, static_cast<std::uint8_t>(Base::arena)};
            plan.arena_bytes = std::max(plan.arena_bytes, offset + aligned(d_.buffers[b].bytes));
        };
        if (list.size() > shared_arena_limit) {
            for (const std::uint32_t b : list)
                at(b, plan.arena_bytes);
            return;
        }
        const Reach reach(d_.tasks.size(), d_.edges);
        std::stable_sort(list.begin(), list.end(),
                         [&](std::uint32_t a, std::uint32_t b) { return d_.buffers[a].bytes > d_.buffers[b].bytes; });
        std::vector<std::uint32_t> placed;  // by offset
        for (const std::uint32_t b : list) {
            const Buffer& buffer = d_.buffers[b];
            std::size_t best = 0, best_gap = static_cast<std::size_t>(-1), end = 0;
            for (const std::uint32_t p : placed) {
                const Buffer& other = d_.buffers[p];
                if (done_before(other, buffer, reach) || done_before(buffer, other, reach))
                    continue;
                if (other.place.offset >= end + aligned(buffer.bytes) && other.place.offset - end < best_gap) {
                    best_gap = other.place.offset - end;
                    best = end;
                }
                end = std::max(end, other.place.offset + aligned(other.bytes));
            }
            at(b, best_gap == static_cast<std::size_t>(-1) ? end : best);
            placed.insert(std::upper_bound(placed.begin(), placed.end(), b,
                                           [&](std::uint32_t x, std::uint32_t y) {
                                               return d_.buffers[x].place.offset < d_.buffers[y].place.offset;
                                           }),
                          b);
        }
    }

    // The least that any placement needs if operations run one after the other, in the plan's own order.
    void bound(const std::vector<std::uint32_t>& list, Plan& plan) const {
        std::vector<std::int64_t> change(d_.order.size() + 1);
        for (const std::uint32_t b : list) {
            const auto bytes = static_cast<std::int64_t>(aligned(d_.buffers[b].bytes));
            change[d_.buffers[b].first] += bytes;
            if (!d_.buffers[b].kept)
                change[d_.buffers[b].last + 1] -= bytes;
        }
        std::int64_t live = 0;
        for (const std::int64_t c : change) {
            live += c;
            plan.arena_bound = std::max(plan.arena_bound, static_cast<std::size_t>(live));
        }
    }

    Draft& d_;
};

}  // namespace

void place(Draft& draft, Plan& plan) {
    Placer{draft}.run(plan);
}

}  // namespace plexus
