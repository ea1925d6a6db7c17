// Joins printable things into one string: text("input has shape ", shape).
#pragma once
#include <sstream>
#include <string>

namespace plexus {

/// The concatenation of the arguments as `operator<<` prints them. For messages, not for steps: it allocates.
template <class... Parts>
[[nodiscard]] std::string text(const Parts&... parts) {
    std::ostringstream out;
    (out << ... << parts);
    return out.str();
}

}  // namespace plexus
