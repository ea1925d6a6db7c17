// Recurrent layers as plain loops in double, and their gradients by central differences of these loops.
#pragma once
#include <array>
#include <string>
#include <vector>

#include "tests/support/layer_under_test.hpp"

namespace plexus::test {

/// One use of a recurrent layer with all its numbers.
struct Sequence {
    std::string type;  ///< simple_rnn, lstm or gru
    bool relu = false;
    bool reset_after = true;
    bool return_sequences = false;
    bool return_state = false;
    bool go_backwards = false;
    bool use_bias = true;
    bool initial_state = false;
    bool has_lengths = false;
    double dropout = 0;
    std::size_t samples = 3, steps = 4, features = 2, units = 3;

    std::vector<double> x = {};                       ///< [N, T, F]
    std::array<std::vector<double>, 2> initial = {};  ///< [N, U] each
    std::vector<std::int32_t> lengths = {};
    std::vector<double> kernel = {};            ///< [F, G U]
    std::vector<double> recurrent_kernel = {};  ///< [U, G U]
    std::vector<double> bias = {};              ///< [G U] or [2, G U]
    std::vector<double> mask = {};              ///< [N, U] what products see of the state, or nothing: all of it

    [[nodiscard]] std::size_t states() const { return type == "lstm" ? 2 : 1; }
    [[nodiscard]] std::string attributes() const;
    [[nodiscard]] std::vector<TensorType> inputs() const;
    /// Takes its numbers from the layer.
    void read(LayerUnderTest& layer);
    /// y, and the states where they are returned.
    [[nodiscard]] std::vector<std::vector<double>> outputs() const;
};

/// By each of `values`, a member of `sequence`: of the sum of all outputs, each times its gradient in `layer`.
std::vector<double> central_differences(Sequence& sequence, std::vector<double>& values, LayerUnderTest& layer);

/// Runs the layer, and checks its values against the loops, and all its gradients against central differences of these.
void check_against_loops(Sequence& sequence, LayerUnderTest& layer);

}  // namespace plexus::test
