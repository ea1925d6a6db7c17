#include <utility>

#include "kernels/elementwise.hpp"
#include "merging.hpp"

namespace plexus::merging {
namespace {

using kernels::Floats;
using Role = Operand::Role;

class MultiplyWork final : public Work {
public:
    explicit MultiplyWork(PlanContext& c) : inputs_{c.inputs()} {
        Stage product{.name = "product", .writes = {{Role::output, 0}}};
        Stage gradients{.name = "gradients", .reads = {{Role::output_gradient, 0}}};
        for (std::size_t i = 0; i < inputs_; ++i) {
            product.reads.push_back({Role::input, i});
            gradients.reads.push_back({Role::input, i});
            if (c.wants_input_gradient(i))
                gradients.writes.push_back({Role::input_gradient, i});
        }
        forward_ = c.forward(std::move(product));
        if (c.training() && !gradients.writes.empty())
            c.backward(std::move(gradients));
    }

    void run(const StageContext& c) const override {
        kernels::with_type_of(c.input(0).type.element, [&]<class T>(T) {
            if (c.stage() == forward_) {
                assign(c, inputs_, c.input(0).as<T>(), 1, c.output(0).as<T>());
                return;
            }
            for (std::size_t i = 0; i < inputs_; ++i)
                if (const Tensor dx = c.input_gradient(i))
                    assign(c, i, c.output_gradient(0).as<T>(), 0, dx.as<T>());
        });
    }

private:
    /// to = from times the inputs from `first` on, but for input `except`.
    template <class T>
    void assign(const StageContext& c, std::size_t except, std::span<const T> from, std::size_t first,
                std::span<T> to) const {
        const T* so_far = from.data();
        for (std::size_t i = first; i < inputs_; ++i) {
            if (i == except)
                continue;
            const T* const x = c.input(i).as<T>().data();
            if (so_far != to.data())
                kernels::apply(
                    [](const Floats& a, const Floats& b, Floats& product)
                        __attribute__((always_inline)) { product = a * b; },
                    to.size(), so_far, x, to.data());
            else
                kernels::apply(
                    [](const Floats& b, Floats& product) __attribute__((always_inline)) { product *= b; }, to.size(), x,
                    to.data());
            so_far = to.data();
        }
    }

    std::size_t inputs_;
    std::size_t forward_ = 0;
};

/// The product of two or more tensors of the same shape, place by place, from the first to the last.
///   x0, x1, ...  [N, ...]  float32 or bfloat16, of which each product of two is rounded
///   y            like x0
/// backward() assigns each input dy times the product of the others: nothing is divided, so an input may be 0.
/// Refused while planning: inputs of different shapes.
struct Multiply final : Layer {
    explicit Multiply(const Attributes&) {}

    void infer(InferContext& c) const override { infer_alike(c); }

    [[nodiscard]] Traits traits() const override { return {.bfloat16 = Bfloat16::alike}; }

    [[nodiscard]] std::unique_ptr<Work> plan(PlanContext& c) const override {
        return std::make_unique<MultiplyWork>(c);
    }
};

}  // namespace

void add_multiply(Registry& registry) {
    registry.layer<Multiply>("multiply", "The product of its inputs, place by place")
        .inputs(2, Schema::unlimited)
        .formula("y = x0 x1 ...")
        .shapes("x0, x1, ...  [N, ...]\ny            [N, ...]");
}

}  // namespace plexus::merging
