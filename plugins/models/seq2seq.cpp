#include "models.hpp"
#include "sequence_text.hpp"

namespace plexus::models {
namespace {

/// Reads a sequence to its end, then writes another, as Keras's example of addition does:
///     [masking] [embedding]
///     encoder: lstm, gru or simple_rnn  [dropout]
///     repeat_vector(steps): its last state, once for each step that is written
///     `layers` times, decoder: the same type, which returns all states  [dropout]
///     dense(classes), for each step
Value seq2seq(const Attributes& a) {
    SequenceText network{a};
    network.add_cell("encoder", false, a.get<bool>("bidirectional"), true);
    network.add_dropout("encoder_dropout");
    network.add("repeat_vector", "repeated", {{"n", a.get<std::int64_t>("steps")}});
    for (int layer = 1; layer <= a.get<int>("layers"); ++layer) {
        const std::string name = "decoder" + std::to_string(layer);
        network.add_cell(name, true, false, false);
        network.add_dropout(name + "_dropout");
    }
    network.add("dense", "fc", {{"units", a.get<std::int64_t>("classes")}});
    return network.program();
}

}  // namespace

void add_seq2seq(Registry& registry) {
    Schema& schema = registry.model("seq2seq", "An encoder reads a sequence, a decoder writes another", seq2seq);
    schema.required("classes", AttributeSpec::Form::integer, "outputs of the last layer, for each step")
        .at_least(1)
        .required("steps", AttributeSpec::Form::integer, "steps that are written")
        .at_least(1)
        .attribute("layers", 1, "recurrent layers of the decoder")
        .range(1, 1000)
        .attribute("bidirectional", false, "the encoder reads in both directions");
    SequenceText::declare(schema);
}

}  // namespace plexus::models
