#include "apps/runner/terminal/training_view.hpp"

#include <fmt/format.h>

#include "apps/runner/terminal/print.hpp"
#include "apps/runner/terminal/quantity.hpp"
#include "apps/runner/terminal/terminal.hpp"

namespace runner {
namespace {

std::string values(const plexus::NamedValues& named) {
    std::string result;
    for (const auto& [name, value] : named)
        result += fmt::format("{}{} {}", result.empty() ? "" : "  ", name, brief(value));
    return result;
}

std::string of(std::int64_t part, std::int64_t whole) {
    const std::string all = std::to_string(whole);
    return fmt::format("{:>{}}/{}", part, all.size(), all);
}

}  // namespace

TrainingView::TrainingView(bool quiet) : quiet_(quiet), progress_(stderr) {}
TrainingView::~TrainingView() = default;

void TrainingView::on_start(const plexus::TrainingFacts& facts) {
    if (quiet_)
        return;
    std::string samples = counted(facts.training_samples, "sample") + " to train with";
    if (facts.holdout_samples > 0)
        samples += fmt::format(", {} held out", grouped(facts.holdout_samples));
    if (facts.test_samples > 0)
        samples += fmt::format(", {} to test with", grouped(facts.test_samples));
    note(printable(fmt::format("{}: {}; {}\n", facts.name,
                               counted(static_cast<std::uint64_t>(facts.parameters), "parameter"), samples),
                   "\n"));
    note(
        printable(fmt::format("{} of {}, {}, {}; into {}\n", counted(static_cast<std::uint64_t>(facts.epochs), "epoch"),
                              counted(facts.steps_per_epoch, "step"), counted(facts.threads, "thread"),
                              bytes(facts.memory), facts.out.string()),
                  "\n"));
    if (facts.first_step > 0)
        note(fmt::format("goes on after step {}\n", grouped(facts.first_step)));
}

void TrainingView::on_step(const plexus::StepReport& report) {
    if (!report.metrics.empty())
        metric_ = fmt::format("  {} {}", printable(report.metrics[0].first), brief(report.metrics[0].second));
    if (quiet_ || !progress_.due())
        return;
    const double share = report.steps_per_epoch == 0
                             ? 0
                             : static_cast<double>(report.step_of_epoch) / static_cast<double>(report.steps_per_epoch);
    progress_.draw(
        fmt::format("epoch {}", of(report.epoch, report.epochs)), share,
        fmt::format("loss {}{}  {} samples/s  {} left", brief(report.loss), metric_,
                    grouped(static_cast<std::int64_t>(report.samples_per_second)), duration(report.seconds_left)));
}

void TrainingView::on_epoch(const plexus::EpochReport& report) {
    if (quiet_)
        return;
    progress_.clear();
    std::string line = fmt::format("epoch {}  {}", of(report.epoch, report.epochs), values(report.training));
    if (!report.holdout.empty())
        line += "  | holdout " + values(report.holdout);
    line += fmt::format("  | rate {}  {} samples/s  {}{}", brief(report.learning_rate),
                        grouped(static_cast<std::int64_t>(report.samples_per_second)), duration(report.seconds),
                        report.best ? "  best" : "");
    note(printable(line) + "\n");
}

void TrainingView::on_notice(const std::string& text) {
    if (quiet_)
        return;
    progress_.clear();
    note(printable(text, "\n") + "\n");
}

}  // namespace runner
