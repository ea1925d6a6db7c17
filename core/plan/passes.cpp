#include "core/plan/passes.hpp"

#include <algorithm>
#include <cassert>

#include "plexus/text.hpp"

namespace plexus {
namespace {

class Search {
public:
    Search(const PlanRequest& request, const std::vector<NodeSignature>& signatures)
        : request_{request}, graph_{request.model->graph()}, signatures_{signatures} {}

    Passes run() {
        passes_.forward.resize(graph_.size());
        passes_.backward.assign(graph_.size(), Plan::npos);
        passes_.wants_parameters.resize(graph_.size());
        passes_.wants_input.resize(graph_.size());
        passes_.learns.resize(graph_.size());
        for (std::size_t n = 0; n < graph_.size(); ++n) {
            passes_.forward[n] = phase_of(n);
            passes_.wants_input[n].resize(graph_.inputs(n).size());
        }
        // Without a phase there may still be gradients that the caller gives.
        for (std::size_t p = 0; request_.mode == Mode::training && p < std::max<std::size_t>(count(), 1); ++p)
            go_back(p);
        return std::move(passes_);
    }

private:
    [[nodiscard]] std::size_t count() const { return request_.phases.size(); }

    /// Its own phase, or, where that is not due, the first one after it.
    [[nodiscard]] std::size_t phase_of(std::size_t n) const {
        std::size_t p = 0;
        while (p + 1 < count() && request_.phases[p].number < graph_.node(n).phase)
            ++p;
        return p;
    }

    [[nodiscard]] bool learns_itself(std::size_t n, std::size_t p) const {
        const GraphNode& node = graph_.node(n);
        if (node.is_source())
            return signatures_[n].outputs[0].element == Element::float32 &&
                   std::ranges::find(request_.keep_gradients, n) != request_.keep_gradients.end();
        return !signatures_[n].parameters.empty() && (count() == 0 || request_.phases[p].trains(node.network));
    }

    [[nodiscard]] std::vector<bool> reached_by(std::size_t p) const {
        std::vector<bool> reached(graph_.size());
        std::vector<std::size_t> open;
        if (p < count())
            for (const WeightedLoss& loss : request_.phases[p].losses)
                open.push_back(loss.node);
        for (const Endpoint& e : request_.given_gradients)
            open.push_back(e.node);
        while (!open.empty()) {
            const std::size_t n = open.back();
            open.pop_back();
            if (reached[n])
                continue;
            reached[n] = true;
            for (std::size_t i = 0; i < graph_.inputs(n).size(); ++i)
                if (!signatures_[n].no_gradient[i])
                    open.push_back(graph_.inputs(n)[i].node);
        }
        return reached;
    }

    void go_back(std::size_t p) {
        const std::vector<bool> reached = reached_by(p);
        std::vector<bool> learns(graph_.size());
        for (const std::size_t n : request_.model->order()) {
            const bool itself = learns_itself(n, p);
            learns[n] = itself;
            for (std::size_t i = 0; i < graph_.inputs(n).size(); ++i)
                if (!signatures_[n].no_gradient[i] && learns[graph_.inputs(n)[i].node])
                    learns[n] = true;
            if (graph_.node(n).is_source())
                passes_.learns[n] = passes_.learns[n] || itself;
            if (!reached[n] || !learns[n])
                continue;
            // What two phases learn through, one of them has made stale for the other: see refuse_stale().
            assert(passes_.backward[n] == Plan::npos);
            passes_.backward[n] = p;
            passes_.learns[n] = true;
            passes_.wants_parameters[n] = itself && !graph_.node(n).is_source();
            for (std::size_t i = 0; i < graph_.inputs(n).size(); ++i)
                passes_.wants_input[n][i] = !signatures_[n].no_gradient[i] && learns[graph_.inputs(n)[i].node];
        }
    }

    const PlanRequest& request_;
    const Graph& graph_;
    const std::vector<NodeSignature>& signatures_;
    Passes passes_;
};

/// Every node that some loss of the phase reads, directly or not.
std::vector<bool> used_by(const Graph& graph, const PhaseRequest& phase) {
    std::vector<bool> used(graph.size());
    std::vector<std::size_t> open;
    for (const WeightedLoss& loss : phase.losses)
        open.push_back(loss.node);
    while (!open.empty()) {
        const std::size_t n = open.back();
        open.pop_back();
        if (used[n])
            continue;
        used[n] = true;
        for (const Endpoint& from : graph.inputs(n))
            open.push_back(from.node);
    }
    return used;
}

void refuse_stale(const Graph& graph, const std::vector<PhaseRequest>& phases, std::size_t p) {
    const std::vector<bool> used = used_by(graph, phases[p]);
    for (std::size_t n = 0; n < graph.size(); ++n) {
        const GraphNode& node = graph.node(n);
        if (!used[n] || node.network.empty())
            continue;
        for (std::size_t before = node.phase; before < p; ++before)
            if (phases[before].trains(node.network))
                throw InputError(
                    graph.node(phases[p].losses.front().node).use.position,
                    text("phase '", phases[p].name, "' uses '", node.call, "', which phase '", phases[node.phase].name,
                         "' computed with network '", node.network, "' before phase '", phases[before].name,
                         "' updated it: call '", node.network, "' again in phase '", phases[p].name, "'"));
    }
}

void refuse_unreached(const Graph& graph, const PhaseRequest& phase, const Passes& passes, std::size_t p) {
    for (const std::string& network : phase.networks.value_or(std::vector<std::string>{})) {
        bool has_parameters = false;
        for (std::size_t n = 0; n < graph.size() && !has_parameters; ++n)
            has_parameters = graph.node(n).network == network && passes.wants_parameters[n] && passes.backward[n] == p;
        if (!has_parameters)
            throw InputError(graph.node(phase.losses.front().node).use.position,
                             text("phase '", phase.name, "' updates network '", network,
                                  "', but no gradient of its loss comes to a weight of it: the loss must depend on a "
                                  "call of '",
                                  network, "', without a stop_gradient between"));
    }
}

}  // namespace

Passes find_passes(const PlanRequest& request, const std::vector<NodeSignature>& signatures) {
    return Search{request, signatures}.run();
}

void refuse_phases(const Model& model, const std::vector<PhaseRequest>& phases) {
    for (std::size_t p = 0; p < phases.size(); ++p)
        if (!phases[p].losses.empty())
            refuse_stale(model.graph(), phases, p);
    PlanRequest request{.model = &model, .batch = 1, .phases = phases};
    const Passes passes = find_passes(request, model.infer(1, Mode::training));
    for (std::size_t p = 0; p < phases.size(); ++p)
        if (!phases[p].losses.empty())
            refuse_unreached(model.graph(), phases[p], passes, p);
}

}  // namespace plexus
