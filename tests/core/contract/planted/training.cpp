// What trains, with one fault each.
#include "training.hpp"

#include <algorithm>
#include <cfenv>
#include <cmath>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <vector>

namespace planted {
namespace {

using namespace plexus;

struct StepsDown : Optimizer {
    explicit StepsDown(const Attributes&) {}
    void declare(OptimizerContext&) const override {}
    [[nodiscard]] double learning_rate(const Progress&) const override { return 0.1; }
    void update(const UpdateContext& c) const override {
        for (std::size_t i = 0; i < c.parameter().size(); ++i)
            c.parameter()[i] -= static_cast<float>(c.learning_rate()) * c.gradient()[i];
    }
};

// Scales by the norm of its tile, so that the result depends on how a parameter is cut.
struct DependsOnTile final : StepsDown {
    using StepsDown::StepsDown;
    void update(const UpdateContext& c) const override {
        float sum = 1;
        for (const float g : c.gradient())
            sum += g * g;
        for (std::size_t i = 0; i < c.parameter().size(); ++i)
            c.parameter()[i] -= c.gradient()[i] / sum;
    }
};

struct Stays final : StepsDown {
    using StepsDown::StepsDown;
    void update(const UpdateContext&) const override {}
};

struct WritesGradient final : StepsDown {
    using StepsDown::StepsDown;
    void update(const UpdateContext& c) const override {
        StepsDown::update(c);
        const_cast<float*>(c.gradient().data())[0] = 0;
    }
};

// No fault.
struct Momentum : StepsDown {
    using StepsDown::StepsDown;
    void declare(OptimizerContext& c) const override {
        c.slot("momentum");
        c.counter("updates");
    }
    void begin_step(const Progress&, std::span<double> counters) const override { counters[0] += 1; }
    void update(const UpdateContext& c) const override {
        for (std::size_t i = 0; i < c.parameter().size(); ++i) {
            c.slot(0)[i] = 0.9F * c.slot(0)[i] + c.gradient()[i];
            c.parameter()[i] -= static_cast<float>(c.learning_rate()) * c.slot(0)[i];
        }
    }
};

struct WritesBeyondSlot final : Momentum {
    using Momentum::Momentum;
    void update(const UpdateContext& c) const override {
        Momentum::update(c);
        *(c.slot(0).data() + c.slot(0).size()) = 0;
    }
};

// Smooths over the neighbour before, which another thread may be at.
struct ReadsBeforeParameter final : StepsDown {
    using StepsDown::StepsDown;
    void update(const UpdateContext& c) const override {
        StepsDown::update(c);
        c.parameter()[0] += 0.1F * *(static_cast<const volatile float*>(c.parameter().data()) - 1);
    }
};

struct UndeclaredSlot final : StepsDown {
    using StepsDown::StepsDown;
    [[gnu::no_sanitize("undefined")]] void update(const UpdateContext& c) const override {
        StepsDown::update(c);
        *static_cast<volatile float*>(c.slot(0).data()) = 1;
    }
};

struct UndeclaredCounter final : Momentum {
    using Momentum::Momentum;
    void begin_step(const Progress& progress, std::span<double> counters) const override {
        Momentum::begin_step(progress, counters);
        *(counters.data() + 1) = 1;
    }
};

struct UnaskedNorm final : StepsDown {
    using StepsDown::StepsDown;
    void update(const UpdateContext& c) const override {
        const auto clip = static_cast<float>(1 / std::max(c.gradient_norm(), 1.0));
        for (std::size_t i = 0; i < c.parameter().size(); ++i)
            c.parameter()[i] -= 0.1F * clip * c.gradient()[i];
    }
};

struct ThreadInUpdate final : StepsDown {
    using StepsDown::StepsDown;
    void update(const UpdateContext& c) const override {
        std::thread([&] { StepsDown::update(c); }).join();
    }
};

struct RateRoundsUpward final : StepsDown {
    using StepsDown::StepsDown;
    [[nodiscard]] double learning_rate(const Progress& progress) const override {
        std::fesetround(FE_UPWARD);
        return StepsDown::learning_rate(progress);
    }
};

struct ThrowsInUpdate final : StepsDown {
    using StepsDown::StepsDown;
    void update(const UpdateContext&) const override { throw std::runtime_error("out of step"); }
};

struct AllocatesInUpdate final : StepsDown {
    using StepsDown::StepsDown;
    void update(const UpdateContext& c) const override {
        const std::vector<float> copy(c.gradient().begin(), c.gradient().end());
        for (std::size_t i = 0; i < copy.size(); ++i)
            c.parameter()[i] -= 0.1F * copy[i];
    }
};

struct ThreadInValue final : Schedule {
    explicit ThreadInValue(const Attributes&) {}
    [[nodiscard]] double value(const Progress&) const override {
        double value = 0;
        std::thread([&] { value = 0.5; }).join();
        return value;
    }
};

struct BelowZero final : Schedule {
    explicit BelowZero(const Attributes&) {}
    [[nodiscard]] double value(const Progress& p) const override { return 0.5 - 0.1 * static_cast<double>(p.step); }
};

struct Counts final : Schedule {
    explicit Counts(const Attributes&) {}
    [[nodiscard]] double value(const Progress&) const override { return ++asked; }
    mutable double asked = 0;
};

struct IgnoresKey final : Initializer {
    explicit IgnoresKey(const Attributes&) {}
    void fill(std::span<float> values, const Shape&, RandomKey) const override {
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = std::sin(static_cast<float>(i));
    }
};

// Each random number twice.
struct RepeatsNumbers final : Initializer {
    explicit RepeatsNumbers(const Attributes&) {}
    void fill(std::span<float> values, const Shape&, RandomKey key) const override {
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = uniform(philox(key, {0, 0, static_cast<std::uint32_t>(i / 2)})[0]);
    }
};

struct LeavesOneOut final : Initializer {
    explicit LeavesOneOut(const Attributes&) {}
    void fill(std::span<float> values, const Shape&, RandomKey) const override {
        std::ranges::fill(values.first(values.size() - 1), 1.0F);
    }
};

struct FillsBeyond final : Initializer {
    explicit FillsBeyond(const Attributes&) {}
    void fill(std::span<float> values, const Shape&, RandomKey) const override {
        std::ranges::fill(values, 1.0F);
        *(values.data() + values.size()) = 1;
    }
};

struct FillRoundsUpward final : Initializer {
    explicit FillRoundsUpward(const Attributes&) {}
    void fill(std::span<float> values, const Shape&, RandomKey) const override {
        std::fesetround(FE_UPWARD);
        std::ranges::fill(values, 1.0F);
    }
};

// No fault: its values are in a file, of which a schema knows nothing.
struct OfFile final : Initializer {
    OfFile(const Attributes& a, const Factory& factory) {
        if (!std::ifstream(factory.path(a, "file")))
            throw a.error("file", text(factory.path(a, "file").string(), ": there is no such file"));
    }
    void fill(std::span<float> values, const Shape&, RandomKey) const override { std::ranges::fill(values, 0.5F); }
};

Value of_nothing(const Attributes&) {
    Value program;
    program.set("network", Value(Value::List{"no_such_layer"}));
    return program;
}

}  // namespace

void add_training(Registry& registry) {
    registry.optimizer<DependsOnTile>("depends_on_tile", "steps down");
    registry.optimizer<Stays>("stays", "does nothing");
    registry.optimizer<WritesGradient>("writes_gradient", "steps down");
    registry.optimizer<Momentum>("momentum", "steps down");
    registry.optimizer<WritesBeyondSlot>("writes_beyond_slot", "steps down");
    registry.optimizer<ReadsBeforeParameter>("reads_before_parameter", "steps down");
    registry.optimizer<UndeclaredSlot>("undeclared_slot", "steps down");
    registry.optimizer<UndeclaredCounter>("undeclared_counter", "steps down");
    registry.optimizer<UnaskedNorm>("unasked_norm", "steps down");
    registry.optimizer<ThreadInUpdate>("thread_in_update", "steps down");
    registry.optimizer<RateRoundsUpward>("rate_rounds_upward", "steps down");
    registry.optimizer<ThrowsInUpdate>("throws_in_update", "steps down");
    registry.optimizer<AllocatesInUpdate>("allocates_in_update", "steps down");
    registry.schedule<ThreadInValue>("thread_in_value", "stays");
    registry.schedule<BelowZero>("below_zero", "falls");
    registry.schedule<Counts>("counts", "rises");
    registry.initializer<IgnoresKey>("ignores_key", "a wave");
    registry.initializer<RepeatsNumbers>("repeats_numbers", "uniform numbers");
    registry.initializer<LeavesOneOut>("leaves_one_out", "ones");
    registry.initializer<FillsBeyond>("fills_beyond", "ones");
    registry.initializer<FillRoundsUpward>("fill_rounds_upward", "ones");
    registry.initializer<OfFile>("of_file", "what a file says")
        .required("file", AttributeSpec::Form::string, "with the values");
    registry.model("of_nothing", "a network of a layer that is none", of_nothing);
}

}  // namespace planted
