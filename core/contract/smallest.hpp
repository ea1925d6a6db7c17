// A smaller example that fails as a large one does, for a person to look at.
#pragma once
#include <functional>

#include "core/contract/example.hpp"

namespace plexus {

/// Leaves attributes out and makes sizes of inputs smaller, one after the other, as long as `fails` says that the
/// result still does. It is asked some tens of times at most, also about what cannot be
/// planned, which is no failure.
[[nodiscard]] Example smallest(Example example, const std::function<bool(const Example&)>& fails);

/// What to_string(example) wrote. Throws InputError for a text of another form.
[[nodiscard]] Example example_from(const std::string& written, Kind kind, const Environment& environment);

}  // namespace plexus
