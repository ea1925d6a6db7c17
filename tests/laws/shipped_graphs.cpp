#include "tests/laws/shipped_graphs.hpp"

#include <algorithm>

#include "core/plugin/types.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/stepper.hpp"

namespace plexus::test {

std::vector<std::filesystem::path> shipped_graphs() {
    std::vector<std::filesystem::path> graphs;
    for (const char* folder : {"graphs", "graphs/bench"})
        for (const auto& entry : std::filesystem::directory_iterator{source_dir() / folder})
            if (entry.path().extension() == ".yaml")
                graphs.push_back(entry.path());
    std::ranges::sort(graphs);
    return graphs;
}

ShippedProgram::ShippedProgram(const std::filesystem::path& graph)
    : session(open_session(shipped_plugins(), load_program(graph, {}, shipped_plugins().types()))),
      optimizers(shipped_plugins(), session) {}

std::vector<ShippedProgram::Request> ShippedProgram::requests(std::int64_t batch, std::size_t workers) const {
    PlanRequest prediction{.model = session.model.get(), .mode = Mode::inference, .batch = batch};
    if (session.program.train)
        prediction.shard = session.program.train->shard;
    prediction.workers = workers;
    PlanRequest estimation = prediction;
    std::vector<Request> all;
    if (session.parts.output) {
        prediction.keep = {*session.parts.output};
        all.push_back({"prediction", prediction});
    }
    for (const Weight& state : session.model->states())
        if (state.declaration.estimate != Estimate::never)
            estimation.estimate.push_back(state.node);
    if (!estimation.estimate.empty()) {
        estimation.mode = Mode::estimate;
        all.push_back({"estimation", estimation});
    }
    if (!session.parts.has_loss())
        return all;
    PlanRequest evaluation = prediction;
    evaluation.keep.clear();
    evaluation.phases = phase_requests(session, {});
    evaluation.metrics = session.parts.metrics;
    all.push_back({"evaluation", evaluation});
    if (session.program.train) {
        PlanRequest step = evaluation;
        step.mode = Mode::training;
        step.phases = phase_requests(session, optimizers);
        all.push_back({"step", step});
    }
    return all;
}

}  // namespace plexus::test
