// The contract of an optimizer: how a gradient changes a parameter.
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "plexus/schedule.hpp"

namespace plexus {

struct UpdateState;
struct OptimizerLayout;

/// Where an optimizer says what it keeps. A name that is taken already, by what it wraps, is saved with a number.
class PLEXUS_API OptimizerContext {
public:
    explicit OptimizerContext(OptimizerLayout& layout) : layout_(layout) {}
    /// A tensor like each parameter, zero at first; saved. Returns its index.
    std::size_t slot(std::string name);
    /// One number for the whole run, zero at first; saved. Returns its index.
    std::size_t counter(std::string name);
    /// update() wants UpdateContext::gradient_norm(): it then waits for all gradients.
    void gradient_norm();

private:
    OptimizerLayout& layout_;
};

/// One tile of one parameter: equal places of all spans belong together. Nothing here allocates or throws.
class PLEXUS_API UpdateContext {
public:
    explicit UpdateContext(const UpdateState& state) noexcept : state_(state) {}
    /// To be changed in place.
    [[nodiscard]] std::span<float> parameter() const noexcept;
    /// Of the batch's mean loss.
    [[nodiscard]] std::span<const float> gradient() const noexcept;
    /// As the last step left it; to be changed in place.
    [[nodiscard]] std::span<float> slot(std::size_t i) const noexcept;
    /// As begin_step() left it.
    [[nodiscard]] double counter(std::size_t i) const noexcept;
    /// What Optimizer::learning_rate() said of this step.
    [[nodiscard]] double learning_rate() const noexcept;
    /// The 2-norm of all gradients together.
    [[nodiscard]] double gradient_norm() const noexcept;

private:
    const UpdateState& state_;
};

/// Constructed as T(const Attributes&) or T(const Attributes&, const Factory&). Constant: what changes is in slots and
/// counters, which the framework keeps, saves and restores.
class PLEXUS_API Optimizer {
public:
    virtual ~Optimizer();
    /// Slots and counters, in the order of their indices. Once, while planning.
    virtual void declare(OptimizerContext& c) const = 0;
    /// Of the step that is about to start.
    [[nodiscard]] virtual double learning_rate(const Progress& progress) const = 0;
    /// Before each step, once, on one thread: moves the counters on.
    virtual void begin_step(const Progress& progress, std::span<double> counters) const;
    /// Per tile, on any thread: gradient -> slots and parameter.
    virtual void update(const UpdateContext& c) const = 0;
    /// The slot whose values are the weights for inference (an average), once there is one. Default: none; the
    /// parameters themselves are.
    [[nodiscard]] virtual std::optional<std::size_t> inference_slot(std::span<const double> counters) const;
};

}  // namespace plexus
