// What a worker does in a step, for the report of a crash.
#pragma once
#include "core/diagnostic/activity.hpp"
#include "core/execute/operation.hpp"

namespace plexus {

/// Whose code an operation runs; null where it is the core's own.
[[nodiscard]] const PluginUse* use_of(const Plan& plan, const Op& op, const StepInput& input) noexcept;

/// Reads the state that the operations of a task are run with: so there is nothing to note for each of them.
class StepCall final : public Activity {
public:
    StepCall(const StepState& state, const StepInput& input) noexcept : state_(state), input_(input) {}

    [[nodiscard]] const PluginUse* use() const noexcept override;
    void say_where(CrashText& text) const noexcept override;

private:
    const StepState& state_;
    const StepInput& input_;
};

}  // namespace plexus
