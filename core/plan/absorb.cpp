#include "core/plan/absorb.hpp"

#include <numeric>

#include "core/diagnostic/thrown.hpp"

namespace plexus {
namespace {

class Absorber {
public:
    Absorber(const PlanRequest& request, const std::vector<NodeSignature>& signatures, const std::vector<bool>& needed)
        : request_{request}, graph_{request.model->graph()}, signatures_{signatures}, needed_{needed} {
        result_.host.resize(graph_.size());
        std::iota(result_.host.begin(), result_.host.end(), std::size_t{0});
        result_.before.resize(graph_.size());
        result_.after.resize(graph_.size());
        readers_.resize(graph_.size());
        asked_for_.resize(graph_.size());
        for (std::size_t n = 0; n < graph_.size(); ++n)
            for (const Endpoint& from : graph_.inputs(n))
                if (needed_[n])
                    readers_[from.node].push_back(n);
        for (const auto* list : {&request.keep, &request.given_gradients})
            for (const Endpoint& e : *list)
                asked_for_[e.node] = true;
        for (const auto* list : {&request.metrics, &request.estimate})
            for (const std::size_t n : *list)
                asked_for_[n] = true;
        for (const PhaseRequest& phase : request.phases)
            for (const WeightedLoss& loss : phase.losses)
                asked_for_[loss.node] = true;
    }

    Absorbed run() {
        const std::vector<std::size_t>& order = request_.model->order();
        for (const std::size_t n : order)
            if (takes_part(n))
                take_before(n);
        for (const std::size_t n : order)
            if (takes_part(n) && is_free(n))
                take_after(n);
        return std::move(result_);
    }

private:
    [[nodiscard]] bool takes_part(std::size_t n) const {
        return needed_[n] && !graph_.node(n).is_source() && signatures_[n].outputs.size() == 1;
    }
    [[nodiscard]] bool is_free(std::size_t n) const { return result_.host[n] == n; }
    [[nodiscard]] bool is_alone(std::size_t n) const {
        return is_free(n) && result_.before[n].empty() && result_.after[n].empty();
    }

    /// What an absorbed node must be like for the core to leave it out.
    [[nodiscard]] bool can_be_absorbed(std::size_t n) const {
        const NodeSignature& s = signatures_[n];
        const bool plain =
            s.parameters.empty() && s.states.empty() && s.saved.empty() && s.shared.empty() && s.partials.empty();
        return takes_part(n) && is_alone(n) && s.inputs.size() == 1 && s.inputs[0] == s.outputs[0] &&
               s.mode != Mode::estimate && (plain || s.mode == Mode::inference);
    }
    [[nodiscard]] bool same_phase(std::size_t a, std::size_t b) const {
        return graph_.node(a).phase == graph_.node(b).phase;
    }
    [[nodiscard]] bool only_reader(std::size_t from, std::size_t reader) const {
        return !asked_for_[from] && readers_[from].size() == 1 && readers_[from][0] == reader;
    }

    [[nodiscard]] Description described(std::size_t n) const {
        return call_plugin(request_.model->use(n), "while it described itself", Blame::run,
                           [&] { return request_.model->layer(n).describe(); });
    }

    bool asks(std::size_t host, std::size_t guest, Neighbour::Side side) const {
        const Neighbour neighbour{described(guest), side};
        if (neighbour.does.op.empty())
            return false;
        std::vector<Neighbour> so_far;
        for (const auto* list : {&result_.before[host], &result_.after[host]})
            for (const std::size_t n : *list)
                so_far.push_back(
                    {described(n), list == &result_.before[host] ? Neighbour::Side::before : Neighbour::Side::after});
        return call_plugin(request_.model->use(host), "while it was asked for a neighbour's work", Blame::run, [&] {
            return request_.model->layer(host).absorbs(neighbour, so_far, signatures_[host].mode);
        });
    }

    void take_before(std::size_t n) {
        for (std::size_t first = n; !graph_.inputs(first).empty();) {
            const Endpoint from = graph_.inputs(first)[0];
            if (!can_be_absorbed(from.node) || !same_phase(n, from.node) || !only_reader(from.node, first) ||
                !asks(n, from.node, Neighbour::Side::before))
                return;
            result_.host[from.node] = n;
            result_.before[n].insert(result_.before[n].begin(), from.node);
            first = from.node;
        }
    }

    void take_after(std::size_t n) {
        for (std::size_t last = n; readers_[last].size() == 1;) {
            const std::size_t next = readers_[last][0];
            if (!can_be_absorbed(next) || !same_phase(n, next) || !only_reader(last, next) ||
                !asks(n, next, Neighbour::Side::after))
                return;
            result_.host[next] = n;
            result_.after[n].push_back(next);
            last = next;
        }
    }

    const PlanRequest& request_;
    const Graph& graph_;
    const std::vector<NodeSignature>& signatures_;
    const std::vector<bool>& needed_;
    std::vector<std::vector<std::size_t>> readers_;
    std::vector<bool> asked_for_;
    Absorbed result_;
};

}  // namespace

Absorbed absorb(const PlanRequest& request, const std::vector<NodeSignature>& signatures,
                const std::vector<bool>& needed) {
    return Absorber{request, signatures, needed}.run();
}

}  // namespace plexus
