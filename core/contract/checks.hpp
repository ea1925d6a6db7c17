// All that a type is held to, by name.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "core/contract/example.hpp"
#include "core/contract/uses.hpp"

namespace plexus {

struct CheckSettings {
    std::uint32_t seed = 1;  ///< of the numbers that gradients are compared at
    bool fork = true;        ///< false: nothing is done in child processes
};

/// A check of one use of a layer, loss or metric.
struct ExampleCheck {
    const char* name;
    const char* promise;  ///< "backward is the derivative of forward"
    /// What touches foreign memory, or is never twice the same, makes other checks fail by chance: these come first,
    /// and a type that fails here is not held to the rest.
    bool comes_first;
    bool looks_at_numbers;  ///< which have to be finite
    bool is_of_derivative;  ///< which Schema::surrogate_gradient() is not
    Findings (*run)(const Example& example, const CheckSettings& settings);
};

[[nodiscard]] const std::vector<ExampleCheck>& example_checks();

/// True for layers, losses and metrics: they are tried by examples.
[[nodiscard]] bool has_examples(Kind kind) noexcept;

/// The check of a type of another kind, named as the kind.
[[nodiscard]] UsesTried check_other(const Schema& schema, const Environment& environment, const UseSettings& settings);

}  // namespace plexus
