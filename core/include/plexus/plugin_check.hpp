// Holds the types of a plugin to their contracts: what `runner check libmine.so` does, for programs and tests.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "plexus/environment.hpp"
#include "plexus/export.hpp"
#include "plexus/schema.hpp"

namespace plexus {

/// What a check has to say against a type.
struct CheckFinding {
    std::string check;     ///< "gradients"
    std::string subject;   ///< the case: "swish {beta: 2} on float32 [6]", attributes and one sample of each input;
                           ///< of types without inputs "sgd {momentum: 0.5}"
    std::string what;      ///< what was wrong
    std::string smallest;  ///< the smallest case found in which the check fails too; empty where none is smaller
};

/// One type, checked.
struct CheckedType {
    Kind kind = Kind::layer;             ///< of the type
    std::string type;                    ///< its name
    std::size_t cases = 0;               ///< ways to use it that were made from its schema; layers, losses and metrics
    std::vector<std::string> passed;     ///< checks without findings
    std::vector<std::string> left_out;   ///< not done, because earlier ones failed
    std::vector<CheckFinding> findings;  ///< of the others: the first of each check
    std::string surrogate_gradient;      ///< what the type declares its gradient to be; then none are compared
    double seconds = 0;                  ///< that it took
    /// Why the type was not tried: what it said of all that its schema leads to, where it wants a file, or a text, that
    /// no schema can tell. Empty: it was tried.
    std::string not_tried;
    std::string case_to_fill_in;  ///< then: the case that it might want, "csv {file: FILE}"
};

/// What is checked, and how.
struct PluginCheckOptions {
    std::string type = {};   ///< only this one
    std::string check = {};  ///< only this one of check_names()
    std::string use = {};    ///< only this case, as CheckFinding::subject writes it
    std::uint32_t seed = 1;  ///< of the numbers that gradients are compared at
    /// Everything in this process, for a debugger: a crash is a crash.
    bool in_process = false;
    /// For one case of one check; a child process that takes longer is ended, which is a finding. Zero: no limit.
    std::chrono::milliseconds patience = std::chrono::minutes{1};
    /// Called before each check of each type.
    std::function<void(Kind kind, const std::string& type, const std::string& check)> on_check = {};
};

/// The checks that there are, each with the promise that it looks at: {"gradients", "backward is the derivative of
/// forward"}.
[[nodiscard]] PLEXUS_API std::vector<std::pair<std::string, std::string>> check_names();

/// Checks every type that `plugin`, one of the environment's, registered, each check in a child process: to be called
/// while this process has one thread. Throws InputError for a type, check or case that there is not.
[[nodiscard]] PLEXUS_API std::vector<CheckedType> check_plugin(const Environment& environment,
                                                               const Environment::PluginInfo& plugin,
                                                               const PluginCheckOptions& options = {});

}  // namespace plexus
