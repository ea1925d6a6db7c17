// A graph file without training it: what it is made of, what it costs, how it looks.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "plexus/environment.hpp"
#include "plexus/override.hpp"
#include "plexus/shape.hpp"
#include "plexus/tensor.hpp"
#include "plexus/value.hpp"

namespace plexus {

/// One node, after templates and repeats were expanded.
struct NodeFacts {
    std::string name;             ///< its own, or made of its type and a number
    std::string type;             ///< of layer
    std::string network;          ///< that it is a node of
    std::string position;         ///< "mnist.yaml:15:5"
    std::vector<Shape> outputs;   ///< of one sample
    std::int64_t parameters = 0;  ///< numbers that are trained
};

/// What a graph file is made of, and what it will take.
struct GraphFacts {
    std::string name;                     ///< of the file, without folder and ending
    std::vector<NodeFacts> nodes;         ///< in an order in which they can run
    std::int64_t parameters = 0;          ///< of all nodes
    std::size_t training_samples = 0;     ///< without the holdout
    std::size_t holdout_samples = 0;      ///< 0 where there is none; likewise the next
    std::size_t test_samples = 0;         ///< of data.test
    std::size_t training_memory = 0;      ///< bytes: arena, scratch of all workers, weights and slots, batches, a save
    std::size_t prediction_memory = 0;    ///< bytes, for batches of the same size
    std::size_t checkpoint_bytes = 0;     ///< about, of one checkpoint
    std::size_t samples_read = 0;         ///< where all were asked to be read
    std::vector<std::string> unreadable;  ///< of these: section, sample, file and reason of each
    bool skips_unreadable = false;        ///< data.on_bad_sample is `skip`: a run would go on
};

/// Everything that a run would refuse is refused here: schema, shapes, plugins, data files. With `read_data` every
/// sample is read as well.
[[nodiscard]] PLEXUS_API GraphFacts check(const Environment& environment, const std::filesystem::path& graph,
                                          std::span<const Override> overrides, std::size_t threads = 0,
                                          bool read_data = false);

/// The graph in DOT.
[[nodiscard]] PLEXUS_API std::string draw(const Environment& environment, const std::filesystem::path& graph,
                                          std::span<const Override> overrides);
/// The effective program in YAML: templates expanded, every default written out.
[[nodiscard]] PLEXUS_API std::string expand(const Environment& environment, const std::filesystem::path& graph,
                                            std::span<const Override> overrides);
/// Tasks, slices, choices and buffers of the plan of a full batch, as text.
[[nodiscard]] PLEXUS_API std::string draw_plan(const Environment& environment, const std::filesystem::path& graph,
                                               std::span<const Override> overrides, std::size_t threads = 0);

/// One registered type, for `plugins NAME` and docs/reference: Markdown from its schema.
[[nodiscard]] PLEXUS_API std::string reference_page(const Schema& schema);
/// All types of a kind, in alphabetical order.
[[nodiscard]] PLEXUS_API std::vector<const Schema*> types_of(const Environment& environment, Kind kind);
/// The library that registered a type.
[[nodiscard]] PLEXUS_API std::string origin_of(const Environment& environment, Kind kind, const std::string& type);
/// JSON Schema of graph files, for editors.
[[nodiscard]] PLEXUS_API std::string graph_schema(const Environment& environment);

/// The format that reads a file's ending, for `inspect --export`: writes a tensor. Throws InputError.
PLEXUS_API void write_array(const Environment& environment, const std::filesystem::path& file,
                            const ConstTensor& tensor);

}  // namespace plexus
