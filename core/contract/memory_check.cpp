#include "core/contract/memory_check.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "core/contract/child.hpp"
#include "core/contract/fault_report.hpp"
#include "core/contract/running.hpp"
#include "core/contract/serial_run.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

using Role = Operand::Role;

struct Arrangement {
    GuardedMemory::Against side;
    bool in_place;
    bool held;              // what the plugin holds is not to be written; not at first: a cache may be filled then
    std::uint32_t rubbish;  // a signalling NaN, which arithmetic would not leave as it is; a large number
    const char* name;
};

constexpr Arrangement arrangements[] = {
    {GuardedMemory::Against::end, false, false, 0x7FA5A5A5U, "guards at the ends"},
    {GuardedMemory::Against::start, true, true, 0x7EADBEEFU, "guards at the starts, in place where it may be"},
};

const char* name_of(Role role) {
    constexpr const char* names[] = {"input",    "output",          "saved",          "parameter",
                                     "state",    "shared",          "derived",        "partial",
                                     "combined", "output gradient", "input gradient", "parameter gradient",
                                     "carry",    "next carry"};
    return names[static_cast<std::size_t>(role)];
}

// An operand of the stage that runs, moved between guards.
struct Moved : NamedMemory {
    std::byte* home;  // where the plan has it
    bool written;
    bool must_be_assigned;  // all of it, by this stage
    Element element;
};

std::string_view situation_now;  // what every line begins with

void say(const std::string& what) {
    tell(text(situation_now, ": ", what));
}

// Runs the stages of one plan between guards.
class Guard {
public:
    Guard(SerialRun& run, const Arrangement& arrangement, const HeldMemory& held)
        : run_(run), plan_(run.plan()), arrangement_(arrangement), held_(arrangement.held ? &held : nullptr) {}

    void operator()(Op& op) {
        const NodePlan& node = plan_.nodes[op.node];
        const Stage& stage = node.stages[op.stage];
        const Op original = op;
        const std::vector<Place> slots(plan_.slots.begin() + op.slots, plan_.slots.begin() + op.slots + op.slot_count);
        std::vector<Moved> moved;
        moved.reserve(node.operands.size() + 1);
        std::size_t next_base = first_free;
        std::vector<std::size_t> base_of(node.operands.size(), 0);
        for (std::size_t number = 0; number < node.operands.size(); ++number)
            if (slots[number].base != 0) {
                move_operand(moved, node, stage, op, number, slots[number]);
                run_.base(next_base) = moved.back().memory.data();
                base_of[number] = next_base;
                plan_.slots[op.slots + number] = {0, static_cast<std::uint8_t>(next_base++)};
            }
        if (arrangement_.in_place)
            share(node, stage, op, moved, slots, base_of);
        if (op.scratch_bytes != 0) {
            moved.push_back({{"its scratch", {op.scratch_bytes, arrangement_.side, 64}}, nullptr, true, false, {}});
            fill_with_rubbish(moved.back().memory.data(), op.scratch_bytes, arrangement_.rubbish);
            run_.base(next_base) = moved.back().memory.data();
            op.scratch = {0, static_cast<std::uint8_t>(next_base)};
        }
        std::vector<const NamedMemory*> memories;
        for (const Moved& m : moved)
            memories.push_back(&m);
        const std::string actor = text("stage '", stage.name, "' (", arrangement_.name, ")");
        {
            const Watched watched(actor, std::move(memories), held_);
            run_.run_operation(op);
        }
        for (const Moved& m : moved)
            judge(m, actor);
        op = original;
        std::copy(slots.begin(), slots.end(), plan_.slots.begin() + op.slots);
    }

private:
    void move_operand(std::vector<Moved>& moved, const NodePlan& node, const Stage& stage, const Op& op,
                      std::size_t number, const Place& place) {
        const Operand operand = node.operands.operand(number);
        const auto in = [&](const std::vector<Operand>& list) {
            return std::ranges::find(list, operand) != list.end();
        };
        const bool sliced = stage.over == Over::shard && per_sample(operand.role);
        const bool tiled = stage.over == Over::tile && operand == stage.tiled;
        TensorType type = node.types[number];
        // An output that is cut along another dimension than the first is handed over whole, and assigned in part.
        const bool part = tiled && stage.tiled_dimension != 0 && operand.role != Operand::Role::parameter_gradient;
        if (sliced || (tiled && !part))
            type.shape = type.shape.with(sliced ? 0 : stage.tiled_dimension, op.count);
        const bool written = in(stage.writes);
        // A slice of samples or rows begins at any element; other tensors at multiples of 64.
        const std::size_t alignment = sliced || tiled ? size_of(type.element) : 64;
        const bool assigned = written && !part && !in(stage.reads) &&
                              (operand.role == Role::output || operand.role == Role::input_gradient ||
                               operand.role == Role::parameter_gradient || operand.role == Role::next_carry);
        moved.push_back(
            {{text(name_of(operand.role), " ", operand.index), {type.bytes(), arrangement_.side, alignment}},
             static_cast<std::byte*>(run_.base(place.base)) + place.offset,
             written,
             assigned,
             type.element});
        const GuardedMemory& memory = moved.back().memory;
        if (in(stage.reads) || part)
            std::memcpy(memory.data(), moved.back().home, memory.bytes());
        else
            fill_with_rubbish(memory.data(), memory.bytes(), arrangement_.rubbish);
        const bool shared = arrangement_.in_place && std::ranges::any_of(stage.in_place, [&](const auto& pair) {
                                return pair.second == operand;
                            });
        if (!written && !shared)
            memory.forbid_writing();
    }

    // The written operand takes the memory of the read one; what it has not overwritten is the input.
    void share(const NodePlan& node, const Stage& stage, const Op& op, std::vector<Moved>& moved,
               const std::vector<Place>& slots, const std::vector<std::size_t>& base_of) {
        for (const auto& [written, read] : stage.in_place) {
            const std::size_t to = node.operands.number(written);
            const std::size_t from = node.operands.number(read);
            if (base_of[to] == 0 || base_of[from] == 0)
                continue;
            Moved& target = moved[base_of[to] - first_free];
            Moved& source = moved[base_of[from] - first_free];
            if (target.memory.bytes() != source.memory.bytes())
                continue;
            plan_.slots[op.slots + to] = plan_.slots[op.slots + from];
            source.home = static_cast<std::byte*>(run_.base(slots[to].base)) + slots[to].offset;
            source.written = true;
            target.written = target.must_be_assigned = false;
        }
    }

    void judge(const Moved& m, const std::string& actor) {
        if (m.memory.disturbed())
            say(text(actor, " writes to bytes around ", m.name));
        if (m.must_be_assigned && m.element == Element::float32)
            for (std::size_t i = 0; i < m.memory.bytes() / 4; ++i)
                if (std::memcmp(m.memory.data() + i * 4, &arrangement_.rubbish, 4) == 0) {
                    say(text(actor, " never assigns element ", i, " of ", m.name));
                    break;
                }
        if (m.written && m.home != nullptr)
            std::memcpy(m.home, m.memory.data(), m.memory.bytes());
    }

    static constexpr std::size_t first_free = SerialRun::first_free_base;

    SerialRun& run_;
    Plan& plan_;
    const Arrangement& arrangement_;
    const HeldMemory* held_;
};

std::vector<NamedArray> results_of_run(Running& running, const HeldMemory& held, const Arrangement* arrangement) {
    std::unique_ptr<SerialRun> run;  // kept until the results are copied out of its arena
    running.run([&](Plan& plan, const Bindings& bindings, const StepInput& input) {
        run = std::make_unique<SerialRun>(plan, bindings, input, 1, arrangement != nullptr ? arrangement->rubbish : 0);
        return arrangement != nullptr ? run->run(Guard{*run, *arrangement, held}) : run->run();
    });
    return results_of(running.layer());
}

// What the child does in one mode; its lines are the findings. Guarded runs come first, for an unguarded one may do
// harm.
void run_guarded(Running& running, const HeldMemory& held) {
    std::vector<std::vector<NamedArray>> guarded;
    for (const Arrangement& arrangement : arrangements)
        guarded.push_back(results_of_run(running, held, &arrangement));
    const auto plain = results_of_run(running, held, nullptr);
    if (!first_difference(plain, results_of_run(running, held, nullptr)).empty())
        return;  // never twice the same: another check's concern
    for (std::size_t i = 0; i < guarded.size(); ++i)
        if (const std::string where = first_difference(plain, guarded[i]); !where.empty())
            say(text("with rubbish in memory that is to be written and ", arrangements[i].name, ", ", where));
}

// The library that a type comes from.
std::filesystem::path library_of(const Example& example) {
    for (const Environment::PluginInfo& plugin : example.environment->plugins())
        if (std::ranges::find(plugin.types, std::pair{example.kind, example.type}) != plugin.types.end())
            return plugin.path;
    return {};
}

struct Situation {
    std::string name;  // what findings call it
    RunOptions options;
};

// The modes, and what else training may be like.
std::vector<Situation> situations_of(const Example& example) {
    std::vector<Situation> situations;
    for (const Mode mode : modes_of(example))
        situations.push_back({std::string(to_string(mode)), {.mode = mode}});
    situations.push_back({"training, with zeros in the inputs", {.zeros = true}});
    for (SomeLearn& place : where_some_learn(example))
        situations.push_back({"training, " + place.where, {.learning_inputs = std::move(place.inputs)}});
    return situations;
}

}  // namespace

Findings check_memory(const Example& example, bool fork) {
    const std::vector<Situation> situations = situations_of(example);
    const auto work = [&] {
        if (fork)
            report_faults(say);
        // While a process has one thread, the C library takes locks and counts references without atomic instructions.
        const std::jthread second([](const std::stop_token& stop) {
            std::mutex mutex;
            std::unique_lock lock(mutex);
            std::condition_variable_any{}.wait(lock, stop, [] { return false; });
        });
        const HeldMemory held(library_of(example));
        for (const Situation& situation : situations) {
            situation_now = situation.name;
            std::optional<Running> running;
            {
                const AllocationsApart apart(held.code());
                running.emplace(example, situation.options);
            }
            run_guarded(*running, held);
        }
    };
    const ChildEnd end = in_child(work, {.fork = fork});
    if (!end.refused.empty())
        throw SampleError(0, end.refused);
    Findings findings;
    std::set<std::string> seen;
    for (const std::string& line : end.lines)
        if (seen.insert(line).second)
            findings.push_back({"memory", to_string(example), line});
    if (!end.fault.empty())
        findings.push_back({"memory", to_string(example), end.fault});
    return findings;
}

}  // namespace plexus
