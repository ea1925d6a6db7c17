#include "wrapper.hpp"

#include <utility>

namespace plexus::optimizers {

Wrapper::Wrapper(const Attributes& a, const Factory& factory, Own own)
    : base_{factory.optimizer(a.typed("base"))}, own_{std::move(own)} {}

void Wrapper::declare(OptimizerContext& c) const {
    base_->declare(c);
    for (std::size_t i = 0; i < own_.slots.size(); ++i)
        first_slot_ = c.slot(own_.slots[i]) - i;
    for (std::size_t i = 0; i < own_.counters.size(); ++i)
        first_counter_ = c.counter(own_.counters[i]) - i;
}

double Wrapper::learning_rate(const Progress& progress) const {
    return base_->learning_rate(progress);
}

void Wrapper::begin_step(const Progress& progress, std::span<double> counters) const {
    base_->begin_step(progress, counters.first(counters.size() - own_.counters.size()));
    count(progress, counters.last(own_.counters.size()));
}

void Wrapper::update(const UpdateContext& c) const {
    base_->update(c);
    follow(c);
}

std::optional<std::size_t> Wrapper::inference_slot(std::span<const double> counters) const {
    return base_->inference_slot(counters.first(counters.size() - own_.counters.size()));
}

void Wrapper::count(const Progress&, std::span<double>) const {}

std::span<const double> Wrapper::own(std::span<const double> counters) const {
    return counters.last(own_.counters.size());
}

Schema& Wrapper::add_base(Schema& schema) {
    return schema.typed("base", Kind::optimizer, "sgd", "the optimizer that moves the weights");
}

}  // namespace plexus::optimizers
