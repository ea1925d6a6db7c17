// Runs plans as TBB tasks.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/execute/memory.hpp"
#include "core/execute/operation.hpp"
#include "core/plan/plan.hpp"

namespace plexus {

/// The memories of a step that outlive it; the arena and the scratch are the executor's.
struct Bindings {
    std::byte* batch = nullptr;
    std::byte* parameters = nullptr;
    std::byte* states = nullptr;
    std::byte* derived = nullptr;
    std::byte* gradients = nullptr;
    std::byte* carries = nullptr;
    std::byte* next_carries = nullptr;
    std::span<std::byte* const> slots = {};  ///< of the optimizer
};

struct StepOutcome {
    bool finite_loss = true;
    std::optional<std::uint32_t> bad_update;  ///< operation whose gradient is not finite; its tile kept its weights
    std::uint64_t workers = 0;                ///< bit w: worker w ran a task
    double waited = 0;                        ///< seconds from the end of the plan's tasks to that of the background
};

/// Work that runs beside a step, on the same threads, and waits for nothing: loading the next batch.
class Background {
public:
    virtual ~Background() = default;
    [[nodiscard]] virtual std::size_t pieces() const = 0;
    virtual void run(std::size_t piece) = 0;
};

/// Owns one arena and one scratch per worker, sized for the largest plan that was prepared. One step at a time.
class Executor {
public:
    struct Options {
        std::size_t threads = 0;                         ///< 0: as many as the machine has
        std::optional<std::uint64_t> random_order = {};  ///< for tests: ready tasks are taken by chance, from this seed
    };

    explicit Executor(const Options& options);
    Executor(const Executor&) = delete;
    Executor& operator=(const Executor&) = delete;
    ~Executor();

    [[nodiscard]] std::size_t workers() const noexcept;
    /// Makes room for a plan. Every plan of a run is prepared before its first step.
    void prepare(const Plan& plan);

    /// One step. When layers throw, the fault that is earliest in the step's order among those that were thrown is
    /// thrown here, after everything has come to rest, as RunError with the node's position. Allocates nothing.
    StepOutcome run(const Plan& plan, const Bindings& bindings, const StepInput& input, Background* beside = nullptr);
    /// The step again, up to the first value that is not finite; see first_non_finite().
    [[nodiscard]] std::string find_non_finite(const Plan& plan, const Bindings& bindings, const StepInput& input,
                                              const Model& model);

    /// Where a result of the last step lies.
    [[nodiscard]] ConstTensor result(const Result& result) noexcept;
    [[nodiscard]] std::size_t arena_bytes() const noexcept { return arena_.bytes(); }

private:
    struct Parts;
    void bind(const Plan& plan, const Bindings& bindings);

    Memory arena_;
    std::vector<Memory> scratch_;
    std::unique_ptr<Parts> parts_;
};

}  // namespace plexus
