#include "core/plan/verify.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "core/plan/reach.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

// Memories that the step itself fills; what lies in the others was there before it began.
bool filled_by_step(std::uint8_t base) {
    return base == static_cast<std::uint8_t>(Base::arena) || base == static_cast<std::uint8_t>(Base::scratch) ||
           base == static_cast<std::uint8_t>(Base::derived);
}

// Which value lies where, as runs of bytes.
class Contents {
public:
    void write(std::size_t begin, std::size_t end, std::uint32_t value) {
        split(begin);
        split(end);
        runs_.erase(runs_.lower_bound(begin), runs_.lower_bound(end));
        runs_.emplace(begin, Run{end, value});
    }

    [[nodiscard]] bool holds(std::size_t begin, std::size_t end, std::uint32_t value) const {
        auto at = runs_.upper_bound(begin);
        if (at == runs_.begin())
            return false;
        --at;
        while (begin < end) {
            if (at == runs_.end() || at->first > begin || at->second.end <= begin || at->second.value != value)
                return false;
            begin = at->second.end;
            ++at;
        }
        return true;
    }

    void clear() { runs_.clear(); }

private:
    struct Run {
        std::size_t end;
        std::uint32_t value;
    };

    void split(std::size_t at) {
        auto found = runs_.lower_bound(at);
        if (found == runs_.begin())
            return;
        --found;
        if (found->first < at && found->second.end > at) {
            runs_.emplace(at, found->second);
            found->second.end = at;
        }
    }

    std::map<std::size_t, Run> runs_;
};

struct Range {
    std::size_t begin, end;
    std::uint32_t task;
    std::uint8_t base;
    bool write;
};

class Proof {
public:
    explicit Proof(const Plan& plan) : plan_(plan) {}

    std::optional<std::string> run() {
        for (const auto check : {&Proof::structure, &Proof::bounds, &Proof::replay, &Proof::races})
            if (auto fault = (this->*check)())
                return fault;
        return std::nullopt;
    }

private:
    std::optional<std::string> structure() {
        std::vector<std::uint32_t> waits(plan_.tasks.size());
        std::size_t ops = 0;
        for (std::uint32_t t = 0; t < plan_.tasks.size(); ++t) {
            const Task& task = plan_.tasks[t];
            if (task.first_op != ops)
                return text("task ", t, " does not begin where the one before it ends");
            ops += task.op_count;
            for (const std::uint32_t released : task.releases) {
                if (released <= t || released >= plan_.tasks.size())
                    return text("task ", t, " releases task ", released, ", which does not come after it");
                edges_.emplace_back(t, released);
                ++waits[released];
            }
        }
        for (std::uint32_t t = 0; t < plan_.tasks.size(); ++t)
            if (waits[t] != plan_.tasks[t].waits_for)
                return text("task ", t, " waits for ", plan_.tasks[t].waits_for, " tasks, but ", waits[t],
                            " release it");
        if (ops != plan_.ops.size())
            return text("the tasks run ", ops, " operations of ", plan_.ops.size());
        return std::nullopt;
    }

    [[nodiscard]] std::size_t size_of(std::uint8_t base) const {
        switch (static_cast<Base>(base)) {
            case Base::arena:
                return plan_.arena_bytes;
            case Base::scratch:
                return plan_.scratch_bytes;
            case Base::batch:
                return plan_.batch_bytes;
            case Base::derived:
                return plan_.derived_bytes;
            case Base::carries:
            case Base::next_carries:
                return plan_.carry_bytes;
            default:
                return static_cast<std::size_t>(-1);
        }
    }

    std::optional<std::string> bounds() {
        for (const Op& op : plan_.ops) {
            for (std::uint32_t i = 0; i < op.access_count; ++i) {
                const Access& a = plan_.accesses[op.accesses + i];
                if (a.place.base == 0)
                    return text("operation ", number(op), " touches a value that has no place");
                if (a.place.offset + a.bytes > size_of(a.place.base))
                    return text("operation ", number(op), " touches bytes beyond the end of memory ",
                                int{a.place.base});
            }
            if (op.scratch_bytes != 0 && op.scratch.offset + op.scratch_bytes > plan_.scratch_bytes)
                return text("operation ", number(op), " works beyond the end of the scratch");
        }
        return std::nullopt;
    }

    std::optional<std::string> replay() {
        std::map<std::uint8_t, Contents> memory;
        for (const Task& task : plan_.tasks) {
            memory[static_cast<std::uint8_t>(Base::scratch)].clear();  // another worker's may be used
            for (std::uint32_t o = 0; o < task.op_count; ++o)
                if (auto fault = replay(plan_.ops[task.first_op + o], memory))
                    return fault;
        }
        return std::nullopt;
    }

    std::optional<std::string> replay(const Op& op, std::map<std::uint8_t, Contents>& memory) {
        for (std::uint32_t i = 0; i < op.access_count; ++i) {
            const Access& a = plan_.accesses[op.accesses + i];
            if (!a.write && filled_by_step(a.place.base) && a.bytes != 0 &&
                !memory[a.place.base].holds(a.place.offset, a.place.offset + a.bytes, a.value))
                return text("operation ", number(op), " reads value ", a.value, " where it does not lie");
        }
        if (op.scratch_bytes != 0)
            for (std::uint32_t i = 0; i < op.access_count; ++i) {
                const Access& a = plan_.accesses[op.accesses + i];
                if (a.place.base == op.scratch.base && a.place.offset < op.scratch.offset + op.scratch_bytes &&
                    op.scratch.offset < a.place.offset + a.bytes)
                    return text("operation ", number(op), " works in the bytes of value ", a.value);
            }
        if (op.scratch_bytes != 0)
            memory[op.scratch.base].write(op.scratch.offset, op.scratch.offset + op.scratch_bytes, garbage);
        for (std::uint32_t i = 0; i < op.access_count; ++i) {
            const Access& a = plan_.accesses[op.accesses + i];
            if (a.write && filled_by_step(a.place.base) && a.bytes != 0)
                memory[a.place.base].write(a.place.offset, a.place.offset + a.bytes, a.value);
        }
        return std::nullopt;
    }

    // Scratch is a worker's own, so only the shared memories can be fought over.
    std::optional<std::string> races() {
        std::map<std::uint8_t, std::vector<Range>> touched;
        std::vector<Range> own;
        for (std::uint32_t t = 0; t < plan_.tasks.size(); ++t) {
            own.clear();
            for (std::uint32_t o = 0; o < plan_.tasks[t].op_count; ++o) {
                const Op& op = plan_.ops[plan_.tasks[t].first_op + o];
                for (std::uint32_t i = 0; i < op.access_count; ++i) {
                    const Access& a = plan_.accesses[op.accesses + i];
                    if (a.place.base != static_cast<std::uint8_t>(Base::scratch) && a.bytes != 0)
                        own.push_back({a.place.offset, a.place.offset + a.bytes, t, a.place.base, a.write});
                }
            }
            melt(own, touched);
        }
        const Reach reach(plan_.tasks.size(), edges_);
        for (auto& [base, ranges] : touched)
            if (auto fault = races(ranges, reach, base))
                return fault;
        return std::nullopt;
    }

    // What one task touches, with neighbours made one.
    static void melt(std::vector<Range>& own, std::map<std::uint8_t, std::vector<Range>>& touched) {
        std::sort(own.begin(), own.end(), [](const Range& a, const Range& b) {
            return std::tie(a.base, a.write, a.begin) < std::tie(b.base, b.write, b.begin);
        });
        for (const Range& r : own) {
            std::vector<Range>& out = touched[r.base];
            if (!out.empty() && out.back().task == r.task && out.back().write == r.write && out.back().end >= r.begin &&
                out.back().begin <= r.begin)
                out.back().end = std::max(out.back().end, r.end);
            else
                out.push_back(r);
        }
    }

    std::optional<std::string> races(std::vector<Range>& ranges, const Reach& reach, std::uint8_t base) {
        std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.begin < b.begin; });
        // Apart, for readers do not mind one another, and many tasks read what one wrote (as the loss).
        std::vector<Range> readers, writers;
        for (const Range& r : ranges) {
            close(readers, r.begin);
            close(writers, r.begin);
            const auto unordered = [&](const Range& o) {
                return o.task != r.task && !reach.before(std::min(o.task, r.task), std::max(o.task, r.task));
            };
            auto found = std::find_if(writers.begin(), writers.end(), unordered);
            bool fault = found != writers.end();
            if (!fault && r.write) {
                found = std::find_if(readers.begin(), readers.end(), unordered);
                fault = found != readers.end();
            }
            if (fault)
                return text("tasks ", std::min(found->task, r.task), " and ", std::max(found->task, r.task),
                            " touch the same bytes of memory ", int{base}, " and nothing orders them");
            auto& open = r.write ? writers : readers;
            open.push_back(r);
            std::push_heap(open.begin(), open.end(), ends_later);
        }
        return std::nullopt;
    }

    static bool ends_later(const Range& a, const Range& b) noexcept { return a.end > b.end; }

    // `open` is a heap, with what ends first in front.
    static void close(std::vector<Range>& open, std::size_t begin) {
        while (!open.empty() && open.front().end <= begin) {
            std::pop_heap(open.begin(), open.end(), ends_later);
            open.pop_back();
        }
    }

    [[nodiscard]] std::size_t number(const Op& op) const { return static_cast<std::size_t>(&op - plan_.ops.data()); }

    static constexpr std::uint32_t garbage = static_cast<std::uint32_t>(-1);
    const Plan& plan_;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> edges_;
};

}  // namespace

std::optional<std::string> find_fault(const Plan& plan) {
    return Proof{plan}.run();
}

}  // namespace plexus
