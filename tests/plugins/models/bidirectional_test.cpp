// What the nodes of `bidirectional` compute together, one after the other by hand; models_test.cpp says which they are.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "tests/plugins/fixture.hpp"
#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

constexpr std::int64_t samples = 3, steps = 6, features = 4, units = 5;

struct Direction : LayerUnderTest {
    Direction(const Fixture& torch, const std::string& name, const std::string& more)
        : LayerUnderTest{"lstm",
                         "{units: 5, return_sequences: true" + more + "}",
                         {{{samples, steps, features}, Element::float32}, {{samples}, Element::int32}}} {
        torch.copy("x", input(0).as());
        torch.copy("lengths", input(1).as<std::int32_t>());
        for (const char* parameter_name : {"kernel", "recurrent_kernel", "bias"})
            torch.copy(name + "." + parameter_name, parameter(parameter_name).as());
    }
};

void hand(const Array& from, Array& to) {
    std::ranges::copy(from.as(), to.as().begin());
}

}  // namespace

TEST_CASE("bidirectional: its nodes compute PyTorch's bidirectional LSTM, with padding") {
    const Fixture torch{"bidirectional"};
    const TensorType states{{samples, steps, units}, Element::float32};
    Direction forward{torch, "forward", ""}, backward{torch, "backward", ", go_backwards: true"};
    LayerUnderTest turned{"flip", "{axis: 1}", {states}}, merged{"concatenate", "", {states, states}};
    const auto run_all = [&] {
        forward.run();
        backward.run();
        hand(backward.output(), turned.input(0));
        turned.run();
        hand(forward.output(), merged.input(0));
        hand(turned.output(), merged.input(1));
        torch.copy("dy", merged.output_gradient().as());
        merged.run();
    };
    run_all();
    CHECK(largest_error(merged.output().as(), torch["y"]) < 1e-6);

    hand(merged.input_gradient(0), forward.output_gradient());
    hand(merged.input_gradient(1), turned.output_gradient());
    turned.run();
    hand(turned.input_gradient(), backward.output_gradient());
    run_all();
    std::vector<float> dx(forward.input_gradient(0).as().begin(), forward.input_gradient(0).as().end());
    for (std::size_t i = 0; i < dx.size(); ++i)
        dx[i] += backward.input_gradient(0).as()[i];
    CHECK(largest_error(dx, torch["dx"]) < 1e-6);
}
