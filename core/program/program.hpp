// All that a YAML file says, after templates were expanded and every attribute was checked.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/graph/graph.hpp"
#include "plexus/dataset.hpp"
#include "plexus/override.hpp"
#include "plexus/schedule.hpp"

namespace plexus {

class Types;  // the registry's reading side, core/plugin/types.hpp

struct NodeText {
    std::string name;
    TypedValue use;
    std::vector<Value> inputs;  ///< references as written (with positions); empty: the node before, or the source
    bool is_call = false;       ///< in a phase: of the network that `use.type` names
};

struct NetworkText {
    std::string name;  ///< "main" in the short form
    std::vector<NodeText> nodes;
    Position position;
};

/// A loss or a metric: a node outside of the networks.
struct JudgeText {
    std::string name;  ///< the type's name unless `name:` says otherwise
    TypedValue use;
    std::vector<Value> inputs;  ///< empty: the network's last output and the source's second tensor
    double weight = 1;          ///< of a loss, in the sum that its phase makes small
};

/// One kind of step: what it computes, what it makes small, and which networks it changes for that.
struct PhaseText {
    std::string name;             ///< "main" in the short form
    std::vector<NodeText> nodes;  ///< layers and calls of networks
    std::vector<JudgeText> losses;
    std::vector<JudgeText> metrics;
    std::vector<std::string> updates;     ///< names of networks
    std::optional<TypedValue> optimizer;  ///< absent: that of `train`
    std::int64_t every = 1;               ///< it falls due in each so many rounds
    std::int64_t steps = 1;               ///< so often in a row
    bool gradient_norm = false;           ///< is reported
    Position position;
};

struct DataText {
    TypedValue source;
    std::optional<TypedValue> test;
    /// Below 1: a fraction; else a number of samples. Taken from the end before shuffling. Absent: the data set
    /// decides.
    std::optional<double> holdout;
    bool shuffle = true;
    std::vector<std::string> classes;    ///< empty: the data set's own names
    std::string on_bad_sample = "stop";  ///< or "skip"
    Position position;
};

struct TrainText {
    std::int64_t epochs = 1;
    std::int64_t batch = 32;
    std::int64_t shard = 16;
    std::uint32_t seed = 1;
    std::string precision = "float32";  ///< or "bf16", "emulated_bf16"
    Position precision_position;
    std::optional<TypedValue> optimizer;  ///< of the phases that have none of their own
    std::optional<std::string> epoch_of;  ///< the phase whose pass over the data is an epoch; absent: the first
    Position epoch_of_position;
    struct EarlyStopping {
        std::string metric;
        std::int64_t patience = 1;
        double minimum_change = 0;
    };
    std::optional<EarlyStopping> early_stopping;
    std::string best_metric = "loss";  ///< of the holdout
    std::optional<Duration> save_every;
    std::optional<double> max_time;  ///< seconds
    Position position;
};

/// Pictures that a network makes again and again from the same inputs, to look at while it learns.
struct SamplesText {
    std::string network;
    Duration every{Duration::Unit::epoch, 1};
    std::int64_t count = 64;
    std::vector<double> range;  ///< of the values that are black and white; empty: 0 and 1
    Position position;
};

/// What a person should be told of while a program trains.
struct WarningText {
    std::vector<std::string> metrics;  ///< of training: all of them
    std::optional<double> above;
    std::optional<double> below;
    std::int64_t steps = 500;  ///< over which they are taken together
    std::string reason;
    Position position;
};

struct Program {
    std::string name;              ///< the file's name without its ending
    std::filesystem::path folder;  ///< relative paths start here
    Value text;                    ///< the effective program: expanded, every default written out
    DataText data;
    std::vector<NetworkText> networks;
    bool is_short = true;            ///< written as one network, which one phase calls
    std::vector<PhaseText> phases;   ///< at least one
    std::optional<TrainText> train;  ///< absent: the program can only be run forward
    std::optional<SamplesText> samples;
    std::vector<WarningText> warnings;
};

/// Reads, overrides, expands and checks a file. Throws InputError with file, line and column. `model:`, blocks, repeats
/// and activations are gone from the result; decisions on names are in docs/graph-format.md.
[[nodiscard]] Program load_program(const std::filesystem::path& file, std::span<const Override> overrides,
                                   const Types& types);
/// The same for a text from elsewhere, such as a checkpoint's /graph; `origin` stands for the file in messages.
[[nodiscard]] Program parse_program(const std::string& text, const std::string& origin,
                                    const std::filesystem::path& folder, std::span<const Override> overrides,
                                    const Types& types);
/// The effective program as YAML in block style: parse_program(to_yaml(p.text), ...) gives the same program.
[[nodiscard]] std::string to_yaml(const Value& text);

/// Where each part of a program lies in its graph.
struct ProgramGraph {
    Graph graph;
    std::vector<std::size_t> sources;              ///< one node per sample tensor, in the data set's order
    std::optional<Endpoint> output;                ///< of the network, in the short form
    std::vector<std::vector<std::size_t>> losses;  ///< nodes, per phase
    std::vector<std::size_t> metrics;              ///< of all phases, one after the other

    /// What a call's network reads, "generator" -> its inputs in its first call.
    struct Call {
        std::string network;
        std::vector<Endpoint> inputs;
        Endpoint output;
    };
    std::vector<Call> calls;

    [[nodiscard]] bool has_loss() const { return !losses.empty() && !losses.front().empty(); }
};

/// Resolves references ("node", "node.port", a sample tensor's name, "input" for the first of these) and builds the
/// graph, in which a network has its nodes once for each call. Throws InputError with the position of a reference to
/// nothing (with the nearest name), of a node with too few or too many inputs, of a node that nobody reads, of a cycle,
/// of a phase that reads what a later one computes.
[[nodiscard]] ProgramGraph build_graph(const Program& program, std::span<const SampleTensor> tensors,
                                       const Types& types);

/// A network inside of a node.
struct InnerGraph {
    Graph graph;
    std::vector<std::size_t> sources;  ///< one node per name that it reads
    std::vector<Endpoint> read;        ///< what the references mean
};

/// The same for a network that reads `sources`, of which the first is its input, and of which others read `references`.
[[nodiscard]] InnerGraph build_inner_graph(const NetworkText& network, std::span<const std::string> sources,
                                           std::span<const Value> references, const Types& types);

/// A network by itself: one source per input, of which `input` is the first and `input.1` the second. It reads what
/// its last node puts out.
[[nodiscard]] InnerGraph build_network_graph(const NetworkText& network, std::size_t inputs, const Types& types);

}  // namespace plexus
