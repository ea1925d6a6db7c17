// Reads every sample of a program's data, to find those that cannot be read.
#pragma once
#include <string>
#include <vector>

#include "core/train/session.hpp"

namespace plexus {

struct DataReading {
    std::size_t samples = 0;          ///< that were tried: all of the source and of the test
    std::vector<std::string> faults;  ///< "data.source, sample 7: digits/3/x.png: is no PNG file", in order
};

[[nodiscard]] DataReading read_all(const Session& session);

}  // namespace plexus
