#include "core/contract/training_checks.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <set>

#include "core/contract/allocation_watch.hpp"
#include "core/contract/child.hpp"
#include "core/contract/supervised.hpp"
#include "core/plan/step_state.hpp"
#include "plexus/random.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

constexpr std::uint64_t steps_per_epoch = 5;
constexpr std::uint64_t total_steps = 20;

Progress progress_at(std::uint64_t step) {
    return {
        .step = step, .epoch = step / steps_per_epoch, .steps_per_epoch = steps_per_epoch, .total_steps = total_steps};
}

constexpr Progress shortest_run{.step = 0, .epoch = 0, .steps_per_epoch = 1, .total_steps = 1};

std::vector<float> normal_numbers(std::size_t count, std::uint32_t path) {
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto words = philox({3, path}, {0, static_cast<std::uint32_t>(i), 0});
        values[i] = static_cast<float>(normal(words[0], words[1])[0]);
    }
    return values;
}

bool all_finite(std::span<const float> values) {
    return std::ranges::all_of(values, [](float v) { return std::isfinite(v); });
}

bool same_bits(std::span<const float> a, std::span<const float> b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

constexpr GuardedMemory::Against both_sides[] = {GuardedMemory::Against::end, GuardedMemory::Against::start};

template <class T>
NamedMemory guarded(std::string name, std::span<const T> values, GuardedMemory::Against side) {
    NamedMemory named{std::move(name), {values.size_bytes(), side, sizeof(T)}};
    if (!values.empty())
        std::memcpy(named.memory.data(), values.data(), values.size_bytes());
    return named;
}

template <class T>
std::span<T> span_of(const NamedMemory& named) {
    return {reinterpret_cast<T*>(named.memory.data()), named.memory.bytes() / sizeof(T)};
}

// In a child: calls with memory between guards, and looks whether the bytes around are as they were.
void guarded_call(const std::string& actor, const std::vector<NamedMemory>& memories,
                  const std::function<void()>& code) {
    std::vector<const NamedMemory*> handed;
    for (const NamedMemory& named : memories)
        handed.push_back(&named);
    supervised_call(actor, std::move(handed), code);
    for (const NamedMemory& named : memories)
        if (named.memory.disturbed())
            tell(text(actor, " writes to bytes around ", named.name));
}

// A parameter with its slots, updated in a child: all that a call is handed lies between guards.
class GuardedUpdate {
public:
    GuardedUpdate(const Optimizer& optimizer, const OptimizerLayout& layout, GuardedMemory::Against side, double norm)
        : optimizer_(optimizer), layout_(layout), side_(side), norm_(norm), memories_(1 + layout.slots.size()) {
        memories_[0] = normal_numbers(elements, 1);
        for (std::size_t slot = 1; slot < memories_.size(); ++slot)
            memories_[slot].resize(elements);
        counters_.resize(layout.counters.size());
    }

    std::vector<std::vector<float>> run() {
        constexpr std::array<std::size_t, 3> tiles{elements, 100, 61};
        for (std::uint64_t step = 0; step < total_steps; ++step) {
            supervised_call("learning_rate()", {}, [&] { rate_ = optimizer_.learning_rate(progress_at(step)); });
            begin_step(step);
            const std::vector<float> gradient = normal_numbers(elements, 100 + static_cast<std::uint32_t>(step));
            const std::size_t tile = tiles[step % tiles.size()];
            for (std::size_t begin = 0; begin < elements; begin += tile)
                update(gradient, begin, std::min(tile, elements - begin));
        }
        return std::move(memories_);
    }

private:
    [[nodiscard]] NamedMemory guarded_counters() const {
        return guarded("the counters", std::span<const double>(counters_), side_);
    }

    void begin_step(std::uint64_t step) {
        std::vector<NamedMemory> memories;
        memories.push_back(guarded_counters());
        const auto counters = span_of<double>(memories[0]);
        guarded_call("begin_step()", memories, [&] { optimizer_.begin_step(progress_at(step), counters); });
        std::ranges::copy(counters, counters_.begin());
        memories[0].memory.forbid_writing();
        guarded_call("inference_slot()", memories,
                     [&] { static_cast<void>(optimizer_.inference_slot(std::span<const double>(counters))); });
    }

    void update(std::span<const float> gradient, std::size_t begin, std::size_t count) {
        const auto tile = [&](std::span<const float> whole) { return whole.subspan(begin, count); };
        std::vector<NamedMemory> memories;
        memories.push_back(guarded("parameter", tile(memories_[0]), side_));
        for (std::size_t slot = 0; slot < layout_.slots.size(); ++slot)
            memories.push_back(guarded(text("slot '", layout_.slots[slot], "'"), tile(memories_[1 + slot]), side_));
        const std::size_t written = memories.size();
        memories.push_back(guarded("gradient", tile(gradient), side_));
        memories.push_back(guarded_counters());
        for (std::size_t m = written; m < memories.size(); ++m)
            memories[m].memory.forbid_writing();
        std::array<std::byte*, 256> bases{};  // of a slot that was not declared: null
        for (std::size_t slot = 1; slot < written; ++slot)
            bases[static_cast<std::size_t>(Base::first_slot) + slot - 1] = memories[slot].memory.data();
        const UpdateState state{.parameter = span_of<float>(memories[0]),
                                .gradient = span_of<float>(memories[written]),
                                .slots = bases.data() + static_cast<std::size_t>(Base::first_slot),
                                .offset = 0,
                                .counters = span_of<double>(memories[written + 1]),
                                .learning_rate = rate_,
                                .gradient_norm = norm_};
        guarded_call("update()", memories, [&] { optimizer_.update(UpdateContext{state}); });
        for (std::size_t m = 0; m < written; ++m)
            std::ranges::copy(span_of<float>(memories[m]), memories_[m].begin() + static_cast<std::ptrdiff_t>(begin));
    }

    static constexpr std::size_t elements = 257;
    const Optimizer& optimizer_;
    const OptimizerLayout& layout_;
    GuardedMemory::Against side_;
    double norm_;
    std::vector<std::vector<float>> memories_;  // the parameter, then its slots
    std::vector<double> counters_;
    double rate_ = 0;
};

bool same_bits(const std::vector<std::vector<float>>& a, const std::vector<std::vector<float>>& b) {
    return std::ranges::equal(a, b, [](const auto& x, const auto& y) { return same_bits(std::span(x), std::span(y)); });
}

// In a child.
void update_between_guards(const Optimizer& optimizer) {
    constexpr double norm = 30, other_norm = 0.01;
    const OptimizerLayout layout = layout_of(optimizer);
    const auto run = [&](GuardedMemory::Against side, double with) {
        return GuardedUpdate(optimizer, layout, side, with).run();
    };
    const auto ends = run(GuardedMemory::Against::end, norm);
    if (!same_bits(ends, run(GuardedMemory::Against::start, norm)))
        tell("the same steps give other bits where memory lies otherwise");
    else if (!layout.gradient_norm && !same_bits(ends, run(GuardedMemory::Against::end, other_norm)))
        tell("update() reads gradient_norm(), which declare() does not ask for");
}

// A parameter with its slots, updated tile by tile as the plan does it.
class Updated {
public:
    explicit Updated(const Optimizer& optimizer)
        : optimizer_(optimizer), layout_(layout_of(optimizer)), memories_(1 + layout_.slots.size()) {
        memories_[0] = normal_numbers(elements, 1);
        for (std::size_t slot = 1; slot < memories_.size(); ++slot)
            memories_[slot].resize(elements);
        counters.resize(layout_.counters.size());
        bases_.resize(static_cast<std::size_t>(Base::first_slot) + layout_.slots.size());
        for (std::size_t slot = 0; slot < layout_.slots.size(); ++slot)
            bases_[static_cast<std::size_t>(Base::first_slot) + slot] =
                reinterpret_cast<std::byte*>(memories_[1 + slot].data());
    }

    Updated(const Updated&) = delete;  // slots are known by their addresses
    Updated& operator=(const Updated&) = delete;

    void step(std::uint64_t number, std::size_t tile) {
        const std::vector<float> gradient = normal_numbers(elements, 100 + static_cast<std::uint32_t>(number));
        optimizer_.begin_step(progress_at(number), counters);
        for (std::size_t begin = 0; begin < elements; begin += tile)
            update(gradient, begin, std::min(tile, elements - begin));
    }

    void update(std::span<const float> gradient, std::size_t begin, std::size_t count) {
        UpdateState state;
        state.parameter = std::span(memories_[0]).subspan(begin, count);
        state.gradient = gradient.subspan(begin, count);
        state.slots = bases_.data() + static_cast<std::size_t>(Base::first_slot);
        state.offset = begin * sizeof(float);
        state.counters = counters;
        state.learning_rate = learning_rate;
        state.gradient_norm = 30;
        optimizer_.update(UpdateContext{state});
    }

    [[nodiscard]] const std::vector<std::vector<float>>& memories() const noexcept { return memories_; }
    [[nodiscard]] const OptimizerLayout& layout() const noexcept { return layout_; }

    static constexpr std::size_t elements = 257;
    std::vector<double> counters;
    double learning_rate = 0;

private:
    const Optimizer& optimizer_;
    OptimizerLayout layout_;
    std::vector<std::vector<float>> memories_;  // the parameter, then its slots
    std::vector<std::byte*> bases_;
};

template <class Work>
std::size_t allocations_of(const Work& work) {
    const AllocationWatch watch;
    work();
    return watch.calls();
}

template <class Found>
void hold_optimizer(const Optimizer& optimizer, const Found& found) {
    std::array<Updated, 3> ways{Updated(optimizer), Updated(optimizer), Updated(optimizer)};
    constexpr std::array<std::size_t, 3> tiles{Updated::elements, 64, 7};
    const std::vector<float> before = ways[0].memories()[0];
    double largest_rate = 0;
    for (std::uint64_t step = 0; step < total_steps; ++step) {
        const double rate = optimizer.learning_rate(progress_at(step));
        if (!std::isfinite(rate) || rate < 0)
            return found(text("the learning rate of step ", step, " is ", rate));
        largest_rate = std::max(largest_rate, rate);
        for (std::size_t way = 0; way < ways.size(); ++way) {
            ways[way].learning_rate = rate;
            ways[way].step(step, tiles[way]);
        }
        for (const auto& memory : ways[0].memories())
            if (!all_finite(memory))
                return found(text("after step ", step, " a parameter or a slot is not finite"));
        for (std::size_t way = 1; way < ways.size(); ++way)
            for (std::size_t m = 0; m < ways[0].memories().size(); ++m)
                if (!same_bits(ways[0].memories()[m], ways[way].memories()[m]) ||
                    ways[0].counters != ways[way].counters)
                    return found(text("after step ", step, " tiles of ", tiles[way], " give other bits than one tile"));
    }
    if (largest_rate > 0 && same_bits(before, ways[0].memories()[0]))
        found("no step changed the parameter");
    if (const auto slot = optimizer.inference_slot(ways[0].counters))
        if (*slot >= ways[0].layout().slots.size())
            found(text("the weights for inference are in slot ", *slot, ", which it did not declare"));
    const std::vector<float> gradient = normal_numbers(Updated::elements, 99);
    if (allocations_of([&] { ways[0].update(gradient, 100, 50); }) != 0)
        found("an update calls the allocator");
}

// Values that were not assigned keep a pattern that no arithmetic gives.
const float untouched = std::bit_cast<float>(0x7FA5A5A5U);

const std::vector<Shape>& parameter_shapes() {
    static const std::vector<Shape> shapes{Shape{64}, Shape{16, 24}, Shape{3, 3, 8, 16}, Shape{1}, Shape{}};
    return shapes;
}

// In a child.
void fill_between_guards(const Initializer& initializer) {
    for (const auto side : both_sides)
        for (const Shape& shape : parameter_shapes()) {
            const std::vector<float> rubbish(static_cast<std::size_t>(shape.elements()), untouched);
            std::vector<NamedMemory> memories;
            memories.push_back(guarded("its values", std::span(rubbish), side));
            guarded_call("fill()", memories, [&] { initializer.fill(span_of<float>(memories[0]), shape, {1, 2}); });
        }
}

template <class Found>
void hold_initializer(const Initializer& initializer, const Found& found) {
    for (const Shape& shape : parameter_shapes()) {
        const auto filled = [&](RandomKey key) {
            std::vector<float> values(static_cast<std::size_t>(shape.elements()), untouched);
            initializer.fill(values, shape, key);
            return values;
        };
        const auto values = filled({1, 2});
        if (!all_finite(values))
            return found(text("a parameter of shape ", shape, " gets values that are not finite, or none"));
        if (!same_bits(values, filled({1, 2})))
            return found(text("equal keys give other values, shape ", shape));
        if (values.size() < 16)
            continue;
        const bool by_seed = !same_bits(values, filled({2, 2}));
        const bool by_path = !same_bits(values, filled({1, 3}));
        if (by_seed != by_path)
            return found("seed and path of the key do not both count");
        // Of a continuous distribution, that is: where most values are different ones.
        const std::set<float> distinct(values.begin(), values.end());
        const auto twice = [](float a, float b) { return a == b && a != 0; };
        if (by_seed && distinct.size() > values.size() / 4 && values.size() < 100 &&
            std::ranges::adjacent_find(values, twice) != values.end())
            return found("neighbours are equal: random numbers are used twice");
    }
}

template <class Found>
void hold_schedule(const Schedule& schedule, const Found& found) {
    std::vector<double> values;
    for (std::uint64_t step = 0; step <= total_steps + 1; ++step) {
        values.push_back(schedule.value(progress_at(step)));
        if (!std::isfinite(values.back()) || values.back() < 0)
            return found(text("the value of step ", step, " is ", values.back()));
    }
    for (std::uint64_t step = values.size(); step-- > 0;)
        if (schedule.value(progress_at(step)) != values[step])
            return found(text("the value of step ", step, " depends on what was asked before"));
    if (!std::isfinite(schedule.value(shortest_run)))
        found("the value of a run of one step is not finite");
}

// First what may do harm, in a child; then, if it does none, the rest.
template <class Guarded, class Hold>
Findings hold(Kind kind, const std::string& written, bool fork, const Guarded& guarded_run, const Hold& rest) {
    const std::string check{to_string(kind)};
    Findings findings = supervise({.check = check, .subject = written, .fork = fork}, guarded_run);
    if (findings.empty())
        rest([&](const std::string& what) { findings.push_back({check, written, what}); });
    return findings;
}

}  // namespace

UsesTried check_optimizer(const Schema& schema, const Types& types, const UseSettings& settings) {
    const auto factory = types.factory(".");
    return try_uses(schema, types, settings, [&](const TypedValue& use, const std::string& written) {
        const auto optimizer = types.optimizer(use, *factory);
        return hold(
            Kind::optimizer, written, settings.fork, [&] { update_between_guards(*optimizer); },
            [&](const auto& found) { hold_optimizer(*optimizer, found); });
    });
}

UsesTried check_schedule(const Schema& schema, const Types& types, const UseSettings& settings) {
    const auto factory = types.factory(".");
    return try_uses(schema, types, settings, [&](const TypedValue& use, const std::string& written) {
        const auto schedule = types.schedule(use, *factory);
        const auto ask = [&](const Progress& progress) {
            supervised_call("value()", {}, [&] { static_cast<void>(schedule->value(progress)); });
        };
        const auto guarded_run = [&] {
            for (std::uint64_t step = 0; step <= total_steps + 1; ++step)
                ask(progress_at(step));
            ask(shortest_run);
        };
        return hold(Kind::schedule, written, settings.fork, guarded_run,
                    [&](const auto& found) { hold_schedule(*schedule, found); });
    });
}

UsesTried check_initializer(const Schema& schema, const Types& types, const UseSettings& settings) {
    const auto factory = types.factory(".");
    return try_uses(schema, types, settings, [&](const TypedValue& use, const std::string& written) {
        const auto initializer = types.initializer(use, *factory);
        return hold(
            Kind::initializer, written, settings.fork, [&] { fill_between_guards(*initializer); },
            [&](const auto& found) { hold_initializer(*initializer, found); });
    });
}

}  // namespace plexus
