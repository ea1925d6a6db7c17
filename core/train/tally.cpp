#include "core/train/tally.hpp"

#include "core/diagnostic/thrown.hpp"

namespace plexus {
namespace {

class Collector final : public Report {
public:
    Collector(TallyReport& out, std::string prefix) : out_(out), prefix_(std::move(prefix)) {}

    void value(const std::string& name, double value, Better better) override {
        out_.values.emplace_back(prefix_ + name, value);
        out_.directions.emplace_back(prefix_ + name, better == Better::lower ? Direction::lower : Direction::higher);
    }
    void matrix(const std::string& name, std::size_t rows, std::size_t columns,
                std::span<const double> values) override {
        out_.matrices.push_back({prefix_ + name, rows, columns, {values.begin(), values.end()}});
    }

private:
    TallyReport& out_;
    std::string prefix_;
};

}  // namespace

void Tally::add(Executor& executor, const Plan& plan, const Model& model, const std::vector<std::size_t>& nodes) {
    if (plan.loss)
        loss += executor.result(*plan.loss).as<double>()[0];
    samples += static_cast<double>(plan.batch);
    metrics.resize(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const auto step = executor.result(plan.metrics[i]).as<double>();
        if (metrics[i].empty())
            metrics[i].assign(step.begin(), step.end());
        else
            call_plugin(model.use(nodes[i]), "while it merged what it counted", Blame::run,
                        [&] { model.layer(nodes[i]).merge(0, metrics[i], step); });
    }
}

TallyReport report(const Tally& tally, bool has_loss, const Model& model, const std::vector<std::size_t>& nodes) {
    TallyReport out;
    if (has_loss) {
        out.values.emplace_back("loss", tally.samples == 0 ? 0 : tally.loss / tally.samples);
        out.directions.emplace_back("loss", Direction::lower);
    }
    for (std::size_t i = 0; i < nodes.size() && i < tally.metrics.size(); ++i) {
        const GraphNode& node = model.graph().node(nodes[i]);
        // Two uses of one type have names of their own; one alone has the type's.
        bool twice = false;
        for (std::size_t other = 0; other < nodes.size(); ++other)
            twice = twice || (other != i && model.graph().node(nodes[other]).use.type == node.use.type);
        Collector collector(out, twice ? node.name + "_" : "");
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
