#include "core/plugin/types.hpp"
#include "core/store/checkpoint.hpp"
#include "core/train/carries.hpp"
#include "core/train/judged.hpp"
#include "core/train/optimizers.hpp"
#include "core/train/pass.hpp"
#include "core/train/precision.hpp"
#include "core/train/session.hpp"
#include "core/train/snapshot.hpp"
#include "core/train/weights.hpp"
#include "plexus/evaluation.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

Program program_of(const Environment& environment, const store::Group& root, const EvaluationOptions& options) {
    const std::string file = options.checkpoint.string();
    Program program = parse_program(graph_of(root, file), file + ":/graph", options.checkpoint.parent_path(),
                                    options.overrides, environment.types());
    if (!options.data.empty()) {
        Program other = load_program(options.data, {}, environment.types());
        program.data = std::move(other.data);
        program.folder = std::move(other.folder);
    }
    return program;
}

}  // namespace

Evaluation evaluate(const Environment& environment, const EvaluationOptions& options) {
    const std::string file = options.checkpoint.string();
    const store::Loaded loaded = store::load(options.checkpoint);
    const Session session = [&] {
        Program program = program_of(environment, loaded.root, options);
        try {
            return open_session(environment, std::move(program));
        } catch (const InputError& error) {
            if (options.data.empty() && error.position().file.starts_with(file))
                throw InputError(text(error.what(), "; if the data has moved, name a graph file with --data"));
            throw;
        }
    }();
    Executor executor({.threads = options.threads});
    const std::int64_t batch = session.program.train ? session.program.train->batch : 32;
    PlanRequest request{.model = session.model.get(), .mode = Mode::inference, .batch = batch};
    request.shard = session.program.train ? session.program.train->shard : 16;
    request.phases = phase_requests(session, {});
    request.metrics = session.parts.metrics;
    request.workers = executor.workers();
    request.precision = precision_here(session.program);
    const Judged judged = judged_data(session);
    Plans plans(request, executor);
    plans.make(judged.samples.size());
    const TypedValue& use = session.test ? *session.program.data.test : session.program.data.source;
    if (!judged.samples.empty())
        refuse_broken_streams(session, plans.first(),
                              {*judged.dataset, use, judged.section, judged.samples.front(), judged.samples.size()},
                              batch);
    Weights weights(*session.model, 0, 0);
    get_weights(loaded.root, "networks", file, *session.model, weights.parameters.data(), weights.states.data());
    Feed feed(*judged.dataset, *judged.use, judged.section, session.program.data.on_bad_sample == "skip");
    plans.each([&](const Plan& plan) { feed.reserve(plan); });
    const std::atomic<bool> never{false};
    const auto tally = run_pass(executor,
                                {.plans = plans,
                                 .feed = feed,
                                 .samples = judged.samples,
                                 .session = session,
                                 .parameters = weights.parameters.data(),
                                 .states = weights.states.data(),
                                 .version = 1,
                                 .seed = 0},
                                never);
    TallyReport result = report(*tally, session);
    return {std::move(result.values), std::move(result.matrices), judged.samples.size(), judged.name, session.classes};
}

}  // namespace plexus
