// One node while it is planned for a batch size: the record behind PlanContext, kept by the plan.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/diagnostic/activity.hpp"
#include "core/plan/signature.hpp"
#include "plexus/layer.hpp"
#include "plexus/work.hpp"

namespace plexus {

/// The operand lists of a node in one fixed order, so that an operand is a number.
class OperandTable {
public:
    OperandTable() = default;
    explicit OperandTable(const NodeSignature& signature, std::size_t derived);

    /// The number of an operand; the roles' blocks follow one another.
    [[nodiscard]] std::size_t number(Operand operand) const noexcept {
        return first_[static_cast<std::size_t>(operand.role)] + operand.index;
    }
    [[nodiscard]] std::size_t count(Operand::Role role) const noexcept {
        return first_[static_cast<std::size_t>(role) + 1] - first_[static_cast<std::size_t>(role)];
    }
    [[nodiscard]] std::size_t size() const noexcept { return first_.back(); }
    [[nodiscard]] Operand operand(std::size_t number) const noexcept;

private:
    std::array<std::uint32_t, 15> first_{};
};

/// True for tensors with one row per sample: [N, ...].
[[nodiscard]] constexpr bool per_sample(Operand::Role role) noexcept {
    using enum Operand::Role;
    return role == input || role == output || role == saved || role == output_gradient || role == input_gradient ||
           role == carry || role == next_carry;
}

/// A stage that does nothing but pack parameters: needless while these do not change.
[[nodiscard]] bool is_derivation(const Stage& stage) noexcept;

struct NodePlan {
    NodeSignature signature;
    const Layer* layer = nullptr;
    const PluginUse* use = nullptr;       ///< the model's
    std::size_t number = 0;               ///< in the graph
    std::vector<Endpoint> inputs;         ///< what it reads, in the graph
    std::vector<std::size_t> guests;      ///< graph nodes whose work it does
    std::vector<Neighbour> absorbed;      ///< the same, as it is told
    std::vector<std::size_t> parameters;  ///< per operand: number in Model::parameters()
    std::vector<std::size_t> states;
    std::uint32_t path = 0;  ///< hash of the call path, for random numbers
    Precision precision = Precision::float32;
    bool tiles = true;  ///< are wanted, see Rewrites::tile
    std::int64_t batch = 0;
    std::size_t largest_of_samples = 0;  ///< bytes, of any node
    std::vector<std::int64_t> shard_sizes;
    std::size_t workers = 1;
    std::vector<bool> wants_input_gradient;
    bool wants_parameter_gradient = false;
    std::vector<std::pair<std::string, std::size_t>> derived;  ///< name, bytes
    std::vector<Stage> stages;                                 ///< forward, then backward
    std::size_t forward_stages = 0;
    std::vector<std::pair<std::string, std::string>> choices;
    std::unique_ptr<Work> work;
    OperandTable operands;
    std::vector<TensorType> types;  ///< per operand number, of the whole batch

    /// Checks what the layer declared and fills `operands` and `types`. Throws RunError: the plugin is at fault.
    void close();
    /// "relu 'r1'"
    [[nodiscard]] std::string title() const;
};

}  // namespace plexus
