// What trains and what holds data, with one fault each.
#include "training.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>

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

// Writes bytes, and reads them back to front.
struct Backwards final : Format {
    explicit Backwards(const Attributes&) {}
    [[nodiscard]] Array read(const std::filesystem::path& file) const override {
        std::ifstream stream{file, std::ios::binary};
        std::string bytes{std::istreambuf_iterator<char>{stream}, {}};
        if (bytes.empty())
            throw InputError(file.string() + " is empty or missing");
        Array array({{static_cast<std::int64_t>(bytes.size())}, Element::uint8});
        std::ranges::copy(bytes.rbegin(), bytes.rend(), array.as<std::uint8_t>().begin());
        return array;
    }
    void write(const std::filesystem::path& file, const ConstTensor& tensor) const override {
        if (tensor.type.element != Element::uint8 || tensor.shape().rank() != 1)
            throw InputError(file.string() + " can hold bytes alone");
        const auto bytes = tensor.as<std::uint8_t>();
        std::ofstream{file, std::ios::binary}.write(reinterpret_cast<const char*>(bytes.data()),
                                                    static_cast<std::streamsize>(bytes.size()));
    }
};

struct NamesNoFile final : Format {
    explicit NamesNoFile(const Attributes&) {}
    [[nodiscard]] Array read(const std::filesystem::path&) const override { throw InputError("the file is damaged"); }
};

// A sample is another each time.
struct Restless final : Dataset {
    explicit Restless(const Attributes&, const Factory&) {}
    [[nodiscard]] std::size_t size() const override { return 8; }
    [[nodiscard]] std::span<const SampleTensor> tensors() const override { return tensors_; }
    void read(std::size_t, std::span<const Tensor> sample) const override {
        std::ranges::fill(sample[0].as(), ++count_);
    }

private:
    std::vector<SampleTensor> tensors_{{"x", {{4}, Element::float32}}};
    mutable float count_ = 0;
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
    registry.schedule<BelowZero>("below_zero", "falls");
    registry.schedule<Counts>("counts", "rises");
    registry.initializer<IgnoresKey>("ignores_key", "a wave");
    registry.initializer<RepeatsNumbers>("repeats_numbers", "uniform numbers");
    registry.initializer<LeavesOneOut>("leaves_one_out", "ones");
    registry.format<Backwards>("backwards", "bytes").extensions({"backwards"});
    registry.format<NamesNoFile>("names_no_file", "nothing").extensions({"nameless"});
    registry.dataset<Restless>("restless", "numbers");
    registry.model("of_nothing", "a network of a layer that is none", of_nothing);
}

}  // namespace planted
