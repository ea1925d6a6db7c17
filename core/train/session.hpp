// A program brought to life: its data opened, its graph built, its layers made.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/plan/model.hpp"
#include "core/program/program.hpp"
#include "core/store/tree.hpp"
#include "plexus/environment.hpp"

namespace plexus {

/// Which samples of the source are trained on and which are held out: the last ones.
struct Split {
    std::size_t training = 0;
    std::size_t holdout = 0;
};

struct Session {
    Program program;
    std::unique_ptr<Factory> factory;
    std::unique_ptr<Dataset> source;  ///< absent where a checkpoint is used without its data
    std::unique_ptr<Dataset> test;
    PluginUse source_use, test_use;  ///< the data sets as messages name them
    std::vector<SampleTensor> tensors;
    std::vector<std::string> classes;
    Split split;
    ProgramGraph parts;  ///< its graph has moved into the model
    std::unique_ptr<Model> model;
};

/// Opens the program's data alone: no graph, no layers. Throws InputError.
[[nodiscard]] Session open_data(const Environment& environment, Program program);
/// Opens the program's data and builds everything. Throws InputError.
[[nodiscard]] Session open_session(const Environment& environment, Program program);
/// The same without data: the sample tensors and class names are given.
[[nodiscard]] Session open_session(const Environment& environment, Program program, std::vector<SampleTensor> tensors,
                                   std::vector<std::string> classes);

/// What the network puts out, or that of several which is named, in the first call that depends on the data alone.
/// Throws InputError for a name too few or too many; `file` is where the program stands.
[[nodiscard]] Endpoint output_of(const Session& session, const std::string& file, const std::string& network = {});
/// What a node of the only network puts out. Throws InputError where there is none of that name.
[[nodiscard]] Endpoint output_of_node(const Session& session, const std::string& file, const std::string& node);

/// "image uint8 [28, 28, 1]", one text per tensor, as a checkpoint keeps them; and back. Throws InputError.
[[nodiscard]] store::Text describe_tensors(std::span<const SampleTensor> tensors);
[[nodiscard]] std::vector<SampleTensor> parse_tensors(const store::Text& text, const std::string& file);

/// The layer type that makes of the network's output what a person reads (probabilities); empty for none.
[[nodiscard]] std::string prediction_type(const Environment& environment, const Program& program);

}  // namespace plexus
