#include <cstring>

#include "kernels/elementwise.hpp"
#include "merging.hpp"

namespace plexus::merging {
namespace {

using kernels::Floats;
using Role = Operand::Role;

class AddWork final : public Work {
public:
    explicit AddWork(PlanContext& c) : inputs_{c.inputs()} {
        Stage sum{.name = "sum", .writes = {{Role::output, 0}}, .in_place = {{{Role::output, 0}, {Role::input, 0}}}};
        Stage copies{.name = "gradients", .reads = {{Role::output_gradient, 0}}};
        for (std::size_t i = 0; i < inputs_; ++i) {
            sum.reads.push_back({Role::input, i});
            if (!c.wants_input_gradient(i))
                continue;
            if (copies.writes.empty())
                copies.in_place = {{{Role::input_gradient, i}, {Role::output_gradient, 0}}};
            copies.writes.push_back({Role::input_gradient, i});
        }
        forward_ = c.forward(std::move(sum));
        if (c.training() && !copies.writes.empty())
            c.backward(std::move(copies));
    }

    void run(const StageContext& c) const override {
        if (c.stage() == forward_)
            forward(c);
        else
            backward(c);
    }

private:
    void forward(const StageContext& c) const {
        kernels::with_type_of(c.output(0).type, [&]<class T>(T) {
            const auto y = c.output(0).as<T>();
            kernels::apply(
                [](const Floats& a, const Floats& b, Floats& sum) __attribute__((always_inline)) { sum = a + b; },
                y.size(), c.input(0).as<T>().data(), c.input(1).as<T>().data(), y.data());
            for (std::size_t i = 2; i < inputs_; ++i)
                kernels::apply(
                    [](Floats & sum, const Floats& x) __attribute__((always_inline)) { sum += x; }, y.size(), y.data(),
                    c.input(i).as<T>().data());
        });
    }

    void backward(const StageContext& c) const {
        const ConstTensor dy = c.output_gradient(0);
        for (std::size_t i = 0; i < inputs_; ++i)
            if (const Tensor dx = c.input_gradient(i); dx && dx.data != dy.data)
                std::memcpy(dx.data, dy.data, dy.type.bytes());
    }

    std::size_t inputs_;
    std::size_t forward_ = 0;
};

/// The sum of two or more tensors of the same shape, from the first to the last.
///   x0, x1, ...  [N, ...]  float32 or bfloat16, of which each sum of two is rounded
///   y            like x0
/// Each input's gradient is dy. Works in place of x0; the first gradient that is wanted takes the place of dy. Reads
/// nothing in its backward pass.
/// Refused while planning: inputs of different shapes.
struct Add final : Layer {
    explicit Add(const Attributes&) {}

    void infer(InferContext& c) const override {
        for (std::size_t i = 0; i < c.inputs(); ++i)
            if (c.input(i) != c.input(0))
                throw c.error(text("inputs have different shapes: ", c.source(0), " and ", c.source(i)));
        c.output(0, c.input(0));
    }

    [[nodiscard]] Traits traits() const override { return {.bfloat16 = Bfloat16::alike}; }

    [[nodiscard]] std::unique_ptr<Work> plan(PlanContext& c) const override { return std::make_unique<AddWork>(c); }
};

}  // namespace

void add_add(Registry& registry) {
    registry.layer<Add>("add", "The sum of its inputs")
        .inputs(2, Schema::unlimited)
        .formula("y = x0 + x1 + ...")
        .shapes("x0, x1, ...  [N, ...]\ny            [N, ...]");
}

}  // namespace plexus::merging
