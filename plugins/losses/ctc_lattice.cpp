#include "ctc_lattice.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/functions.hpp"

namespace plexus::losses {
namespace {

constexpr double log_of_nothing = -std::numeric_limits<double>::infinity();

/// log(e^a + e^b)
double log_sum(double a, double b) {
    const double more = std::max(a, b);
    return more == log_of_nothing ? more : more + std::log1p(std::exp(std::min(a, b) - more));
}

}  // namespace

std::size_t CtcLattice::steps_for(std::span<const std::int32_t> labels) {
    std::size_t steps = labels.size();
    for (std::size_t i = 1; i < labels.size(); ++i)
        steps += labels[i] == labels[i - 1];
    return steps;
}

std::size_t CtcLattice::size(std::size_t steps, std::size_t classes, std::size_t labels) {
    const std::size_t places = 2 * labels + 1;
    return steps + (steps + 1) * places + classes;
}

CtcLattice::CtcLattice(const Sample& sample, double* doubles)
    : sample_{sample},
      places_{2 * sample.labels.size() + 1},
      log_sums_{doubles},
      alpha_{log_sums_ + sample.steps},
      beta_{alpha_ + sample.steps * places_},
      shares_{beta_ + places_} {}

std::int32_t CtcLattice::label(std::size_t place) const {
    return place % 2 == 0 ? sample_.blank : sample_.labels[place / 2];
}

double CtcLattice::emission(std::size_t step, std::size_t place) const {
    const auto which = static_cast<std::size_t>(label(place));
    return static_cast<double>(sample_.logits[step * sample_.classes + which]) - log_sums_[step];
}

bool CtcLattice::may_skip_to(std::size_t place) const {
    return place % 2 == 1 && place > 1 && label(place) != label(place - 2);
}

double CtcLattice::forward() {
    if (sample_.steps == 0)
        return 0;
    for (std::size_t step = 0; step < sample_.steps; ++step) {
        const kernels::LogSum sum =
            kernels::log_sum_of_exponentials(sample_.logits + step * sample_.classes, sample_.classes);
        log_sums_[step] = static_cast<double>(sum.largest) + sum.rest;
    }
    for (std::size_t place = 0; place < places_; ++place)
        alpha_[place] = place < 2 ? emission(0, place) : log_of_nothing;
    for (std::size_t step = 1; step < sample_.steps; ++step) {
        const double* before = alpha_ + (step - 1) * places_;
        double* now = alpha_ + step * places_;
        for (std::size_t place = 0; place < places_; ++place) {
            double ways = before[place];
            if (place > 0)
                ways = log_sum(ways, before[place - 1]);
            if (may_skip_to(place))
                ways = log_sum(ways, before[place - 2]);
            now[place] = ways + emission(step, place);
        }
    }
    const double* last = alpha_ + sample_.steps * places_;
    return places_ == 1 ? last[-1] : log_sum(last[-1], last[-2]);
}

void CtcLattice::gradient(double log_probability, double scale, float* dx) {
    for (std::size_t place = 0; place < places_; ++place)
        beta_[place] = place + 2 < places_ ? log_of_nothing : 0;
    for (std::size_t step = sample_.steps; step-- > 0;) {
        if (step + 1 < sample_.steps)
            renew_beta(step);
        std::fill_n(shares_, sample_.classes, 0.0);
        const double* alpha = alpha_ + step * places_;
        for (std::size_t place = 0; place < places_; ++place)
            shares_[static_cast<std::size_t>(label(place))] += std::exp(alpha[place] + beta_[place] - log_probability);
        const float* x = sample_.logits + step * sample_.classes;
        for (std::size_t k = 0; k < sample_.classes; ++k) {
            const double softmax = std::exp(static_cast<double>(x[k]) - log_sums_[step]);
            dx[step * sample_.classes + k] = static_cast<float>((softmax - shares_[k]) * scale);
        }
    }
}

/// From that of the step after. In place: a place needs none before it.
void CtcLattice::renew_beta(std::size_t step) {
    const auto way_over = [&](std::size_t place) { return beta_[place] + emission(step + 1, place); };
    for (std::size_t place = 0; place < places_; ++place) {
        double ways = way_over(place);
        if (place + 1 < places_)
            ways = log_sum(ways, way_over(place + 1));
        if (place + 2 < places_ && may_skip_to(place + 2))
            ways = log_sum(ways, way_over(place + 2));
        beta_[place] = ways;
    }
}

}  // namespace plexus::losses
