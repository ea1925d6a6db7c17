#include "core/plan/formats.hpp"

#include <numeric>

namespace plexus {
namespace {

/// Outputs that must be of one type are in one class: a forest of their numbers.
class Classes {
public:
    explicit Classes(std::size_t count) : parent_(count), refused_(count) {
        std::iota(parent_.begin(), parent_.end(), std::size_t{0});
    }
    std::size_t root(std::size_t n) {
        while (parent_[n] != n)
            n = parent_[n] = parent_[parent_[n]];
        return n;
    }
    void join(std::size_t a, std::size_t b) {
        const std::size_t from = root(b), to = root(a);
        parent_[from] = to;
        refused_[to] = refused_[to] || refused_[from];
    }
    void refuse(std::size_t n) { refused_[root(n)] = true; }
    [[nodiscard]] bool allowed(std::size_t n) { return !refused_[root(n)]; }

private:
    std::vector<std::size_t> parent_;
    std::vector<bool> refused_;
};

class Chooser {
public:
    Chooser(const PlanRequest& request, const Absorbed& absorbed, const std::vector<bool>& needed,
            std::vector<NodeSignature>& signatures)
        : request_{request},
          graph_{request.model->graph()},
          absorbed_{absorbed},
          needed_{needed},
          signatures_{signatures},
          first_{number(signatures)},
          classes_{first_.back()} {}

    void run() {
        for (std::size_t n = 0; n < graph_.size(); ++n)
            if (is_planned(n))
                hear(n);
        for (const auto* list : {&request_.keep, &request_.given_gradients})
            for (const Endpoint& e : *list)
                classes_.refuse(output(e));
        for (std::size_t n = 0; n < graph_.size(); ++n)
            if (is_planned(n))
                apply(n);
    }

private:
    static std::vector<std::size_t> number(const std::vector<NodeSignature>& signatures) {
        std::vector<std::size_t> first{0};
        for (const NodeSignature& s : signatures)
            first.push_back(first.back() + s.outputs.size());
        return first;
    }
    [[nodiscard]] std::size_t output(const Endpoint& e) const { return first_[e.node] + e.port; }
    [[nodiscard]] const std::vector<std::size_t>& guests(const std::vector<std::vector<std::size_t>>& of,
                                                         std::size_t n) const {
        static const std::vector<std::size_t> none;
        return of.empty() ? none : of[n];
    }
    [[nodiscard]] bool is_planned(std::size_t n) const {
        return needed_[n] && (absorbed_.host.empty() || absorbed_.host[n] == n);
    }
    /// What the node reads in the plan: of a node with guests before it, what the first of them reads.
    [[nodiscard]] const std::vector<Endpoint>& inputs(std::size_t n) const {
        const auto& before = guests(absorbed_.before, n);
        return graph_.inputs(before.empty() ? n : before.front());
    }
    [[nodiscard]] bool is_float(const Endpoint& e) const {
        return signatures_[e.node].outputs[e.port].element == Element::float32;
    }

    void hear(std::size_t n) {
        const Bfloat16 says = graph_.node(n).is_source() ? Bfloat16::never : request_.model->layer(n).traits().bfloat16;
        std::vector<std::size_t> edges;
        for (const Endpoint& e : inputs(n))
            if (is_float(e))
                edges.push_back(output(e));
        for (std::size_t port = 0; port < signatures_[n].outputs.size(); ++port)
            if (is_float({n, port}))
                edges.push_back(output({n, port}));
        // A guest's output is its host's.
        for (const std::size_t guest : guests(absorbed_.after, n))
            classes_.join(output({n, 0}), output({guest, 0}));
        for (const std::size_t e : edges) {
            if (says == Bfloat16::never)
                classes_.refuse(e);
            if (says == Bfloat16::alike)
                classes_.join(edges.front(), e);
        }
    }

    void apply(std::size_t n) {
        const auto mark = [&](TensorType& type, const Endpoint& e) {
            if (type.element == Element::float32 && classes_.allowed(output(e)))
                type.element = Element::bfloat16;
        };
        const std::vector<Endpoint>& from = inputs(n);
        for (std::size_t i = 0; i < from.size(); ++i)
            mark(signatures_[n].inputs[i], from[i]);
        for (std::size_t port = 0; port < signatures_[n].outputs.size(); ++port)
            mark(signatures_[n].outputs[port], {n, port});
    }

    const PlanRequest& request_;
    const Graph& graph_;
    const Absorbed& absorbed_;
    const std::vector<bool>& needed_;
    std::vector<NodeSignature>& signatures_;
    std::vector<std::size_t> first_;  ///< per node: the number of its first output
    Classes classes_;
};

}  // namespace

void choose_formats(const PlanRequest& request, const Absorbed& absorbed, const std::vector<bool>& needed,
                    std::vector<NodeSignature>& signatures) {
    if (request.precision != Precision::float32)
        Chooser{request, absorbed, needed, signatures}.run();
}

}  // namespace plexus
