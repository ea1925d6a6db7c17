// An example brought to life, and what a run of it left behind.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/contract/example.hpp"
#include "core/contract/trial.hpp"

namespace plexus {

/// A batch that no shard of two divides.
inline constexpr std::int64_t odd_batch = 5;

struct RunOptions {
    std::int64_t batch = odd_batch;
    std::int64_t shard = 2;
    Mode mode = Mode::training;
    std::optional<std::vector<std::size_t>> learning_inputs = {};  ///< see Trial::Options
    bool zeros = false;                                            ///< some of the inputs' elements are exactly 0
    std::size_t threads = 1;
    std::optional<std::uint64_t> random_order = {};
    std::uint32_t seed = 1;  ///< of the numbers
};

/// With reproducible numbers in inputs, parameters and output gradients. The same for a sample whatever the batch.
class Running {
public:
    Running(const Example& example, const RunOptions& options);
    [[nodiscard]] Trial& layer() noexcept { return layer_; }
    /// As if for the first time: states and random numbers as they were.
    void run();
    void run(const Trial::Way& way);

private:
    void rewind();

    Trial layer_;
    std::vector<Array> states_;
};

/// Inputs of a layer that learn, where not all do.
struct SomeLearn {
    std::string where;                ///< "as the first of a network": none of them learns, but parameters do
    std::vector<std::size_t> inputs;  ///< for RunOptions::learning_inputs
};
std::vector<SomeLearn> where_some_learn(const Example& example);

/// Modes in which the type can be told apart: training, inference and, where it has something to estimate, estimate.
std::vector<Mode> modes_of(const Example& example);
std::string_view to_string(Mode mode) noexcept;

/// An element of whatever type.
double number_at(const Array& array, std::size_t i);

struct NamedArray {
    std::string name;  ///< "output 0"
    Array values;
};

/// Outputs, states, gradients of inputs and parameters; of a metric the merged partial, and what it reports of it.
std::vector<NamedArray> results_of(Trial& layer);

/// Where the bits differ first: "output 0 differs at element 7: 1.5 and 1.25"; empty if nowhere.
std::string first_difference(const std::vector<NamedArray>& a, const std::vector<NamedArray>& b);
/// The same for numbers that are not equal up to rounding.
std::string first_distance(const std::vector<NamedArray>& a, const std::vector<NamedArray>& b, double tolerance);
/// "output 0 holds nan at element 7"; empty if all is finite.
std::string first_non_finite(const std::vector<NamedArray>& results);

}  // namespace plexus
