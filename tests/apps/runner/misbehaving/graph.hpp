// The runner on a small graph with types that go wrong.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "tests/support/process.hpp"

namespace plexus::test {

/// graph.yaml in a folder of its own: 16 samples in 2 steps an epoch, for 2 epochs; a dense layer 'fc1', the layer
/// 'w1', a dense layer 'fc2'. Each kind of type may be told to go wrong, as in "{how: segv, at: backward, after: 2}".
class WildGraph {
public:
    struct Faults {
        std::string layer = "{}";
        std::string optimizer = "{}";
        std::string dataset = "{}";
        std::string initializer = "{}";
        std::string data = "";  ///< more of the data section: ", on_bad_sample: skip"
    };
    explicit WildGraph(const Faults& faults);

    /// `runner train graph.yaml --out run`, on two threads unless `more` says otherwise.
    [[nodiscard]] Outcome train(const std::vector<std::string>& more = {},
                                std::vector<std::pair<std::string, std::string>> variables = {}) const;
    [[nodiscard]] Outcome runner(std::vector<std::string> words,
                                 std::vector<std::pair<std::string, std::string>> variables = {}) const;
    /// Whether run/last.h5 is there and whole.
    [[nodiscard]] bool has_checkpoint() const;

    /// The plugin's file, as messages name it.
    [[nodiscard]] static std::string plugin();

private:
    TemporaryFolder folder_;
};

}  // namespace plexus::test
