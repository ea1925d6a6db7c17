// Runs single training steps of a program on its real plan, for tests that look at what a step leaves behind.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/execute/executor.hpp"
#include "core/plan/plan.hpp"
#include "core/plugin/types.hpp"
#include "core/train/carries.hpp"
#include "core/train/feed.hpp"
#include "core/train/optimizers.hpp"
#include "core/train/session.hpp"
#include "core/train/weights.hpp"
#include "plexus/environment.hpp"
#include "plexus/rewrites.hpp"

namespace plexus::test {

/// The plugins that ship, loaded once in a test program.
const Environment& shipped_plugins();

class Stepper {
public:
    struct Options {
        std::size_t threads = 2;
        std::optional<std::uint64_t> random_order = {};
        Rewrites rewrites = {};
    };

    /// `program` is the text of a graph file with a train section.
    Stepper(const std::string& program, Options options, const Environment& environment = shipped_plugins());

    /// One step on the next batch, in the natural order of the samples, round and round.
    StepOutcome step();
    /// The network's output in inference, with the weights of now, for the first samples.
    [[nodiscard]] std::vector<float> infer(const Rewrites& rewrites = {}) const;
    /// A parameter by its path, "generator/d1/kernel".
    [[nodiscard]] std::span<float> parameter(const std::string& path);
    /// What the last step's phases made small, per sample.
    [[nodiscard]] std::vector<double> losses();
    /// All parameters, states and slots, as bytes.
    [[nodiscard]] std::vector<std::byte> weights() const;
    [[nodiscard]] const Plan& plan() const noexcept { return plan_; }
    /// The plan itself, to spoil; no step is possible after that.
    [[nodiscard]] Plan take_plan() { return std::move(plan_); }
    [[nodiscard]] const Model& model() const noexcept { return *session_.model; }
    [[nodiscard]] std::uint64_t workers_seen() const noexcept { return workers_seen_; }

private:
    Session session_;
    Optimizers optimizers_;
    Executor executor_;
    Plan plan_;
    std::unique_ptr<Weights> weights_;
    Memory derived_;
    Carries carries_;
    std::unique_ptr<Feed> feed_;
    std::vector<std::uint32_t> samples_;
    std::uint64_t done_ = 0;
    std::uint64_t workers_seen_ = 0;
};

/// Small programs that between them use every kind of stage, slice and sum: a chain with dropout and max pooling, a
/// residual block with batch normalisation, a wide dense layer in tiles, gradient clipping.
struct NamedProgram {
    const char* name;
    const char* text;
};
const std::vector<NamedProgram>& small_programs();

}  // namespace plexus::test
