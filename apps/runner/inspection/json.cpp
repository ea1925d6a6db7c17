#include <nlohmann/json.hpp>

#include "apps/runner/inspection/report.hpp"
#include "apps/runner/inspection/statistics.hpp"

namespace runner {
namespace {

using nlohmann::ordered_json;
using plexus::CheckpointTensor;

ordered_json as_json(const CheckpointTensor& tensor, bool with_histogram) {
    const std::vector<double> values = as_doubles(tensor.values.view());
    const Statistics s = statistics(values);
    const plexus::Shape& shape = tensor.values.shape();
    ordered_json result{{"path", tensor.path},
                        {"shape", std::vector<std::int64_t>(shape.begin(), shape.end())},
                        {"type", to_string(tensor.values.type().element)},
                        {"mean", s.mean},
                        {"std", s.deviation},
                        {"min", s.minimum},
                        {"max", s.maximum},
                        {"norm", s.norm},
                        {"zeros", s.zeros},
                        {"nan", s.nans},
                        {"infinite", s.infinities},
                        {"checked", tensor.checked}};
    if (with_histogram && s.finite > 0) {
        const Histogram bars = histogram(values, s);
        result["histogram"] = {{"from", bars.minimum}, {"width", bars.width}, {"counts", bars.counts}};
    }
    return result;
}

}  // namespace

ordered_json overview_json(const std::string& file, const plexus::Checkpoint& checkpoint, const std::string& path) {
    const bool all = path.empty() || path == "/";
    ordered_json tensors = ordered_json::array();
    for (const CheckpointTensor& tensor : checkpoint.tensors())
        if (is_below(tensor.path, path))
            tensors.push_back(as_json(tensor, !all));
    if (!all)
        return {{"file", file}, {"tensors", std::move(tensors)}};
    ordered_json attributes = ordered_json::object(), history = ordered_json::array();
    for (const auto& [name, value] : checkpoint.attributes())
        attributes[name] = value;
    for (const plexus::HistoryRow& row : checkpoint.history())
        history.push_back({{"epoch", row.epoch},
                           {"step", row.step},
                           {"split", row.split},
                           {"metric", row.metric},
                           {"value", row.value}});
    return {{"file", file},
            {"digest", checkpoint.digest()},
            {"attributes", std::move(attributes)},
            {"classes", checkpoint.classes()},
            {"tensors", std::move(tensors)},
            {"history", std::move(history)},
            {"graph", checkpoint.graph()}};
}

ordered_json comparison_json(const Comparison& comparison) {
    ordered_json changed = ordered_json::array(), attributes = ordered_json::array();
    for (const TensorDifference& tensor : comparison.changed) {
        ordered_json entry{{"path", tensor.path}};
        if (tensor.types.empty())
            entry.update({{"values", tensor.values},
                          {"elements", tensor.elements},
                          {"largest_change", tensor.largest_change},
                          {"relative_change", tensor.relative_change}});
        else
            entry["types"] = tensor.types;
        changed.push_back(std::move(entry));
    }
    for (const AttributeDifference& attribute : comparison.attributes)
        attributes.push_back({{"name", attribute.name}, {"first", attribute.first}, {"second", attribute.second}});
    return {{"equal", comparison.equal()},
            {"only_in_first", comparison.only_first},
            {"only_in_second", comparison.only_second},
            {"changed", std::move(changed)},
            {"attributes", std::move(attributes)},
            {"same_tensors", comparison.same},
            {"graphs_differ", comparison.graphs_differ},
            {"classes_differ", comparison.classes_differ},
            {"histories_differ", comparison.histories_differ}};
}

}  // namespace runner
