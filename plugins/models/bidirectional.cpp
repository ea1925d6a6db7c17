#include "models.hpp"
#include "network_text.hpp"

namespace plexus::models {
namespace {

const char* merging_layer(const std::string& mode) {
    if (mode == "concat")
        return "concatenate";
    if (mode == "sum")
        return "add";
    return mode == "mul" ? "multiply" : "average";
}

/// A recurrent layer in both directions, each with weights of its own, as keras.layers.Bidirectional has it:
///     LAYER forward              reads all that this node reads: the sequence, initial states, lengths
///     LAYER backward             likewise, with go_backwards
///     flip turned                where the whole sequence is returned: back into the order of x
///     concatenate, add, ... merged
/// Final states, with return_state, are outputs of NAME_forward and NAME_backward.
Value bidirectional(const Attributes& a) {
    const TypedValue& layer = a.typed("layer");
    const Value* sequences = layer.attributes.values().find("return_sequences");
    const Value* backwards = layer.attributes.values().find("go_backwards");
    if (sequences == nullptr || backwards == nullptr)
        throw a.error("layer", text("'", layer.type,
                                    "' has no 'return_sequences' and 'go_backwards'; bidirectional wants a recurrent "
                                    "layer: layer: {lstm: {units: 128}}"));
    if (backwards->boolean())
        throw a.error("layer",
                      "the layer goes backwards already; bidirectional takes both directions: leave out "
                      "'go_backwards'");
    std::vector<NetworkText::Attribute> attributes;
    if (const Value& written = a.raw("layer"); written.is_map() && written.map().front().value.is_map())
        for (const Member& member : written.map().front().value.map())
            attributes.emplace_back(member.name.c_str(), member.value);
    attributes.emplace_back("inputs", "input.*");
    NetworkText network;
    network.add(layer.type, "forward", attributes);
    attributes.emplace_back("go_backwards", true);
    network.add(layer.type, "backward", attributes);
    std::string second = "backward";
    if (sequences->boolean()) {
        second = "turned";
        network.add("flip", second, {{"axis", 1}});
    }
    network.add(merging_layer(a.get<std::string>("merge_mode")), "merged",
                {{"inputs", Value::List{"forward", second}}});
    return network.program();
}

}  // namespace

void add_bidirectional(Registry& registry) {
    registry.model("bidirectional", "A recurrent layer in both directions, for a node of a network", bidirectional)
        .required("layer", AttributeSpec::Form::typed, "the recurrent layer: {lstm: {units: 128}}")
        .attribute("merge_mode", "concat", "how the two outputs become one")
        .choices({"concat", "sum", "mul", "ave"});
}

}  // namespace plexus::models
