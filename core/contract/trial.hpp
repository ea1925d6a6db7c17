// One use of one layer, loss or metric, run as a graph of its own by the real plan and executor.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/execute/executor.hpp"
#include "core/plan/plan.hpp"
#include "plexus/environment.hpp"
#include "plexus/infer.hpp"
#include "plexus/schema.hpp"
#include "plexus/tensor.hpp"

namespace plexus {

/// Runs forward and backward of a node whose inputs, parameters and output gradients are set by hand.
class Trial {
public:
    struct Options {
        Mode mode = Mode::training;
        std::int64_t batch = 4;  ///< where there is no input to say it
        std::int64_t shard = 2;
        /// Inputs before which something learns, and which therefore want a gradient; absent: all of floats do.
        std::optional<std::vector<std::size_t>> learning_inputs = {};
        std::uint32_t seed = 1;
        std::size_t threads = 2;
        std::optional<std::uint64_t> random_order = {};
        Precision precision = Precision::float32;
    };

    /// `attributes` in YAML's flow style. Each input's shape is [N, ...]. Throws what planning throws.
    Trial(const Environment& environment, Kind kind, const std::string& type, const std::string& attributes,
          std::vector<TensorType> inputs, Options options);
    ~Trial();

    /// Fills float inputs, parameters and output gradients with reproducible normal numbers.
    void randomize(std::uint32_t seed = 1);

    Array& input(std::size_t i);
    Array& parameter(const std::string& name);
    Array& state(const std::string& name);
    Array& carry(std::size_t i = 0);            // zeros until somebody writes there
    Array& output_gradient(std::size_t i = 0);  // shape of the output; the node's backward pass starts from it

    void run();  // forward and, in training, backward; counts as one more execution for random numbers

    /// Runs the plan otherwise than the executor does; returns the start of the arena, where the results lie.
    using Way = std::function<const std::byte*(Plan& plan, const Bindings& bindings, const StepInput& input)>;
    void run(const Way& way);

    const Array& output(std::size_t i = 0) const;
    const Array& next_carry(std::size_t i = 0) const;
    const Array& input_gradient(std::size_t i = 0) const;  // of inputs that have one
    const Array& parameter_gradient(const std::string& name) const;
    std::vector<double> partial(std::size_t i = 0) const;  // merged
    std::vector<std::string> parameters() const;
    std::vector<std::string> states() const;
    const std::vector<Carry>& carries() const;
    const Model& model() const;
    const NodePlan& node() const;
    std::size_t inputs() const;
    std::size_t outputs() const;
    void restart();  ///< the next run counts as the first again: the same random numbers

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace plexus
