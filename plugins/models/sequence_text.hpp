// What templates of recurrent networks have in common: cells, tokens as input, and padding.
#pragma once
#include <string>

#include "network_text.hpp"

namespace plexus::models {

/// Writes nodes one after the other; each recurrent layer is told which steps are padding, where that is asked for.
class SequenceText {
public:
    /// The attributes that all have: cell, units, embedding, mask_value, dropout.
    static void declare(Schema& schema);

    /// Begins with what these ask for: masking of the input, and its embedding.
    explicit SequenceText(const Attributes& a);

    /// Reads what was added last.
    void add(const std::string& type, const std::string& name, std::vector<NetworkText::Attribute> attributes = {});
    /// A layer of the cell that was asked for. `counted`: x is as long as the input, whose padding is left out.
    void add_cell(const std::string& name, bool return_sequences, bool bidirectional, bool counted);
    /// Where a rate was given.
    void add_dropout(const std::string& name);

    [[nodiscard]] Value program() const { return network_.program(); }

private:
    const Attributes& attributes_;
    NetworkText network_;
    std::string before_ = "input";
    bool has_lengths_ = false;
};

}  // namespace plexus::models
