#include "sum_work.hpp"

#include <cstring>
#include <utility>

#include "kernels/elementwise.hpp"

namespace plexus::merging {
namespace {

using kernels::Floats;
using Role = Operand::Role;

void scale(const Tensor& x, float factor) {
    if (factor == 1)
        return;
    kernels::with_type_of(x.type.element, [&]<class T>(T) {
        kernels::apply(
            [factor](Floats & v) __attribute__((always_inline)) { v *= factor; }, x.as<T>().size(), x.as<T>().data());
    });
}

}  // namespace

SumWork::SumWork(PlanContext& c, float factor) : inputs_{c.inputs()}, factor_{factor} {
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

void SumWork::run(const StageContext& c) const {
    if (c.stage() == forward_)
        forward(c);
    else
        backward(c);
}

void SumWork::forward(const StageContext& c) const {
    kernels::with_type_of(c.output(0).type.element, [&]<class T>(T) {
        const auto y = c.output(0).as<T>();
        kernels::apply(
            [](const Floats& a, const Floats& b, Floats& sum) __attribute__((always_inline)) { sum = a + b; }, y.size(),
            c.input(0).as<T>().data(), c.input(1).as<T>().data(), y.data());
        for (std::size_t i = 2; i < inputs_; ++i)
            kernels::apply(
                [](Floats & sum, const Floats& x) __attribute__((always_inline)) { sum += x; }, y.size(), y.data(),
                c.input(i).as<T>().data());
    });
    scale(c.output(0), factor_);
}

void SumWork::backward(const StageContext& c) const {
    const ConstTensor dy = c.output_gradient(0);
    // Backwards, for the first may lie where dy does.
    for (std::size_t i = inputs_; i-- > 0;)
        if (const Tensor dx = c.input_gradient(i)) {
            if (dx.data != dy.data)
                std::memcpy(dx.data, dy.data, dy.type.bytes());
            scale(dx, factor_);
        }
}

}  // namespace plexus::merging
