// What a plugin's code threw, as the error that a person reads: with the place that the plugin could not know.
#pragma once
#include <string>

#include "core/diagnostic/activity.hpp"

namespace plexus {

/// Whose fault it is where a plugin threw something that does not say so: std::exception, or no exception at all.
enum class Blame : std::uint8_t { input, run };

/// To be called in a catch block. Throws what is being caught again, as
///     graph.yaml:4:7: dense 'fc1': <what the plugin said>
/// An InputError stays one and a SampleError too, whatever else derives from Error is a RunError; one that has a
/// position already is thrown as it is.
[[noreturn]] void rethrow_placed(const PluginUse& use, Blame otherwise);

/// Calls a plugin, outside of a step: both its crash and what it throws are told with the place.
template <class Function>
decltype(auto) call_plugin(const PluginUse& use, const char* where, Blame otherwise, const Function& function) {
    const PluginCall call(use, where);
    try {
        return function();
    } catch (...) {
        rethrow_placed(use, otherwise);
    }
}

}  // namespace plexus
