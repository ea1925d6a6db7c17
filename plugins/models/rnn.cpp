#include "models.hpp"
#include "sequence_text.hpp"

namespace plexus::models {
namespace {

/// A recurrent network:
///     [masking] [embedding]
///     `layers` times:  lstm, gru or simple_rnn, or two of them with `bidirectional`  [dropout]
///     dense(classes)
/// The last layer returns its last state, for one answer to a sequence; with `return_sequences` all of them, for one to
/// each step, as a language model or a labelling wants.
Value rnn(const Attributes& a) {
    SequenceText network{a};
    const int layers = a.get<int>("layers");
    for (int layer = 1; layer <= layers; ++layer) {
        const std::string number = std::to_string(layer);
        network.add_cell("recurrent" + number, layer < layers || a.get<bool>("return_sequences"),
                         a.get<bool>("bidirectional"), true);
        network.add_dropout("dropout" + number);
    }
    network.add("dense", "fc", {{"units", a.get<std::int64_t>("classes")}});
    return network.program();
}

}  // namespace

void add_rnn(Registry& registry) {
    Schema& schema = registry.model("rnn", "Recurrent layers, then a dense layer", rnn);
    schema.required("classes", AttributeSpec::Form::integer, "outputs of the last layer")
        .at_least(1)
        .attribute("layers", 1, "recurrent layers, one after the other")
        .range(1, 1000)
        .attribute("bidirectional", false, "each of them in both directions, side by side")
        .attribute("return_sequences", false, "an output for each step, not one for the sequence");
    SequenceText::declare(schema);
}

}  // namespace plexus::models
