#include "core/train/bench_trace.hpp"

#include "core/train/bench_account.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

class Tracer {
public:
    explicit Tracer(const BenchSteps& steps) : plan_(steps.plan()) {
        const BenchRows rows(plan_, steps.model());
        for (const std::uint32_t number : rows.of_op()) {
            const BenchRow& row = rows.rows()[number];
            names_.push_back(row.pass == BenchPass::beside
                                 ? row.name
                                 : text(steps.model().graph().node(row.node).label(), " ", row.name));
        }
    }

    void add(std::size_t step, const StepProfile& profile, const StepTime& time) {
        if (events_.empty())
            start_ = time.begin;
        const std::size_t caller = caller_of(profile);
        put(text("step ", step), "step", caller, time.begin, time.end);
        for (std::size_t t = 0; t < profile.tasks.size(); ++t) {
            const StepProfile::Span& task = profile.tasks[t];
            put(plan_.tasks[t].label, "task", task.worker, task.begin, task.end);
            for (std::uint32_t o = 0; o < plan_.tasks[t].op_count; ++o) {
                const std::uint32_t number = plan_.tasks[t].first_op + o;
                const StepProfile::Span& op = profile.ops[number];
                put(names_[number], "operation", op.worker, op.begin, op.end);
            }
        }
        for (std::size_t w = 0; w < profile.workers.size(); ++w)
            for (const StepProfile::Wait& wait : waits_of(profile, w, caller, time))
                put("waiting", "waiting", w, wait.begin, wait.end);
    }

    [[nodiscard]] std::vector<BenchEvent> events() && { return std::move(events_); }

private:
    void put(std::string name, const char* kind, std::size_t thread, std::int64_t begin, std::int64_t end) {
        events_.push_back({.name = std::move(name),
                           .kind = kind,
                           .thread = thread,
                           .start_microseconds = static_cast<double>(begin - start_) * 1e-3,
                           .microseconds = static_cast<double>(end - begin) * 1e-3});
    }

    const Plan& plan_;
    std::vector<std::string> names_;  // of the operations
    std::vector<BenchEvent> events_;
    std::int64_t start_ = 0;
};

}  // namespace

std::vector<BenchEvent> trace_steps(BenchSteps& steps, std::size_t count) {
    // The events are made afterwards, so that steps follow one another as they do in a run.
    std::vector<StepProfile> profiles(count);
    std::vector<StepTime> times;
    for (StepProfile& profile : profiles)
        profile.prepare(steps.plan(), steps.threads());
    for (StepProfile& profile : profiles)
        times.push_back(steps.step(&profile));
    Tracer tracer(steps);
    for (std::size_t i = 0; i < count; ++i)
        tracer.add(i, profiles[i], times[i]);
    return std::move(tracer).events();
}

}  // namespace plexus
