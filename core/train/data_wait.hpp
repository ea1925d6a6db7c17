// Whether the data kept up with the steps.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace plexus {

/// What an epoch's steps spent on samples. Times in seconds.
struct DataWait {
    std::int64_t epoch = 0;  ///< from 1
    std::uint64_t steps = 0;
    std::size_t threads = 0;
    double whole = 0;    ///< of the steps, waiting included
    double waited = 0;   ///< of these, with nothing left to do but to read the next batch
    double reading = 0;  ///< of all threads together
};

/// What to tell whoever waits: how much, for what, and what would help. Empty where less than a twentieth was waited,
/// or too little to judge. `source` is the data set's type.
[[nodiscard]] std::string notice_of(const DataWait& wait, const std::string& source);

}  // namespace plexus
