#include "core/plugin/own_types.hpp"

#include "core/scan/scan.hpp"
#include "plexus/registry.hpp"

namespace plexus {

void register_own_types(Registry& registry) {
    using enum AttributeSpec::Form;
    registry.layer<Scan>("scan", "Runs a small network at each step of a sequence, with states from step to step")
        .required("network", network,
                  "what is computed at a step; in it `input` is the step of x, and states are read "
                  "by their names")
        .any("states", {}, "what lives from step to step, a map of names and shapes of one sample: {h: [64]}")
        .optional("next", references, "what each state becomes, a map: {h: NODE}")
        .optional("output", references, "the node whose output is y; without it the last one")
        .attribute("return_sequences", false, "y has the output of each step, not of the last one alone")
        .attribute("return_state", false, "further outputs: the states after the last step")
        .attribute("go_backwards", false, "takes the steps from the last to the first, and returns them in that order")
        .inputs(1, Schema::unlimited)
        .any_element()
        .formula("y_t, h_t = network(x_t, h_(t-1))")
        .shapes(
            "x        [N, T, ...]\n"
            "states   [N, ...]     inputs, optional: before the first step\n"
            "lengths  [N]          input, optional, int32: steps of each sample\n"
            "y        [N, ...], with return_sequences [N, T, ...]; 0 beyond a sample's length\n"
            "states   [N, ...]     outputs with return_state");
    registry.layer<TimeDistributed>("time_distributed", "Does the same at each step of a sequence")
        .required("layer", network, "what is done at a step: a layer, or a list of nodes")
        .inputs(1, 2)
        .any_element()
        .formula("y_t = layer(x_t)")
        .shapes(
            "x        [N, T, ...]\n"
            "lengths  [N]          input, optional, int32: steps of each sample\n"
            "y        [N, T, ...]; 0 beyond a sample's length");
}

}  // namespace plexus
