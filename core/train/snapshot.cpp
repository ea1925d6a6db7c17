#include "core/train/snapshot.hpp"

#include <charconv>
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

// "step_000500"
std::string picture_name(std::uint64_t step) {
    const std::string digits = std::to_string(step);
    return "step_" + std::string(digits.size() < 6 ? 6 - digits.size() : 0, '0') + digits;
}

void put_pictures(Group& root, const std::vector<std::pair<std::uint64_t, Array>>& pictures) {
    for (const auto& [step, picture] : pictures)
        store::put(root, "history/samples/" + picture_name(step), {picture});
}

std::vector<std::pair<std::uint64_t, Array>> pictures_of(const Group& root) {
    std::vector<std::pair<std::uint64_t, Array>> pictures;
    const Group* const group = store::find_group(root, "history/samples");
    if (group == nullptr)
        return pictures;
    for (const auto& [name, node] : group->children) {
        const Array* const picture = store::find_array(*group, name);
        std::uint64_t step = 0;
        if (picture != nullptr && name.starts_with("step_") &&
            std::from_chars(name.data() + 5, name.data() + name.size(), step).ec == std::errc{})
            pictures.emplace_back(step, *picture);
    }
    return pictures;
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

std::string group_of(const PhaseText& phase) {
    return text("training/", phase.name);
}

// The sums of an epoch that is under way.
void put_sums(Group& root, const PhaseText& phase, const Tally::Phase& sums) {
    Group& group = store::group_at(root, group_of(phase));
    group.attributes.set("epoch_loss", sums.losses.empty() ? 0 : sums.losses.front());
    group.attributes.set("epoch_samples", sums.samples);
    if (phase.losses.size() > 1 && !sums.losses.empty())
        store::put(root, group_of(phase) + "/losses", {doubles(sums.losses)});
    if (phase.gradient_norm) {
        group.attributes.set("epoch_norms", sums.norms);
        group.attributes.set("epoch_norm_steps", sums.steps);
    }
}

Tally::Phase get_sums(const Group& root, const PhaseText& phase, const std::string& file) {
    const Group* group = store::find_group(root, group_of(phase));
    if (group == nullptr)
        throw InputError(text(file, ": there is no /", group_of(phase), " in it; this file cannot be resumed from"));
    Tally::Phase sums;
    sums.samples = attribute<double>(*group, "epoch_samples", file);
    if (sums.samples > 0 && phase.losses.size() > 1)
        sums.losses = doubles_at(root, group_of(phase) + "/losses", file);
    else if (sums.samples > 0) {
        const double loss = attribute<double>(*group, "epoch_loss", file);
        sums.losses = {loss, loss};
    }
    if (phase.gradient_norm) {
        sums.norms = attribute<double>(*group, "epoch_norms", file);
        sums.steps = attribute<double>(*group, "epoch_norm_steps", file);
    }
    return sums;
}

void put_optimizer(Group& root, const Session& session, const Weights& weights, const PhaseOptimizer& own) {
    const std::string place = group_of(session.program.phases[own.phase]);
    Group& group = store::group_at(root, place);
    const std::span<const double> counters = std::span(weights.counters).subspan(own.first_counter);
    for (std::size_t i = 0; i < own.layout.counters.size(); ++i)
        group.attributes.set("counter_" + own.layout.counters[i], counters[i]);
    if (const auto slot = own.optimizer->inference_slot(counters.first(own.layout.counters.size())))
        group.attributes.set("inference_slot", static_cast<std::int64_t>(*slot));
    for (std::size_t i = 0; i < own.layout.slots.size(); ++i)
        put_weights(root, text(place, "/slots/", own.layout.slots[i]), *session.model,
                    weights.slots[own.first_slot + i].data(), nullptr, own.networks);
}

void get_optimizer(const Group& root, const std::string& file, const Session& session, const PhaseOptimizer& own,
                   Weights& weights) {
    const std::string place = group_of(session.program.phases[own.phase]);
    const Group& group = *store::find_group(root, place);
    for (std::size_t i = 0; i < own.layout.counters.size(); ++i)
        weights.counters[own.first_counter + i] = attribute<double>(group, "counter_" + own.layout.counters[i], file);
    for (std::size_t i = 0; i < own.layout.slots.size(); ++i)
        get_weights(root, text(place, "/slots/", own.layout.slots[i]), file, *session.model,
                    weights.slots[own.first_slot + i].data(), nullptr, own.networks);
}

void put_training(Group& root, const Session& session, const Weights& weights, const Optimizers& optimizers,
                  const Snapshot& s) {
    Group& training = store::group_at(root, here);
    training.attributes.set("step_of_epoch", s.step_of_epoch);
    training.attributes.set("best_known", std::int64_t{s.best.has_value()});
    training.attributes.set("best", s.best.value_or(0));
    training.attributes.set("best_epoch", s.best_epoch);
    training.attributes.set("epochs_without_gain", s.epochs_without_gain);
    training.attributes.set("states_estimated", std::int64_t{s.estimated_at.has_value()});
    training.attributes.set("states_estimated_at", s.estimated_at.value_or(0));
    training.attributes.set("machine", s.machine);
    for (std::size_t p = 0; p < session.program.phases.size(); ++p)
        put_sums(root, session.program.phases[p], p < s.sums.phases.size() ? s.sums.phases[p] : Tally::Phase{});
    for (std::size_t i = 0; i < s.sums.metrics.size(); ++i)
        if (!s.sums.metrics[i].empty())
            store::put(root, text(here, "/sums/", i), {doubles(s.sums.metrics[i])});
    store::put(root, text(here, "/choices"), {store::Text{s.choices}});
    for (const PhaseOptimizer& own : optimizers.all())
        put_optimizer(root, session, weights, own);
    if (has_averages(weights, optimizers))
        put_weights(root, text(here, "/iterate"), *session.model, weights.parameters.data(), weights.states.data());
}

// An average that stands in /networks is also a slot: where the two differ somebody edited one of them.
void check_edits(const Group& root, const std::string& file, const Session& session, WeightsFrom from,
                 const Optimizers& optimizers, Weights& weights) {
    const std::byte* const averages = inference_parameters(weights, *session.model, optimizers);
    std::vector<std::byte> edited(session.model->parameter_bytes());
    std::vector<std::byte> states(session.model->state_bytes());
    get_weights(root, "networks", file, *session.model, edited.data(), states.data());
    if (edited.empty() || std::memcmp(averages, edited.data(), edited.size()) == 0)
        return;
    for (const PhaseOptimizer& own : optimizers.all()) {
        const auto slot = own.optimizer->inference_slot(Optimizers::counters_of(own, weights.counters));
        if (slot && from == WeightsFrom::undecided)
            throw InputError(text(file, ": /networks was edited and is no longer the average under /",
                                  group_of(session.program.phases[own.phase]), "/slots/", own.layout.slots[*slot],
                                  "; say --weights-from networks to go on from the edited weights, or "
                                  "--weights-from training to ignore the edit"));
        for (const Weight& w : session.model->parameters())
            if (slot && from == WeightsFrom::networks &&
                std::ranges::find(own.networks, session.model->graph().node(w.node).network) != own.networks.end())
                std::memcpy(weights.slots[own.first_slot + *slot].data() + w.offset, edited.data() + w.offset,
                            w.bytes());
    }
    if (from == WeightsFrom::networks)
        std::memcpy(weights.parameters.data(), edited.data(), edited.size());
}

}  // namespace

Group to_tree(const Session& session, const std::string& graph_text, Weights& weights, const Optimizers& optimizers,
              const Snapshot& s) {
    Group root;
    root.attributes.set("plexus_version", std::string(PLEXUS_VERSION));
    root.attributes.set("seed", std::int64_t{s.seed});
    root.attributes.set("step", s.step);
    root.attributes.set("epoch", s.epoch);
    const bool estimated = s.estimated_at && has_averages(weights, optimizers);
    put_weights(root, "networks", *session.model, inference_parameters(weights, *session.model, optimizers),
                estimated ? weights.inference_states.data() : weights.states.data());
    store::put(root, "graph", {store::Text{{graph_text}}});
    store::put(root, "data/tensors", {describe_tensors(session.tensors)});
    store::put(root, "data/classes", {store::Text{session.classes}});
    put_training(root, session, weights, optimizers, s);
    put_history(root, s.history);
    put_pictures(root, s.pictures);
    return root;
}

Snapshot from_tree(const Group& root, const std::string& file, const Session& session, const Optimizers& optimizers,
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
    s.machine = attribute<std::string>(*training, "machine", file);
    if (s.step_of_epoch > 0) {
        for (const PhaseText& phase : session.program.phases)
            s.sums.phases.push_back(get_sums(root, phase, file));
        s.sums.metrics.resize(session.parts.metrics.size());
        for (std::size_t i = 0; i < session.parts.metrics.size(); ++i)
            if (store::find_array(root, text(here, "/sums/", i)) != nullptr)
                s.sums.metrics[i] = doubles_at(root, text(here, "/sums/", i), file);
    }
    if (const store::Text* choices = store::find_text(root, text(here, "/choices")))
        s.choices = choices->items;
    for (const PhaseOptimizer& own : optimizers.all())
        get_optimizer(root, file, session, own, weights);
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
        check_edits(root, file, session, from, optimizers, weights);
    ++weights.version;
    s.history = history_of(root);
    s.pictures = pictures_of(root);
    return s;
}

std::string picture_file(std::uint64_t step) {
    return picture_name(step) + ".png";
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
