// Judges the weights: on the holdout after an epoch, on the test data at the end.
#include <cmath>
#include <cstring>

#include "core/store/checkpoint.hpp"
#include "core/train/training_run.hpp"
#include "plexus/text.hpp"

namespace plexus {

// Statistics that belong to the trained weights do not fit their average: they are gathered anew by a pass over the
// training data. False if that was interrupted.
bool TrainingRun::estimate_for_average() {
    if (!has_averages(*weights_, optimizers_) || !averages_ || now_.estimated_at == now_.step)
        return true;
    std::memcpy(weights_->inference_states.data(), weights_->states.data(), session_.model->state_bytes());
    ++weights_->version;
    const auto done = run_pass(*executor_,
                               {.plans = *averages_,
                                .feed = *feed_,
                                .samples = natural_,
                                .session = session_,
                                .parameters = inference_parameters(*weights_, *session_.model, optimizers_),
                                .states = weights_->inference_states.data(),
                                .version = weights_->version,
                                .seed = now_.seed},
                               stop_);
    if (done)
        now_.estimated_at = now_.step;
    return done.has_value();
}

std::optional<TallyReport> TrainingRun::judge_holdout() {
    if (!estimate_for_average())
        return std::nullopt;
    if (holdout_.empty())
        return TallyReport{};
    const bool estimated = has_averages(*weights_, optimizers_) && averages_;
    const auto tally = run_pass(*executor_,
                                {.plans = *judging_,
                                 .feed = *feed_,
                                 .samples = holdout_,
                                 .session = session_,
                                 .parameters = inference_parameters(*weights_, *session_.model, optimizers_),
                                 .states = estimated ? weights_->inference_states.data() : weights_->states.data(),
                                 .version = ++weights_->version,
                                 .seed = now_.seed},
                                stop_);
    if (!tally)
        return std::nullopt;
    return report(*tally, session_);
}

bool TrainingRun::is_gain(const TallyReport& report) {
    const std::string& metric = session_.program.train->best_metric;
    // Several phases work against each other: without a metric that tells, the latest weights are taken for the best.
    if (!session_.program.is_short && metric == TrainText{}.best_metric) {
        now_.best_epoch = now_.epoch;
        now_.epochs_without_gain = 0;
        return true;
    }
    const double* value = find_value(report.values, metric);
    if (value == nullptr) {
        std::string known;
        for (const auto& [name, unused] : report.values)
            known += (known.empty() ? "" : ", ") + name;
        throw InputError(session_.program.train->position,
                         text("train.best.metric is '", metric, "', which nothing reports; there are: ", known));
    }
    Direction direction = Direction::higher;
    for (const auto& [name, d] : report.directions)
        if (name == metric)
            direction = d;
    const auto& stopping = session_.program.train->early_stopping;
    const double least = stopping ? stopping->minimum_change : 0;
    const bool gain =
        std::isfinite(*value) &&
        (!now_.best || (direction == Direction::higher ? *value > *now_.best + least : *value < *now_.best - least));
    if (gain) {
        now_.best = *value;
        now_.best_epoch = now_.epoch;
        now_.epochs_without_gain = 0;
    } else {
        ++now_.epochs_without_gain;
    }
    return gain;
}

void TrainingRun::remember(const std::string& split, const NamedValues& values) {
    for (const auto& [metric, value] : values)
        now_.history.push_back(
            {static_cast<std::int64_t>(now_.epoch), static_cast<std::int64_t>(now_.step), split, metric, value});
}

// With the weights of best.h5, which are what a person goes on to use.
void TrainingRun::test(TrainingResult& result) {
    if (!session_.test || !std::filesystem::exists(result.best))
        return;
    const store::Loaded best = store::load(result.best);
    Weights weights(*session_.model, 0, 0);
    get_weights(best.root, "networks", result.best.string(), *session_.model, weights.parameters.data(),
                weights.states.data());
    std::vector<std::uint32_t> all(session_.test->size());
    for (std::size_t i = 0; i < all.size(); ++i)
        all[i] = static_cast<std::uint32_t>(i);
    const auto tally = run_pass(*executor_,
                                {.plans = *judging_,
                                 .feed = *test_feed_,
                                 .samples = all,
                                 .session = session_,
                                 .parameters = weights.parameters.data(),
                                 .states = weights.states.data(),
                                 .version = ++weights_->version,
                                 .seed = now_.seed},
                                stop_);
    if (tally)
        result.test = report(*tally, session_).values;
}

}  // namespace plexus
