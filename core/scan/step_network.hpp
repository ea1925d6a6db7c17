// What a scan was told: the network of one step, its states, and what is handed from step to step.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/graph/graph.hpp"
#include "core/plugin/types.hpp"

namespace plexus {

/// A tensor that lives from step to step.
struct ScanState {
    std::string name;
    Shape shape;  ///< of one sample
    Position position;
};

/// Where the value that a state becomes comes from.
struct Handed {
    enum class From : std::uint8_t { result, state, input };
    From from = From::result;
    std::size_t index = 0;  ///< in StepNetwork::results or states
    friend bool operator==(const Handed&, const Handed&) = default;
};

struct StepNetwork {
    Graph graph;
    std::vector<std::size_t> sources;  ///< nodes: x_t, then the states
    std::vector<ScanState> states;
    std::vector<Endpoint> results;  ///< outputs of nodes that are handed on, each once; the first is y_t
    std::vector<Handed> next;       ///< per state
    bool return_sequences = false;
    bool return_state = false;
    bool go_backwards = false;
};

/// Of the attributes of a scan. Throws InputError for a state without a next value, a name that means nothing, a state
/// that nobody reads, and whatever building a graph refuses.
[[nodiscard]] StepNetwork read_scan(const Attributes& attributes, const Types& types);
/// Likewise: `layer`, at each step by itself.
[[nodiscard]] StepNetwork read_time_distributed(const Attributes& attributes, const Types& types);

}  // namespace plexus
