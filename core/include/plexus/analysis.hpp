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

struct NodeFacts {
    std::string name, type, network, position;
    std::vector<Shape> outputs;  ///< of one sample
    std::int64_t parameters = 0;
};

struct GraphFacts {
    std::string name;
    std::vector<NodeFacts> nodes;
    std::int64_t parameters = 0;
    std::size_t training_samples = 0, holdout_samples = 0, test_samples = 0;
    std::size_t training_memory = 0;  ///< bytes: arena, scratch of all workers, weights and slots, batches, a save
    std::size_t prediction_memory = 0;
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
