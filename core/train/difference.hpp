// What differs between two program texts, and what of it a run may go on with.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "plexus/value.hpp"

namespace plexus {

struct Difference {
    std::string path;    ///< "train.epochs"
    std::string before;  ///< in YAML's flow style; "nothing" where it was not there
    std::string after;
};

/// Leaf by leaf, in the order of the texts. Lists of different lengths differ as a whole.
[[nodiscard]] std::vector<Difference> differences(const Value& before, const Value& after);

/// Whether a run that is resumed may have this changed: how long it trains and by what rate, how it is judged and
/// saved, and where its data lies; not what is trained, nor how batches are cut.
[[nodiscard]] bool may_change_on_resume(std::string_view path);

}  // namespace plexus
