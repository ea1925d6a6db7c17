// A clone of the repository with a build in it, in which the pages' commands run as a person runs them.
#pragma once
#include <filesystem>
#include <string>

#include "tests/support/process.hpp"

namespace plexus::test {

/// Has README.md, docs/, graphs/ and scripts/ as copies, this build as build/release, and an empty tmp/.
/// The samples that MNIST is trained on are those of its test. Nothing that runs here reaches the source tree.
class Scratch {
public:
    Scratch();

    [[nodiscard]] const std::filesystem::path& path() const { return folder_.path(); }
    /// A shell's command in the top folder. Where it says /tmp/, it gets tmp/ of this folder, and the output says /tmp/
    /// again. `out` has both streams, in order.
    [[nodiscard]] Outcome shell(const std::string& command) const;

private:
    TemporaryFolder folder_;
};

}  // namespace plexus::test
