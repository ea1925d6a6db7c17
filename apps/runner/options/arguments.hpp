// What a person wrote after a command's name.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "apps/runner/options/command.hpp"
#include "plexus/environment.hpp"
#include "plexus/override.hpp"

namespace runner {

class Arguments {
public:
    /// Throws plexus::InputError for what the command does not know, with the nearest name that it does.
    Arguments(const Command& command, std::string program, const std::vector<std::string>& words);

    [[nodiscard]] bool has(const std::string& option) const { return options_.contains(option); }
    /// The value of an option, or `otherwise`.
    [[nodiscard]] std::string value(const std::string& option, const std::string& otherwise = {}) const;
    [[nodiscard]] std::vector<std::string> values(const std::string& option) const;
    /// A whole number from `minimum` to `maximum`.
    [[nodiscard]] std::uint64_t number(const std::string& option, std::uint64_t otherwise, std::uint64_t minimum,
                                       std::uint64_t maximum) const;
    /// What is no option, in order.
    [[nodiscard]] const std::vector<std::string>& inputs() const { return inputs_; }

    [[nodiscard]] bool wants_help() const { return has("help"); }
    [[nodiscard]] bool json() const { return has("json"); }
    [[nodiscard]] bool quiet() const { return has("quiet"); }
    [[nodiscard]] std::size_t threads() const;  ///< 0: not said
    [[nodiscard]] std::vector<plexus::Override> overrides() const;
    [[nodiscard]] plexus::Environment::Options environment() const;

    /// As it was called: "build/release/bin/runner".
    [[nodiscard]] const std::string& program() const { return program_; }
    /// The whole line, quoted for a shell where that is necessary.
    [[nodiscard]] const std::string& line() const { return line_; }

private:
    std::map<std::string, std::vector<std::string>> options_;  ///< a flag has no values
    std::vector<std::string> inputs_;
    std::string program_;
    std::string line_;
};

/// A word as a shell reads it back.
[[nodiscard]] std::string shell_word(const std::string& word);

}  // namespace runner
