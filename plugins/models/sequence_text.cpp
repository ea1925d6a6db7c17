#include "sequence_text.hpp"

namespace plexus::models {

void SequenceText::declare(Schema& schema) {
    schema.attribute("cell", "lstm", "type of the recurrent layers")
        .choices({"lstm", "gru", "simple_rnn"})
        .attribute("units", 128, "numbers in a state")
        .at_least(1)
        .any("embedding", {},
             "of tokens, the attributes of the embedding: {input_dim: 65, output_dim: 32}; left out, the input is "
             "[N, T, F]")
        .optional("mask_value", AttributeSpec::Form::number,
                  "the number that padding behind a sequence consists of; left out, all steps count")
        .attribute("dropout", 0.0, "rate of the dropout after each recurrent layer; 0: none")
        .at_least(0)
        .below(1);
}

SequenceText::SequenceText(const Attributes& a) : attributes_{a}, has_lengths_{a.has("mask_value")} {
    if (has_lengths_)
        network_.add("masking", "lengths", {{"mask_value", a.get<double>("mask_value")}, {"inputs", before_}});
    if (!a.has("embedding"))
        return;
    const Value& written = a.raw("embedding");
    if (!written.is_map())
        throw a.error("embedding",
                      "'embedding' wants the attributes of the layer: embedding: {input_dim: 65, "
                      "output_dim: 32}");
    network_.add_written("embedding", "embedding", written.map(), before_);
    before_ = "embedding";
}

void SequenceText::add(const std::string& type, const std::string& name,
                       std::vector<NetworkText::Attribute> attributes) {
    attributes.emplace_back("inputs", before_);
    network_.add(type, name, attributes);
    before_ = name;
}

void SequenceText::add_cell(const std::string& name, bool return_sequences, bool bidirectional, bool counted) {
    const auto cell = attributes_.get<std::string>("cell");
    Value use;
    use.set("units", attributes_.get<std::int64_t>("units"));
    if (return_sequences)
        use.set("return_sequences", true);
    const Value inputs = has_lengths_ && counted ? Value{Value::List{before_, "lengths"}} : Value{before_};
    if (bidirectional) {
        Value layer;
        layer.set(cell, use);
        network_.add("bidirectional", name, {{"layer", layer}, {"inputs", inputs}});
    } else {
        std::vector<NetworkText::Attribute> attributes;
        for (const Member& member : use.map())
            attributes.emplace_back(member.name.c_str(), member.value);
        attributes.emplace_back("inputs", inputs);
        network_.add(cell, name, attributes);
    }
    before_ = name;
}

void SequenceText::add_dropout(const std::string& name) {
    if (const auto rate = attributes_.get<double>("dropout"); rate > 0)
        add("dropout", name, {{"rate", rate}});
}

}  // namespace plexus::models
