#include "core/train/tally.hpp"

#include <algorithm>

#include "core/diagnostic/thrown.hpp"

namespace plexus {
namespace {

class Collector final : public Report {
public:
    /// `among_others`: of its type.
    Collector(TallyReport& out, const GraphNode& node, bool among_others)
        : out_(out), node_(node), among_others_(among_others) {}

    void value(const std::string& name, double value, Better better) override {
        out_.values.emplace_back(name_of(name), value);
        out_.directions.emplace_back(name_of(name), better == Better::lower ? Direction::lower : Direction::higher);
    }
    void matrix(const std::string& name, std::size_t rows, std::size_t columns,
                std::span<const double> values) override {
        out_.matrices.push_back({name_of(name), rows, columns, {values.begin(), values.end()}});
    }

private:
    [[nodiscard]] std::string name_of(const std::string& name) const {
        if (name == node_.use.type)
            return node_.name;
        return among_others_ ? node_.name + "_" + name : name;
    }

    TallyReport& out_;
    const GraphNode& node_;
    bool among_others_;
};

}  // namespace

bool Tally::empty() const noexcept {
    return phases.empty() && metrics.empty();
}

double Tally::loss() const noexcept {
    const bool known = !phases.empty() && !phases.front().losses.empty() && phases.front().samples > 0;
    return known ? phases.front().losses.front() / phases.front().samples : 0;
}

void Tally::add(Executor& executor, const Plan& plan, const Session& session) {
    phases.resize(session.program.phases.size());
    for (const PhasePlan& from : plan.phases) {
        Phase& to = phases[from.request.number];
        if (from.loss) {
            const auto sums = executor.result(*from.loss).as<double>();
            to.losses.resize(sums.size());
            for (std::size_t i = 0; i < sums.size(); ++i)
                to.losses[i] += sums[i];
            to.samples += static_cast<double>(plan.batch);
        }
        if (from.norm) {
            to.norms += executor.result(*from.norm).as<double>()[0];
            to.steps += 1;
        }
    }
    const std::vector<std::size_t>& nodes = session.parts.metrics;
    metrics.resize(nodes.size());
    for (std::size_t of_plan = 0; of_plan < plan.metrics.size(); ++of_plan) {
        const std::size_t node = plan.metric_nodes[of_plan];
        const auto i = static_cast<std::size_t>(std::ranges::find(nodes, node) - nodes.begin());
        const auto step = executor.result(plan.metrics[of_plan]).as<double>();
        if (metrics.at(i).empty())
            metrics[i].assign(step.begin(), step.end());
        else
            call_plugin(session.model->use(node), "while it merged what it counted", Blame::run,
                        [&] { session.model->layer(node).merge(0, metrics[i], step); });
    }
}

namespace {

void report_losses(const Tally::Phase& tally, const PhaseText& phase, const std::string& prefix, TallyReport& out) {
    const auto add = [&](const std::string& name, double value) {
        out.values.emplace_back(prefix + name, value);
        out.directions.emplace_back(prefix + name, Direction::lower);
    };
    const auto mean = [&](std::size_t i) {
        return tally.samples == 0 || i >= tally.losses.size() ? 0 : tally.losses[i] / tally.samples;
    };
    if (!phase.losses.empty())
        add("loss", mean(0));
    for (std::size_t i = 0; phase.losses.size() > 1 && i < phase.losses.size(); ++i)
        add(phase.losses[i].name, mean(1 + i));
    if (tally.steps > 0 && phase.gradient_norm)
        add("gradient_norm", tally.norms / tally.steps);
}

}  // namespace

TallyReport report(const Tally& tally, const Session& session) {
    TallyReport out;
    for (std::size_t p = 0; p < session.program.phases.size(); ++p) {
        const PhaseText& phase = session.program.phases[p];
        report_losses(p < tally.phases.size() ? tally.phases[p] : Tally::Phase{}, phase,
                      session.program.is_short ? "" : phase.name + ".", out);
    }
    const Model& model = *session.model;
    const std::vector<std::size_t>& nodes = session.parts.metrics;
    for (std::size_t i = 0; i < nodes.size() && i < tally.metrics.size(); ++i) {
        if (tally.metrics[i].empty())
            continue;
        const GraphNode& node = model.graph().node(nodes[i]);
        bool among_others = false;
        for (std::size_t other = 0; other < nodes.size(); ++other)
            among_others = among_others || (other != i && model.graph().node(nodes[other]).use.type == node.use.type);
        Collector collector(out, node, among_others);
        call_plugin(model.use(nodes[i]), "while it reported its results", Blame::run,
                    [&] { model.layer(nodes[i]).report(tally.metrics[i], collector); });
    }
    return out;
}

const double* find_value(const NamedValues& values, const std::string& name) {
    for (const auto& [key, value] : values)
        if (key == name)
            return &value;
    return nullptr;
}

}  // namespace plexus
