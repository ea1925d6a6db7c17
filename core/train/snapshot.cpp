#include "core/train/snapshot.hpp"

#include <cstring>

#include "plexus/text.hpp"
#include "plexus/version.hpp"

namespace plexus {
namespace {

using store::Group;

constexpr const char* here = "training/main";

template <class T>
T attribute(const Group& group, const std::string& name, const std::string& file) {
    const store::Attribute* found = group.attributes.find(name);
    const T* value = found ? std::get_if<T>(found) : nullptr;
    if (value == nullptr)
        throw InputError(text(file, ": the attribute '", name,
                              "' is missing or of another type; this file cannot be "
                              "resumed from"));
    return *value;
}

Array doubles(const std::vector<double>& values) {
    Array array({{static_cast<std::int64_t>(values.size())}, Element::float64});
    std::copy(values.begin(), values.end(), array.as<double>().begin());
    return array;
}

std::vector<double> doubles_at(const Group& root, const std::string& path, const std::string& file) {
    const Array* found = store::find_array(root, path);
    if (found == nullptr || found->type().element != Element::float64)
        throw InputError(text(file, ":/", path, ": missing, or no float64; this file cannot be resumed from"));
    return {found->as<double>().begin(), found->as<double>().end()};
}

void put_history(Group& root, const std::vector<HistoryRow>& rows) {
    const auto count = static_cast<std::int64_t>(rows.size());
    Array epoch({{count}, Element::int32}), step({{count}, Element::int32}), value({{count}, Element::float64});
    store::Text split, metric;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        epoch.as<std::int32_t>()[i] = static_cast<std::int32_t>(rows[i].epoch);
        step.as<std::int32_t>()[i] = static_cast<std::int32_t>(rows[i].step);
        value.as<double>()[i] = rows[i].value;
        split.items.push_back(rows[i].split);
        metric.items.push_back(rows[i].metric);
    }
    store::put(root, "history/epoch", {std::move(epoch)});
    store::put(root, "history/step", {std::move(step)});
    store::put(root, "history/split", {std::move(split)});
    store::put(root, "history/metric", {std::move(metric)});
    store::put(root, "history/value", {std::move(value)});
}

void put_training(Group& root, const Session& session, const Weights& weights, bool iterate,
                  const OptimizerNames& names, const Snapshot& s) {
    Group& training = store::group_at(root, here);
    training.attributes.set("step_of_epoch", s.step_of_epoch);
    training.attributes.set("best_known", std::int64_t{s.best.has_value()});
    training.attributes.set("best", s.best.value_or(0));
    training.attributes.set("best_epoch", s.best_epoch);
    training.attributes.set("epochs_without_gain", s.epochs_without_gain);
    training.attributes.set("states_estimated", std::int64_t{s.estimated_at.has_value()});
    training.attributes.set("states_estimated_at", s.estimated_at.value_or(0));
    training.attributes.set("epoch_loss", s.sums.loss);
    training.attributes.set("epoch_samples", s.sums.samples);
    training.attributes.set("machine", s.machine);
    for (std::size_t i = 0; i < names.counters.size(); ++i)
        training.attributes.set("counter_" + names.counters[i], weights.counters[i]);
    for (std::size_t i = 0; i < s.sums.metrics.size(); ++i)
        if (!s.sums.metrics[i].empty())
            store::put(root, text(here, "/sums/", i), {doubles(s.sums.metrics[i])});
    store::put(root, text(here, "/choices"), {store::Text{s.choices}});
    for (std::size_t i = 0; i < names.slots.size(); ++i)
        put_weights(root, text(here, "/slots/", names.slots[i]), *session.model, weights.slots[i].data(), nullptr);
    if (iterate)
        put_weights(root, text(here, "/iterate"), *session.model, weights.parameters.data(), weights.states.data());
}

bool same_bytes(const Memory& a, const std::vector<std::byte>& b) {
    return b.empty() || std::memcmp(a.data(), b.data(), b.size()) == 0;
}

// The average that stands in /networks is also a slot: where the two differ somebody edited one of them.
void check_edits(const Group& root, const std::string& file, const Session& session, WeightsFrom from,
                 const OptimizerNames& names, Weights& weights) {
    const Group& training = *store::find_group(root, here);
    const auto slot = static_cast<std::size_t>(attribute<std::int64_t>(training, "inference_slot", file));
    if (slot >= names.slots.size())
        throw InputError(text(file, ": the attribute 'inference_slot' is ", slot, "; this optimizer has ",
                              names.slots.size(), " slots"));
    std::vector<std::byte> edited(session.model->parameter_bytes());
    std::vector<std::byte> states(session.model->state_bytes());
    get_weights(root, "networks", file, *session.model, edited.data(), states.data());
    if (same_bytes(weights.slots[slot], edited))
        return;
    if (from == WeightsFrom::undecided)
        throw InputError(text(file, ": /networks was edited and is no longer the average under /training/main/slots/",
                              names.slots[slot],
                              "; say --weights-from networks to go on from the edited weights, or "
                              "--weights-from training to ignore the edit"));
    if (from == WeightsFrom::networks) {
        std::memcpy(weights.slots[slot].data(), edited.data(), edited.size());
        std::memcpy(weights.parameters.data(), edited.data(), edited.size());
    }
}

}  // namespace

Group to_tree(const Session& session, const std::string& graph_text, const Weights& weights,
              std::optional<std::size_t> slot, const OptimizerNames& names, const Snapshot& s) {
    Group root;
    root.attributes.set("plexus_version", std::string(PLEXUS_VERSION));
    root.attributes.set("seed", std::int64_t{s.seed});
    root.attributes.set("step", s.step);
    root.attributes.set("epoch", s.epoch);
    put_weights(root, "networks", *session.model, slot ? weights.slots[*slot].data() : weights.parameters.data(),
                slot && s.estimated_at ? weights.inference_states.data() : weights.states.data());
    store::put(root, "graph", {store::Text{{graph_text}}});
    store::put(root, "data/tensors", {describe_tensors(session.tensors)});
    store::put(root, "data/classes", {store::Text{session.classes}});
    put_training(root, session, weights, slot.has_value(), names, s);
    if (slot)
        store::group_at(root, here).attributes.set("inference_slot", static_cast<std::int64_t>(*slot));
    put_history(root, s.history);
    return root;
}

Snapshot from_tree(const Group& root, const std::string& file, const Session& session, const OptimizerNames& names,
                   WeightsFrom from, Weights& weights) {
    const Group* training = store::find_group(root, here);
    if (training == nullptr)
        throw InputError(text(file, ": there is no /", here, " in it; this file cannot be resumed from"));
    Snapshot s;
    s.seed = static_cast<std::uint32_t>(attribute<std::int64_t>(root, "seed", file));
    s.step = attribute<std::uint64_t>(root, "step", file);
    s.epoch = attribute<std::uint64_t>(root, "epoch", file);
    s.step_of_epoch = attribute<std::uint64_t>(*training, "step_of_epoch", file);
    if (attribute<std::int64_t>(*training, "best_known", file) != 0)
        s.best = attribute<double>(*training, "best", file);
    s.best_epoch = attribute<std::uint64_t>(*training, "best_epoch", file);
    s.epochs_without_gain = attribute<std::uint64_t>(*training, "epochs_without_gain", file);
    s.sums.loss = attribute<double>(*training, "epoch_loss", file);
    s.sums.samples = attribute<double>(*training, "epoch_samples", file);
    s.machine = attribute<std::string>(*training, "machine", file);
    for (std::size_t i = 0; i < names.counters.size(); ++i)
        weights.counters[i] = attribute<double>(*training, "counter_" + names.counters[i], file);
    if (s.sums.samples > 0)
        for (std::size_t i = 0; i < session.parts.metrics.size(); ++i)
            s.sums.metrics.push_back(doubles_at(root, text(here, "/sums/", i), file));
    if (const store::Text* choices = store::find_text(root, text(here, "/choices")))
        s.choices = choices->items;
    for (std::size_t i = 0; i < names.slots.size(); ++i)
        get_weights(root, text(here, "/slots/", names.slots[i]), file, *session.model, weights.slots[i].data(),
                    nullptr);
    const bool iterate = store::find_group(root, text(here, "/iterate")) != nullptr;
    get_weights(root, iterate ? text(here, "/iterate") : "networks", file, *session.model, weights.parameters.data(),
                weights.states.data());
    if (attribute<std::int64_t>(*training, "states_estimated", file) != 0) {
        // /networks holds the average and the states that were estimated for it.
        s.estimated_at = attribute<std::uint64_t>(*training, "states_estimated_at", file);
        std::vector<std::byte> average(session.model->parameter_bytes());
        get_weights(root, "networks", file, *session.model, average.data(), weights.inference_states.data());
    }
    if (iterate)
        check_edits(root, file, session, from, names, weights);
    ++weights.version;
    s.history = history_of(root);
    return s;
}

std::string graph_of(const Group& root, const std::string& file) {
    const store::Text* graph = store::find_text(root, "graph");
    if (graph == nullptr || graph->items.size() != 1)
        throw InputError(text(file, ":/graph: there is no program in this file"));
    return graph->items[0];
}

std::vector<HistoryRow> history_of(const Group& root) {
    const Array* epoch = store::find_array(root, "history/epoch");
    const Array* step = store::find_array(root, "history/step");
    const Array* value = store::find_array(root, "history/value");
    const store::Text* split = store::find_text(root, "history/split");
    const store::Text* metric = store::find_text(root, "history/metric");
    std::vector<HistoryRow> rows;
    if (!epoch || !step || !value || !split || !metric || epoch->type().element != Element::int32 ||
        step->type().element != Element::int32 || value->type().element != Element::float64)
        return rows;
    const std::size_t count = std::min({epoch->as<std::int32_t>().size(), step->as<std::int32_t>().size(),
                                        value->as<double>().size(), split->items.size(), metric->items.size()});
    for (std::size_t i = 0; i < count; ++i)
        rows.push_back({epoch->as<std::int32_t>()[i], step->as<std::int32_t>()[i], split->items[i], metric->items[i],
                        value->as<double>()[i]});
    return rows;
}

}  // namespace plexus
