#include "core/plan/node_plan.hpp"

#include "plexus/text.hpp"

namespace plexus {
namespace {

using Role = Operand::Role;

TensorType bytes_type(std::size_t bytes) {
    return {{static_cast<std::int64_t>(bytes)}, Element::uint8};
}

TensorType doubles(std::size_t count) {
    return {{static_cast<std::int64_t>(count)}, Element::float64};
}

}  // namespace

OperandTable::OperandTable(const NodeSignature& s, std::size_t derived) {
    const std::size_t counts[] = {s.inputs.size(),   s.outputs.size(), s.saved.size(),  s.parameters.size(),
                                  s.states.size(),   s.shared.size(),  derived,         s.partials.size(),
                                  s.partials.size(), s.outputs.size(), s.inputs.size(), s.parameters.size(),
                                  s.carries.size(),  s.carries.size()};
    for (std::size_t role = 0; role < std::size(counts); ++role)
        first_[role + 1] = first_[role] + static_cast<std::uint32_t>(counts[role]);
}

Operand OperandTable::operand(std::size_t number) const noexcept {
    std::size_t role = 0;
    while (first_[role + 1] <= number)
        ++role;
    return {static_cast<Role>(role), number - first_[role]};
}

bool is_derivation(const Stage& stage) noexcept {
    if (stage.over != Over::batch || stage.writes.empty())
        return false;
    for (const Operand& o : stage.writes)
        if (o.role != Role::derived)
            return false;
    return true;
}

std::string NodePlan::title() const {
    return signature.node->title();
}

void NodePlan::close() {
    operands = OperandTable(signature, derived.size());
    types.clear();
    const auto shapes = [](const std::vector<WeightDeclaration>& weights, std::vector<TensorType>& out) {
        for (const auto& w : weights)
            out.push_back({w.shape, Element::float32});
    };
    types.insert(types.end(), signature.inputs.begin(), signature.inputs.end());
    types.insert(types.end(), signature.outputs.begin(), signature.outputs.end());
    for (const auto& s : signature.saved)
        types.push_back(s.type);
    shapes(signature.parameters, types);
    shapes(signature.states, types);
    for (const auto& s : signature.shared)
        types.push_back(s.type);
    for (const auto& d : derived)
        types.push_back(bytes_type(d.second));
    for (int twice = 0; twice < 2; ++twice)
        for (const auto& p : signature.partials)
            types.push_back(doubles(p.second));
    types.insert(types.end(), signature.outputs.begin(), signature.outputs.end());
    types.insert(types.end(), signature.inputs.begin(), signature.inputs.end());
    shapes(signature.parameters, types);
    for (int twice = 0; twice < 2; ++twice)
        for (const auto& carry : signature.carries)
            types.push_back(carry.type);

    for (const Stage& stage : stages)
        for (const auto* list : {&stage.reads, &stage.writes})
            for (const Operand& operand : *list)
                if (operand.index >= operands.count(operand.role))
                    throw RunError(signature.node->use.position, text(title(), ": its stage '", stage.name,
                                                                      "' names an operand that it never declared"));
}

Mode PlanContext::mode() const noexcept {
    return node_.signature.mode;
}
Precision PlanContext::precision() const noexcept {
    return node_.precision;
}
bool PlanContext::wants_tiles() const noexcept {
    return node_.tiles;
}
std::int64_t PlanContext::batch() const noexcept {
    return node_.batch;
}
std::size_t PlanContext::largest_of_samples() const noexcept {
    return node_.largest_of_samples;
}
const std::vector<std::int64_t>& PlanContext::shard_sizes() const noexcept {
    return node_.shard_sizes;
}
std::size_t PlanContext::workers() const noexcept {
    return node_.workers;
}
std::size_t PlanContext::inputs() const noexcept {
    return node_.signature.inputs.size();
}
const TensorType& PlanContext::input(std::size_t i) const {
    return node_.signature.inputs.at(i);
}
const TensorType& PlanContext::output(std::size_t i) const {
    return node_.signature.outputs.at(i);
}

const TensorType& PlanContext::parameter(std::size_t i) const {
    // Types are gathered by close(), after planning; until then a parameter's is made on demand.
    auto& types = node_.types;
    const auto& declared = node_.signature.parameters;
    if (types.size() != declared.size()) {
        types.clear();
        for (const auto& p : declared)
            types.push_back({p.shape, Element::float32});
    }
    return types.at(i);
}

bool PlanContext::wants_input_gradient(std::size_t i) const {
    return training() && node_.wants_input_gradient.at(i);
}
bool PlanContext::wants_parameter_gradient() const {
    return training() && node_.wants_parameter_gradient;
}

bool PlanContext::wants_gradient() const {
    bool any = wants_parameter_gradient();
    for (std::size_t i = 0; i < inputs(); ++i)
        any = any || wants_input_gradient(i);
    return any;
}

std::span<const Neighbour> PlanContext::absorbed() const noexcept {
    return node_.absorbed;
}

PlanContext::Counts PlanContext::counts() const noexcept {
    const NodeSignature& s = node_.signature;
    return {s.inputs.size(), s.outputs.size(),  s.saved.size(),  s.parameters.size(),
            s.states.size(), s.partials.size(), s.carries.size()};
}

std::size_t PlanContext::derived(std::string name, std::size_t bytes) {
    node_.derived.emplace_back(std::move(name), bytes);
    return node_.derived.size() - 1;
}

std::size_t PlanContext::forward(Stage stage) {
    node_.stages.insert(node_.stages.begin() + static_cast<std::ptrdiff_t>(node_.forward_stages), std::move(stage));
    return node_.forward_stages++;
}

std::size_t PlanContext::backward(Stage stage) {
    node_.stages.push_back(std::move(stage));
    return node_.stages.size() - 1;
}

void PlanContext::choose(std::string what, std::string choice) {
    node_.choices.emplace_back(std::move(what), std::move(choice));
}

InputError PlanContext::error(const std::string& message) const {
    return node_.signature.error(message);
}

}  // namespace plexus
