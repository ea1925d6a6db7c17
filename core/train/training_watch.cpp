#include "core/train/training_watch.hpp"

#include "plexus/text.hpp"

namespace plexus {

std::string TrainingWatch::after_step(Executor& executor, const Plan& plan, const Session& session) {
    tally_.add(executor, plan, session);
    if (++steps_ < warning_.steps)
        return {};
    const TallyReport report = plexus::report(tally_, session);
    tally_ = {};
    steps_ = 0;
    std::string values;
    bool beyond = true;
    for (const std::string& metric : warning_.metrics) {
        const double* const value = find_value(report.values, metric);
        beyond = beyond && value != nullptr && (!warning_.above || *value > *warning_.above) &&
                 (!warning_.below || *value < *warning_.below);
        if (value != nullptr)
            values += text(values.empty() ? "" : ", ", metric, " ", *value);
    }
    const bool is_new = beyond && !told_;
    told_ = beyond;
    return is_new ? text(warning_.reason, " (", values, ", over ", warning_.steps, " steps)") : std::string{};
}

}  // namespace plexus
