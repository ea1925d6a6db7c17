#include "core/contract/training_checks.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <set>

#include "core/contract/allocation_watch.hpp"
#include "core/contract/example.hpp"
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

// Calls `visit` with each way to write the type that it takes; a type that takes none is found.
template <class Visit>
Findings for_each_use(const char* check, const Schema& schema, const Types& types, const Visit& visit) {
    Findings findings;
    std::string refusal;
    const auto works = [&](const Value& attributes) {
        const Value use = use_of(schema.type(), attributes);
        try {
            visit(types.resolve(schema.kind(), use), [&](const std::string& what) {
                findings.push_back({check, to_string(use), what});
            });
            return true;
        } catch (const InputError& error) {
            refusal = error.what();
            return false;
        } catch (const std::exception& error) {
            findings.push_back({check, to_string(use), text("not refused but failed: ", error.what())});
            return true;
        }
    };
    if (working_attributes(schema, types, works).empty())
        findings.push_back({"examples", schema.type(), "no attributes were found that it takes; it said " + refusal});
    return findings;
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
        state.bases = bases_.data();
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
    const auto outside = ways[0].memories();
    if (allocations_of([&] { ways[0].update(gradient, 100, 50); }) != 0)
        found("an update calls the allocator");
    for (std::size_t m = 0; m < outside.size(); ++m)
        for (std::size_t i = 0; i < Updated::elements; ++i)
            if ((i < 100 || i >= 150) && !same_bits({&outside[m][i], 1}, {&ways[0].memories()[m][i], 1}))
                return found(text("an update of elements 100 to 149 changed element ", i));
}

template <class Found>
void hold_initializer(const Initializer& initializer, const Found& found) {
    // Values that were not assigned keep a pattern that no arithmetic gives.
    const float untouched = std::bit_cast<float>(0x7FA5A5A5U);
    for (const Shape& shape : {Shape{64}, Shape{16, 24}, Shape{3, 3, 8, 16}, Shape{1}, Shape{}}) {
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

}  // namespace

Findings check_optimizer(const Schema& schema, const Types& types) {
    const auto factory = types.factory(".");
    return for_each_use("optimizer", schema, types, [&](const TypedValue& use, const auto& found) {
        hold_optimizer(*types.optimizer(use, *factory), found);
    });
}

Findings check_schedule(const Schema& schema, const Types& types) {
    const auto factory = types.factory(".");
    return for_each_use("schedule", schema, types, [&](const TypedValue& use, const auto& found) {
        const auto schedule = types.schedule(use, *factory);
        std::vector<double> values;
        for (std::uint64_t step = 0; step <= total_steps + 1; ++step) {
            values.push_back(schedule->value(progress_at(step)));
            if (!std::isfinite(values.back()) || values.back() < 0)
                return found(text("the value of step ", step, " is ", values.back()));
        }
        for (std::uint64_t step = values.size(); step-- > 0;)
            if (schedule->value(progress_at(step)) != values[step])
                return found(text("the value of step ", step, " depends on what was asked before"));
        const Progress shortest{.step = 0, .epoch = 0, .steps_per_epoch = 1, .total_steps = 1};
        if (!std::isfinite(schedule->value(shortest)))
            found("the value of a run of one step is not finite");
    });
}

Findings check_initializer(const Schema& schema, const Types& types) {
    const auto factory = types.factory(".");
    return for_each_use("initializer", schema, types, [&](const TypedValue& use, const auto& found) {
        hold_initializer(*types.initializer(use, *factory), found);
    });
}

}  // namespace plexus
