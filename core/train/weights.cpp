#include "core/train/weights.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include "core/diagnostic/thrown.hpp"
#include "plexus/initializer.hpp"
#include "plexus/random.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

std::string path_of(const Model& model, const Weight& weight) {
    const GraphNode& node = model.graph().node(weight.node);
    return text(node.network, "/", node.name, "/", weight.declaration.name);
}

bool is_of(const Weight& weight, const Model& model, std::span<const std::string> networks) {
    return networks.empty() || std::ranges::find(networks, model.graph().node(weight.node).network) != networks.end();
}

// Parameters and states of a node side by side, as the graph has its nodes.
std::vector<std::pair<const Weight*, bool>> in_graph_order(const Model& model, std::span<const std::string> networks) {
    std::vector<std::pair<const Weight*, bool>> all;
    for (const Weight& w : model.parameters())
        if (is_of(w, model, networks))
            all.emplace_back(&w, true);
    for (const Weight& w : model.states())
        if (is_of(w, model, networks))
            all.emplace_back(&w, false);
    std::stable_sort(all.begin(), all.end(),
                     [](const auto& a, const auto& b) { return a.first->node < b.first->node; });
    return all;
}

void collect(const store::Group& group, const std::string& path, std::vector<std::string>& out) {
    for (const auto& [name, node] : group.children) {
        const std::string below = path.empty() ? name : text(path, "/", name);
        if (const auto* inner = std::get_if<store::Group>(&node.content))
            collect(*inner, below, out);
        else
            out.push_back(below);
    }
}

}  // namespace

Weights::Weights(const Model& model, std::size_t slot_count, std::size_t counter_count)
    : parameters(model.parameter_bytes()),
      states(model.state_bytes()),
      inference_states(model.state_bytes()),
      counters(counter_count) {
    for (std::size_t i = 0; i < slot_count; ++i) {
        slots.emplace_back(model.parameter_bytes());
        slot_addresses.push_back(slots.back().data());
    }
}

void initialize(Weights& weights, const Model& model, const Factory& factory, std::uint32_t seed) {
    for (const Weight& w : model.parameters()) {
        auto* values = reinterpret_cast<float*>(weights.parameters.data() + w.offset);
        const auto count = static_cast<std::size_t>(w.declaration.shape.elements());
        const RandomKey key{seed, path_hash(path_of(model, w).c_str(), path_hash("initializer/"))};
        const auto initializer = factory.initializer(w.declaration.initializer);
        call_plugin(w.initializer, "while it filled a parameter", Blame::run, [&] {
            initializer->fill({values, count}, w.declaration.shape, key);
        });
    }
    for (const Weight& w : model.states()) {
        auto* values = reinterpret_cast<float*>(weights.states.data() + w.offset);
        std::fill_n(values, w.declaration.shape.elements(), w.declaration.initial);
    }
    ++weights.version;
}

std::optional<NonFinite> find_non_finite(const Weights& weights, const Model& model, const Optimizers& optimizers) {
    const auto any = [](const Memory& memory, const Weight& w, auto bad) {
        const auto* values = reinterpret_cast<const float*>(memory.data() + w.offset);
        return std::any_of(values, values + w.declaration.shape.elements(), bad);
    };
    const auto is_nan = [](float v) { return std::isnan(v); };
    const auto found = [&](const Weight& w, bool is_state, const std::string& slot) {
        return NonFinite{w.node, is_state, text(model.use(w.node).title, ", ", w.declaration.name, slot)};
    };
    for (const Weight& w : model.parameters())
        if (any(weights.parameters, w, [](float v) { return !std::isfinite(v); }))
            return found(w, false, "");
    for (const Weight& w : model.states())
        if (any(weights.states, w, is_nan))
            return found(w, true, "");
    for (const PhaseOptimizer& own : optimizers.all())
        for (std::size_t slot = 0; slot < own.layout.slots.size(); ++slot)
            for (const Weight& w : model.parameters())
                if (is_of(w, model, own.networks) && any(weights.slots[own.first_slot + slot], w, is_nan))
                    return found(w, false, ", slot " + own.layout.slots[slot]);
    return std::nullopt;
}

std::byte* inference_parameters(Weights& weights, const Model& model, const Optimizers& optimizers) {
    bool copied = false;
    for (const PhaseOptimizer& own : optimizers.all()) {
        const auto slot = own.optimizer->inference_slot(Optimizers::counters_of(own, weights.counters));
        if (!slot)
            continue;
        Memory& average = weights.slots[own.first_slot + *slot];
        if (std::ranges::all_of(model.parameters(), [&](const Weight& w) { return is_of(w, model, own.networks); }))
            return average.data();
        weights.mixed.reserve(model.parameter_bytes());
        if (!copied)
            std::memcpy(weights.mixed.data(), weights.parameters.data(), model.parameter_bytes());
        copied = true;
        for (const Weight& w : model.parameters())
            if (is_of(w, model, own.networks))
                std::memcpy(weights.mixed.data() + w.offset, average.data() + w.offset, w.bytes());
    }
    return copied ? weights.mixed.data() : weights.parameters.data();
}

bool has_averages(const Weights& weights, const Optimizers& optimizers) {
    const std::span<const double> counters = weights.counters;
    return std::ranges::any_of(optimizers.all(), [&](const PhaseOptimizer& own) {
        return own.optimizer->inference_slot(counters.subspan(own.first_counter, own.layout.counters.size()))
            .has_value();
    });
}

void put_weights(store::Group& root, const std::string& prefix, const Model& model, const std::byte* parameters,
                 const std::byte* states, std::span<const std::string> networks) {
    store::group_at(root, prefix);
    for (const auto& [weight, is_parameter] : in_graph_order(model, networks)) {
        const std::byte* base = is_parameter ? parameters : states;
        if (base == nullptr)
            continue;
        Array values({weight->declaration.shape, Element::float32});
        if (weight->bytes() != 0)
            std::memcpy(values.view().data, base + weight->offset, weight->bytes());
        store::put(root, text(prefix, "/", path_of(model, *weight)), {std::move(values)});
    }
}

void get_weights(const store::Group& root, const std::string& prefix, const std::string& file, const Model& model,
                 std::byte* parameters, std::byte* states, std::span<const std::string> networks) {
    std::string wrong;
    std::set<std::string> wanted;
    for (const auto& [weight, is_parameter] : in_graph_order(model, networks)) {
        std::byte* base = is_parameter ? parameters : states;
        if (base == nullptr)
            continue;
        const std::string path = path_of(model, *weight);
        wanted.insert(path);
        const Array* found = store::find_array(root, text(prefix, "/", path));
        const TensorType type{weight->declaration.shape, Element::float32};
        if (found == nullptr)
            wrong += text("\n  missing     ", path, " ", type.shape);
        else if (found->type() != type)
            wrong += text("\n  misshapen   ", path, " is ", found->type().element, " ", found->shape(), ", not ",
                          type.element, " ", type.shape);
        else if (weight->bytes() != 0)
            std::memcpy(base + weight->offset, found->view().data, weight->bytes());
    }
    std::vector<std::string> present;
    if (const store::Group* group = store::find_group(root, prefix))
        collect(*group, "", present);
    for (const std::string& path : present)
        if (!wanted.contains(path))
            wrong += text("\n  unexpected  ", path);
    if (!wrong.empty())
        throw InputError(text(file, ":/", prefix, ": these weights do not fit the graph:", wrong));
}

}  // namespace plexus
