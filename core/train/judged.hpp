// The samples that a network is judged on, and predicts.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/train/session.hpp"

namespace plexus {

struct Judged {
    const Dataset* dataset;  ///< of the session
    std::vector<std::uint32_t> samples;
    std::string name;      ///< "test", "holdout" or "source"
    const PluginUse* use;  ///< the data set as messages name it; of the session
    std::string section;   ///< "data.test" or "data.source"
};

/// data.test if the program has it, else its holdout, else all of its source.
[[nodiscard]] Judged judged_data(const Session& session);

}  // namespace plexus
