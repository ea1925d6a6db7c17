// A folder with small pictures of three classes and a graph that learns them in a moment.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/process.hpp"

namespace plexus::test {

/// In `folder`: images.idx and labels.idx (uint8 [samples, 8, 8] and [samples]), and graph.yaml with a network of two
/// dense layers, a holdout, a test set and class names.
class SmallRun {
public:
    explicit SmallRun(int samples = 192, const std::string& train = "epochs: 3, batch: 32");

    [[nodiscard]] std::filesystem::path path(const std::string& name) const { return folder_ / name; }
    /// The runner, in the folder.
    [[nodiscard]] Outcome runner(std::vector<std::string> arguments) const;
    /// The words that start `runner <arguments>`, and the options to do it in the folder.
    [[nodiscard]] std::vector<std::string> words(std::vector<std::string> arguments) const;
    [[nodiscard]] ProcessOptions options() const { return {folder_.path()}; }
    /// What `inspect --digest` prints.
    [[nodiscard]] std::string digest(const std::string& file) const;

    /// A picture of a class as pixels, row by row; others of the class are like it, with noise.
    [[nodiscard]] static std::vector<std::uint8_t> picture(int label, int sample);
    static const std::vector<std::string>& classes();

private:
    TemporaryFolder folder_;
};

}  // namespace plexus::test
