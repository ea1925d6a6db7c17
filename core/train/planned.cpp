#include "core/train/planned.hpp"

#include <algorithm>
#include <thread>

#include "core/train/precision.hpp"

namespace plexus {

std::size_t worker_count(std::size_t threads) {
    return threads != 0 ? threads : std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

std::int64_t batch_of(const Session& session) {
    if (session.program.train)
        return session.program.train->batch;
    return static_cast<std::int64_t>(std::min<std::size_t>(128, session.source->size()));
}

Plan plan_step(const Session& session, Mode mode, const Optimizers& optimizers, std::size_t workers,
               const Rewrites& rewrites) {
    PlanRequest request{.model = session.model.get(), .mode = mode, .batch = batch_of(session)};
    request.shard = session.program.train ? session.program.train->shard : TrainText{}.shard;
    if (mode == Mode::training || !session.parts.output) {
        request.phases = phase_requests(session, optimizers);
        request.metrics = session.parts.metrics;
    } else {
        request.keep = {*session.parts.output};
    }
    request.workers = workers;
    request.precision = precision_here(session.program);
    request.rewrites = rewrites;
    return make_plan(request);
}

}  // namespace plexus
