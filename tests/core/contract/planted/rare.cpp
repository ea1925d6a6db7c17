#include "rare.hpp"

#include <plexus/error.hpp>
#include <plexus/text.hpp>

#include <algorithm>
#include <functional>
#include <numeric>
#include <vector>

#include "copies.hpp"

namespace planted {
namespace {

using namespace plexus;

struct SkipsZeros final : Copies {
    using Copies::Copies;
    void forward(const ForwardContext& c) const override {
        const auto x = c.input(0).as();
        const auto y = c.output(0).as();
        for (std::size_t i = 0; i < x.size(); ++i)
            if (x[i] != 0)
                y[i] = x[i];
    }
};

struct ByPlace final : Copies {
    using Copies::Copies;
    void forward(const ForwardContext& c) const override {
        Copies::forward(c);
        const auto features = static_cast<std::size_t>(c.output(0).shape()[1]);
        for (std::size_t i = 0; float& y : c.output(0).as())
            y += static_cast<float>(c.first()) + static_cast<float>(i++ / features);
    }
};

struct AllocatesForMany final : Copies {
    using Copies::Copies;
    void forward(const ForwardContext& c) const override {
        std::vector<float> more;
        if (c.samples() > 64)
            more.resize(c.input(0).as().size());
        Copies::forward(c);
    }
};

// The gradient is half of what it should be, for one value of the attribute.
struct HalfAt : Copies {
    HalfAt(const Attributes& a, bool half) : Copies(a), half_{half} {}
    void backward(const BackwardContext& c) const override {
        Copies::backward(c);
        if (half_)
            for (float& slope : c.input_gradient(0).as())
                slope /= 2;
    }
    bool half_;
};

struct HalfAtSeven final : HalfAt {
    explicit HalfAtSeven(const Attributes& a) : HalfAt(a, a.get<int>("order") == 7) {}
};

struct HalfBelowZero final : HalfAt {
    explicit HalfBelowZero(const Attributes& a) : HalfAt(a, a.get<double>("slope") < 0) {}
};

// A product, whose gradient is half of what it should be where only the first input wants one.
struct HalfForFirstAlone final : Layer {
    explicit HalfForFirstAlone(const Attributes&) {}
    void infer(InferContext& c) const override {
        if (c.input(1) != c.input(0))
            throw c.error("its inputs have to be alike");
        c.output(0, c.input(0));
    }
    void forward(const ForwardContext& c) const override {
        std::ranges::transform(c.input(0).as(), c.input(1).as(), c.output(0).as().begin(), std::multiplies{});
    }
    void backward(const BackwardContext& c) const override {
        const float factor = c.input_gradient(1) ? 1 : 0.5F;
        const auto dy = c.output_gradient(0).as();
        for (const std::size_t i : {0, 1})
            if (const Tensor dx = c.input_gradient(i))
                std::ranges::transform(dy, c.input(1 - i).as(), dx.as().begin(),
                                       [=](float slope, float other) { return factor * slope * other; });
    }
};

// No fault: the mean of the first so many features, at least one of them.
struct MeanOfFirst final : Layer {
    explicit MeanOfFirst(const Attributes&) {}
    void infer(InferContext& c) const override {
        if (c.input(0).element != Element::float32 || c.input(0).shape.rank() != 2 ||
            c.input(1) != TensorType{{c.input(0).shape[0]}, Element::int32})
            throw c.error("features and their number are wanted");
        c.output(0, {Shape{c.input(0).shape[0]}});
    }
    [[nodiscard]] static std::size_t length_of(const StepContext& c, std::size_t sample) {
        const std::int32_t length = c.input(1).as<std::int32_t>()[sample];
        if (length < 1)
            throw SampleError(c.first() + static_cast<std::int64_t>(sample), text("length ", length, " is below 1"));
        return static_cast<std::size_t>(length);
    }
    void forward(const ForwardContext& c) const override {
        const auto features = static_cast<std::size_t>(c.input(0).shape()[1]);
        for (std::size_t i = 0; float& y : c.output(0).as()) {
            const auto x = c.input(0).as().subspan(i * features, length_of(c, i));
            y = std::accumulate(x.begin(), x.end(), 0.0F) / static_cast<float>(x.size());
            ++i;
        }
    }
    void backward(const BackwardContext& c) const override {
        const auto features = static_cast<std::size_t>(c.input(0).shape()[1]);
        for (std::size_t i = 0; const float dy : c.output_gradient(0).as()) {
            const auto dx = c.input_gradient(0).as().subspan(i * features, features);
            std::ranges::fill(dx, 0.0F);
            std::ranges::fill(dx.first(length_of(c, i)), dy / static_cast<float>(length_of(c, i)));
            ++i;
        }
    }
};

}  // namespace

void add_rare(Registry& registry) {
    registry.layer<SkipsZeros>("skips_zeros", "copies");
    registry.layer<ByPlace>("by_place", "copies");
    registry.layer<AllocatesForMany>("allocates_for_many", "copies");
    registry.layer<HalfAtSeven>("half_at_seven", "copies").attribute("order", 3, "of it").range(1, 9);
    registry.layer<HalfBelowZero>("half_below_zero", "copies").attribute("slope", 1.0, "of it");
    registry.layer<HalfForFirstAlone>("half_for_first_alone", "multiplies").inputs(2, 2);
    registry.layer<MeanOfFirst>("mean_of_first", "a mean").inputs(2, 2).any_element();
}

}  // namespace planted
