// Layers with one fault each, for the checks to find. Beside its fault each of them copies its input.
#include <plexus/plugin.hpp>

#include <algorithm>
#include <limits>
#include <memory>
#include <vector>

#include "conduct.hpp"
#include "copies.hpp"
#include "data.hpp"
#include "gradients.hpp"
#include "metrics.hpp"
#include "rare.hpp"
#include "sharing.hpp"
#include "training.hpp"

namespace {

using namespace plexus;

using planted::Copies;

// The gradient is a tenth too large.
struct WrongGradient final : Copies {
    using Copies::Copies;
    void backward(const BackwardContext& c) const override {
        Copies::backward(c);
        for (float& slope : c.input_gradient(0).as())
            slope *= 1.1F;
    }
};

// The parameter's gradient is that of the shard's last sample alone.
struct LosesSamples final : Copies {
    using Copies::Copies;
    void infer(InferContext& c) const override {
        Copies::infer(c);
        c.parameter("offset", {c.input(0).shape[1]}, {"zeros", {}, {}});
    }
    void forward(const ForwardContext& c) const override {
        const auto offset = c.parameter(0).as();
        const auto x = c.input(0).as();
        for (std::size_t i = 0; i < x.size(); ++i)
            c.output(0).as()[i] = x[i] + offset[i % offset.size()];
    }
    void backward(const BackwardContext& c) const override {
        Copies::backward(c);
        if (const Tensor gradient = c.parameter_gradient(0)) {
            const auto dy = c.output_gradient(0).as();
            std::ranges::copy(dy.last(gradient.as().size()), gradient.as().begin());
        }
    }
};

// The last shard writes one element too many.
struct WritesBeyond final : Copies {
    using Copies::Copies;
    void forward(const ForwardContext& c) const override {
        Copies::forward(c);
        if (c.first() + c.samples() == c.batch())
            *(c.output(0).as().data() + c.output(0).as().size()) = 1;
    }
};

// Writes into its own input.
struct WritesInput final : Copies {
    using Copies::Copies;
    void forward(const ForwardContext& c) const override {
        Copies::forward(c);
        const_cast<float*>(c.input(0).as().data())[0] += 1;
    }
};

// Says that backward reads no outputs, and reads them: through a null pointer, which a sanitizer would stop at first.
struct ReadsUndeclared final : Copies {
    using Copies::Copies;
    [[nodiscard]] Traits traits() const override { return {.backward_reads_outputs = false}; }
    [[gnu::no_sanitize("undefined")]] void backward(const BackwardContext& c) const override {
        Copies::backward(c);
        if (const Tensor dx = c.input_gradient(0))
            dx.as()[0] += 0 * *static_cast<const volatile float*>(c.output(0).data);
    }
};

// Adds up in the scratch without clearing it first.
struct ReadsScratch final : Copies {
    using Copies::Copies;

    struct Adds final : Work {
        explicit Adds(const Copies& layer, bool forward_only) : layer_(layer), forward_only_(forward_only) {}
        void run(const StageContext& c) const override {
            if (!forward_only_ && c.stage() == 1)
                return layer_.backward(c.as_backward());
            layer_.forward(c.as_forward());
            float* sum = reinterpret_cast<float*>(c.scratch().data());
            *sum *= 0;  // rubbish that is no number stays none
            c.output(0).as()[0] += *sum;
        }
        const Copies& layer_;
        bool forward_only_;
    };

    [[nodiscard]] std::unique_ptr<Work> plan(PlanContext& c) const override {
        c.forward({.name = "forward",
                   .reads = {{Operand::Role::input, 0}},
                   .writes = {{Operand::Role::output, 0}},
                   .scratch = sizeof(float)});
        if (c.wants_gradient())
            c.backward({.name = "backward",
                        .reads = {{Operand::Role::output_gradient, 0}},
                        .writes = {{Operand::Role::input_gradient, 0}}});
        return std::make_unique<Adds>(*this, !c.wants_gradient());
    }
};

// What comes out says which worker did it.
struct DependsOnThread final : Copies {
    using Copies::Copies;
    void forward(const ForwardContext& c) const override {
        Copies::forward(c);
        c.output(0).as()[0] += static_cast<float>(c.worker());
    }
};

// What comes out says how many samples the shard has.
struct DependsOnShard final : Copies {
    using Copies::Copies;
    void forward(const ForwardContext& c) const override {
        Copies::forward(c);
        c.output(0).as()[0] += static_cast<float>(c.samples());
    }
};

struct Remembers final : Copies {
    using Copies::Copies;
    void forward(const ForwardContext& c) const override {
        Copies::forward(c);
        c.output(0).as()[0] += seen;
        if (c.first() == 0)
            seen += 1;
    }
    mutable float seen = 0;
};

struct Allocates final : Copies {
    using Copies::Copies;
    void forward(const ForwardContext& c) const override {
        const std::vector<float> copy(c.input(0).as().begin(), c.input(0).as().end());
        std::ranges::copy(copy, c.output(0).as().begin());
    }
};

// Declares an element more than it makes.
struct WrongShape final : Copies {
    using Copies::Copies;
    void infer(InferContext& c) const override {
        Copies::infer(c);
        c.output(0, {{c.input(0).shape[0], c.input(0).shape[1] + 1}, Element::float32});
    }
    void backward(const BackwardContext& c) const override {
        const auto dy = c.output_gradient(0).as();
        if (const Tensor dx = c.input_gradient(0))
            std::ranges::copy(dy.first(dx.as().size()), dx.as().begin());
    }
};

// Its samples grow with the batch.
struct ShapeOfBatch final : Copies {
    using Copies::Copies;
    void infer(InferContext& c) const override {
        Copies::infer(c);
        const std::int64_t samples = c.input(0).shape[0];
        c.output(0, {{samples, samples}, Element::float32});
    }
    void forward(const ForwardContext& c) const override { std::ranges::fill(c.output(0).as(), 0.0F); }
    void backward(const BackwardContext& c) const override { std::ranges::fill(c.input_gradient(0).as(), 0.0F); }
};

// Takes nothing that it is offered.
struct TakesNothing final : Copies {
    using Copies::Copies;
    void infer(InferContext& c) const override { throw c.error("wants the moon"); }
};

// Says another thing of every size.
struct NeverContent final : Copies {
    using Copies::Copies;
    void infer(InferContext& c) const override {
        throw c.error(text(c.input(0).shape.elements(), " numbers are no good"));
    }
};

// The gradient is a tenth too large with both flags together.
struct TwoFlags final : Copies {
    explicit TwoFlags(const Attributes& a) : Copies{a}, both{a.get<bool>("first") && a.get<bool>("second")} {}
    void backward(const BackwardContext& c) const override {
        Copies::backward(c);
        for (float& slope : c.input_gradient(0).as())
            slope *= both ? 1.1F : 1;
    }
    bool both;
};

// The gradient is a tenth too large with one number of groups.
struct FourGroups final : Copies {
    explicit FourGroups(const Attributes& a) : Copies{a}, groups{a.get<int>("groups")} {}
    void backward(const BackwardContext& c) const override {
        Copies::backward(c);
        for (float& slope : c.input_gradient(0).as())
            slope *= groups == 4 ? 1.1F : 1;
    }
    int groups;
};

// Has room for sixteen samples.
struct SixteenSamples final : Copies {
    using Copies::Copies;
    void forward(const ForwardContext& c) const override {
        Copies::forward(c);
        const auto y = c.output(0).as();
        const std::size_t size = y.size() / static_cast<std::size_t>(c.samples());
        for (std::size_t i = 16 * size; i < y.size(); ++i)
            y[i] = y[i % size];
    }
};

// The place of each number in a table; no fault, but it refuses numbers that are not in it.
struct Looks final : Layer {
    explicit Looks(const Attributes& a) : size{a.get<int>("size")} {}
    void infer(InferContext& c) const override {
        if (c.input(0).element != Element::int32)
            throw c.error("whole numbers are wanted");
        c.output(0, {c.input(0).shape});
    }
    void forward(const ForwardContext& c) const override {
        const auto x = c.input(0).as<std::int32_t>();
        for (std::size_t i = 0; i < x.size(); ++i) {
            if (x[i] >= size)
                throw SampleError(c.first(), text(x[i], " is not in the table"));
            c.output(0).as()[i] = 0.5F * static_cast<float>(x[i]);
        }
    }
    void backward(const BackwardContext&) const override {}
    int size;
};

struct AlwaysRefuses final : Copies {
    using Copies::Copies;
    void forward(const ForwardContext& c) const override { throw SampleError(c.first(), "is not my taste"); }
};

struct NeverFinite final : Copies {
    using Copies::Copies;
    void forward(const ForwardContext& c) const override {
        std::ranges::fill(c.output(0).as(), std::numeric_limits<float>::quiet_NaN());
    }
};

// No fault, but particular.
struct WantsSixteenChannels final : Copies {
    using Copies::Copies;
    void infer(InferContext& c) const override {
        c.want(0, 4, "[batch, height, width, channels]");
        if (c.input(0).shape.back() != 16)
            throw c.error("16 channels are wanted");
        c.output(0, c.input(0));
    }
};

}  // namespace

PLEXUS_PLUGIN("planted", "1.0.0", registry) {
    registry.layer<Copies>("no_fault", "copies");
    registry.layer<WrongGradient>("wrong_gradient", "copies");
    registry.layer<WrongGradient>("surrogate", "copies").surrogate_gradient("a tenth larger");
    registry.layer<LosesSamples>("loses_samples", "copies and adds");
    registry.layer<WritesBeyond>("writes_beyond", "copies");
    registry.layer<WritesInput>("writes_input", "copies");
    registry.layer<ReadsUndeclared>("reads_undeclared", "copies");
    registry.layer<ReadsScratch>("reads_scratch", "copies");
    registry.layer<DependsOnThread>("depends_on_thread", "copies");
    registry.layer<DependsOnShard>("depends_on_shard", "copies");
    registry.layer<Remembers>("remembers", "copies");
    registry.layer<Allocates>("allocates", "copies");
    registry.layer<WrongShape>("wrong_shape", "copies");
    registry.layer<ShapeOfBatch>("shape_of_batch", "copies");
    registry.layer<Looks>("looks", "halves")
        .required("size", AttributeSpec::Form::integer, "of the table")
        .at_least(1)
        .any_element();
    registry.layer<AlwaysRefuses>("always_refuses", "nothing");
    registry.layer<NeverFinite>("never_finite", "not a number");
    registry.layer<WantsSixteenChannels>("wants_sixteen_channels", "copies");
    registry.layer<TakesNothing>("takes_nothing", "copies");
    registry.layer<NeverContent>("never_content", "copies");
    registry.layer<SixteenSamples>("sixteen_samples", "copies");
    registry.layer<TwoFlags>("two_flags", "copies")
        .attribute("first", false, "one flag")
        .attribute("second", false, "the other");
    registry.layer<FourGroups>("four_groups", "copies").attribute("groups", 1, "of features").range(1, 16);
    registry.layer<Copies>("without_help", "");
    registry.layer<Copies>("attribute_without_help", "copies").attribute("factor", 1.0, "");
    registry.layer<Copies>("default_out_of_range", "copies").attribute("factor", 1.0, "of nothing").above(1);
    planted::add_training(registry);
    planted::add_data(registry);
    planted::add_metrics(registry);
    planted::add_gradients(registry);
    planted::add_conduct(registry);
    planted::add_sharing(registry);
    planted::add_rare(registry);
}
