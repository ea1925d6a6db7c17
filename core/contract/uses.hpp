// Types that have no inputs, tried in every way to write them.
#pragma once
#include <functional>
#include <string>

#include "core/contract/finding.hpp"
#include "core/plugin/types.hpp"

namespace plexus {

struct UseSettings {
    std::string written;  ///< only this: "sgd {momentum: 0.5}"; empty: all ways that the schema leads to
    bool fork = true;     ///< false: nothing is done in child processes
    std::function<void(const std::string& use)> trying = {};  ///< told each use before it is tried
};

struct UsesTried {
    Findings findings;
    std::string refusal;  ///< nothing was tried: it wants what its schema cannot tell, and said this
};

/// "sgd {momentum: 0.5}", or the type alone.
[[nodiscard]] std::string written_use(const std::string& type, const Value& attributes);
/// One to be filled in, with what a schema cannot tell in capitals: "csv {file: FILE}".
[[nodiscard]] std::string use_to_fill_in(const Schema& schema, const Types& types);

/// Throws InputError for attributes that the type does not take; other exceptions are faults.
using Try = std::function<Findings(const TypedValue& use, const std::string& written)>;

/// Calls `attempt` with each way to write the type, until something is found. That it takes none is found too, but for
/// a data set, or a type whose schema has texts that nobody can guess: the name of a file.
[[nodiscard]] UsesTried try_uses(const Schema& schema, const Types& types, const UseSettings& settings,
                                 const Try& attempt);

}  // namespace plexus
