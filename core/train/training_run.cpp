#include "core/train/training_run.hpp"

#include <algorithm>

#include "core/diagnostic/thrown.hpp"
#include "core/train/run_folder.hpp"
#include "plexus/text.hpp"

namespace plexus {

// Where a run stands, for the report of a crash.
class TrainingRun::Standing final : public Activity {
public:
    explicit Standing(const TrainingRun& run) noexcept : run_(run) {}
    void say_where(CrashText& text) const noexcept override { text << "in the training loop"; }
    void add_notes(CrashText& text) const noexcept override {
        const bool judging = run_.now_.step_of_epoch >= run_.steps_per_epoch_;
        text << "  step        " << (judging ? "evaluation after step " : "") << run_.now_.step + (judging ? 0 : 1)
             << ", epoch " << run_.now_.epoch + 1 << "\n  checkpoint  ";
        if (run_.last_checkpoint_.empty())
            text << "none yet\n";
        else
            text << run_.last_checkpoint_ << ", of step " << run_.last_checkpoint_step_ << "\n";
    }

private:
    const TrainingRun& run_;
};

TrainingResult TrainingRun::run() {
    const Standing standing(*this);
    began_ = last_step_ = Clock::now();
    observer_.on_start({.name = session_.program.name,
                        .out = out_,
                        .parameters =
                            [&] {
                                std::int64_t sum = 0;
                                for (const Weight& w : session_.model->parameters())
                                    sum += w.declaration.shape.elements();
                                return sum;
                            }(),
                        .training_samples = session_.split.training,
                        .holdout_samples = session_.split.holdout,
                        .test_samples = session_.test ? session_.test->size() : 0,
                        .epochs = session_.program.train->epochs,
                        .steps_per_epoch = steps_per_epoch_,
                        .first_step = first_step_,
                        .memory = memory(),
                        .threads = executor_->workers()});
    write_record(out_, environment_, options_, now_.seed, executor_->workers(), started_, "");
    estimate_before_training();
    while (now_.epoch < static_cast<std::uint64_t>(session_.program.train->epochs))
        if (const auto ending = epoch())
            return finish(*ending);
    return finish(Ending::finished);
}

std::optional<TrainingResult::Ending> TrainingRun::should_stop() const {
    if (stop_.load(std::memory_order_relaxed))
        return Ending::interrupted;
    const auto& limit = session_.program.train->max_time;
    if (limit && std::chrono::duration<double>(Clock::now() - began_).count() >= *limit)
        return Ending::time_limit;
    return std::nullopt;
}

Progress TrainingRun::progress() const {
    return {.step = now_.step, .epoch = now_.epoch, .steps_per_epoch = steps_per_epoch_, .total_steps = total_steps_};
}

// Of the batch that the next step reads.
std::size_t TrainingRun::first_sample() const {
    const std::uint64_t batches = batches_per_epoch_ * now_.epoch;
    return (cycle_->batches(now_.step) - batches) * static_cast<std::size_t>(session_.program.train->batch);
}

std::optional<TrainingResult::Ending> TrainingRun::epoch() {
    const auto start = Clock::now();
    wait_ = {};
    const auto batch = static_cast<std::size_t>(session_.program.train->batch);
    const auto order = epoch_order(session_.split.training, session_.program.data.shuffle, now_.seed, now_.epoch);
    const std::size_t begin = first_sample();
    if (now_.step_of_epoch == 0)
        carries_.begin(due().first());
    const auto save_every = session_.program.train->save_every;
    if (begin < order.size()) {
        const std::span<const std::uint32_t> rest{order.data() + begin, std::min(batch, order.size() - begin)};
        feed_->aim(due().at(rest.size()), rest);
        load_alone(*executor_, *feed_);
    }
    const auto loaded = Clock::now();
    const double read_before = feed_->reading();
    for (std::size_t first = begin; first < order.size(); first = first_sample()) {
        if (const auto ending = should_stop()) {
            save(false);
            return ending;
        }
        step(order, first);
        if (save_every && first_sample() < order.size() &&
            now_.step % std::max<std::uint64_t>(1, save_every->steps(progress())) == 0)
            save(false);
        if (options_.dry_run)
            break;
    }
    const auto end = Clock::now();
    wait_.whole = std::chrono::duration<double>(end - loaded).count();
    wait_.reading = feed_->reading() - read_before;
    tell_waiting();
    const double seconds = std::chrono::duration<double>(end - start).count();
    return after_epoch(seconds, order.size() - std::min(order.size(), begin));
}

void TrainingRun::step(std::span<const std::uint32_t> order, std::size_t first) {
    Plans& plans = due();
    const auto batch = static_cast<std::size_t>(plans.batch());
    const std::size_t size = std::min(batch, order.size() - first);
    const Plan& plan = plans.at(size);
    const std::size_t next = first + size;
    const bool reads_next = next < order.size() && cycle_->moves_on(now_.step);
    if (reads_next) {
        const auto samples = order.subspan(next, std::min(batch, order.size() - next));
        feed_->aim(plans.at(samples.size()), samples);
    }
    const std::span<const PhaseInput> phases = optimizers_.begin_step(plan, progress(), weights_->counters);
    Bindings bindings{.batch = feed_->current(),
                      .parameters = weights_->parameters.data(),
                      .states = weights_->states.data(),
                      .derived = plans.derived(size),
                      .slots = weights_->slot_addresses};
    carries_.bind(bindings);
    const StepInput input{.seed = now_.seed, .execution = now_.step, .phases = phases};
    const StepOutcome outcome = [&] {
        try {
            return executor_->run(plan, bindings, input, reads_next ? feed_.get() : nullptr);
        } catch (const SampleError& error) {
            throw feed_->blame(error, order.subspan(first, size));
        }
    }();
    if (!outcome.finite_loss || outcome.bad_update)
        refuse_non_finite(outcome, plan, bindings, input);
    carries_.turn();
    ++weights_->version;
    wait_.waited += outcome.waited;
    ++wait_.steps;
    now_.sums.add(*executor_, plan, session_);
    if (reads_next)
        feed_->turn();
    ++now_.step;
    ++now_.step_of_epoch;
    tell_step(size);
    watch(plan);
}

void TrainingRun::watch(const Plan& plan) {
    const auto tell = [&](const std::string& notice) {
        if (!notice.empty())
            observer_.on_notice(text("step ", now_.step, ": ", notice));
    };
    for (TrainingWatch& watch : watches_)
        tell(watch.after_step(*executor_, plan, session_));
    if (!samples_ || !samples_->is_due(progress()))
        return;
    save_picture();
    tell(samples_->notice(progress()));
}

void TrainingRun::refuse_non_finite(const StepOutcome& outcome, const Plan& plan, const Bindings& bindings,
                                    const StepInput& input) {
    const std::string where = text("step ", now_.step + 1, ", epoch ", now_.epoch + 1, ": ");
    const std::string first = executor_->find_non_finite(plan, bindings, input, *session_.model);
    if (!outcome.finite_loss)
        throw RunError(text(
            where, "the loss is not finite; the first value that is not: ", first.empty() ? "the loss" : first,
            plan.phases.size() > 1 ? "; its phase updated nothing by this step" : "; nothing was updated by this step",
            ". A smaller learning rate, clip_norm, or a look at the data may help", what_stays()));
    throw RunError(text(where, "the gradient of ", describe(plan, plan.ops[*outcome.bad_update]), " is not finite",
                        first.empty() ? "" : "; the first value that is not: " + first,
                        "; these weights were not updated. A smaller learning rate or clip_norm may help",
                        what_stays()));
}

std::string TrainingRun::what_stays() const {
    return last_checkpoint_.empty() ? "; nothing had been saved yet"
                                    : text("; the last checkpoint stays: ", last_checkpoint_);
}

double TrainingRun::learning_rate() const {
    const PhaseOptimizer& first = optimizers_.all().front();
    return call_plugin(first.use, "while it was asked for its learning rate", Blame::run,
                       [&] { return first.optimizer->learning_rate(progress()); });
}

void TrainingRun::tell_step(std::size_t size) {
    const auto time = Clock::now();
    const double seconds = std::chrono::duration<double>(time - last_step_).count();
    last_step_ = time;
    // A running mean over about fifty steps: steady enough to read, quick enough to follow.
    seconds_per_step_ = seconds_per_step_ == 0 ? seconds : seconds_per_step_ + 0.02 * (seconds - seconds_per_step_);
    NamedValues metrics;
    if (time - last_metrics_ >= std::chrono::milliseconds(100)) {
        last_metrics_ = time;
        metrics = report(now_.sums, session_).values;
        metrics.erase(metrics.begin());  // the first phase's loss
    }
    observer_.on_step(
        {.epoch = static_cast<std::int64_t>(now_.epoch) + 1,
         .epochs = session_.program.train->epochs,
         .step_of_epoch = now_.step_of_epoch,
         .steps_per_epoch = steps_per_epoch_,
         .loss = now_.sums.loss(),
         .metrics = std::move(metrics),
         .samples_per_second = seconds_per_step_ > 0 ? static_cast<double>(size) / seconds_per_step_ : 0,
         .seconds_left = seconds_per_step_ * static_cast<double>(total_steps_ - std::min(total_steps_, now_.step))});
}

void TrainingRun::tell_waiting() {
    if (told_of_waiting_)
        return;
    wait_.epoch = static_cast<std::int64_t>(now_.epoch) + 1;
    wait_.threads = executor_->workers();
    const std::string notice = notice_of(wait_, session_.program.data.source.type);
    told_of_waiting_ = !notice.empty();
    if (told_of_waiting_)
        observer_.on_notice(notice);
}

std::optional<TrainingResult::Ending> TrainingRun::after_epoch(double seconds, std::size_t samples) {
    const double rate = learning_rate();
    const auto holdout = judge_holdout();
    if (!holdout) {  // interrupted: the epoch's steps are done, its judgement is not, and resuming begins with that
        save(false);
        return Ending::interrupted;
    }
    ++now_.epoch;
    const TallyReport training = report(now_.sums, session_);
    remember("training", training.values);
    remember("holdout", holdout->values);
    const bool gain = is_gain(holdout->values.empty() ? training : *holdout);
    now_.sums = {};
    now_.step_of_epoch = 0;
    const auto& train = *session_.program.train;
    const bool last = now_.epoch >= static_cast<std::uint64_t>(train.epochs);
    const bool patient =
        !train.early_stopping || now_.epochs_without_gain < static_cast<std::uint64_t>(train.early_stopping->patience);
    const bool due =
        !train.save_every || now_.step % std::max<std::uint64_t>(1, train.save_every->steps(progress())) == 0;
    if (gain || last || !patient || due)
        save(gain);
    observer_.on_epoch({.epoch = static_cast<std::int64_t>(now_.epoch),
                        .epochs = train.epochs,
                        .step = now_.step,
                        .training = training.values,
                        .holdout = holdout->values,
                        .learning_rate = rate,
                        .seconds = seconds,
                        .samples_per_second = seconds > 0 ? static_cast<double>(samples) / seconds : 0,
                        .best = gain});
    last_step_ = Clock::now();
    if (!patient)
        return Ending::early_stopping;
    return options_.dry_run ? std::optional{Ending::finished} : std::nullopt;
}

}  // namespace plexus
