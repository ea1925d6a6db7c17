// A command of the runner as data: from it come parsing, messages and help.
#pragma once
#include <string>
#include <vector>

namespace runner {

class Arguments;

struct OptionSpec {
    std::string name;         ///< "out"
    std::string placeholder;  ///< "DIR"; empty: a flag, which takes no value
    std::string help;
    std::string default_text = {};  ///< for people; the command knows what it does without the option
    bool repeatable = false;
    char letter = 0;  ///< 'o' for -o
};

struct Command {
    std::string name;
    std::string usage;        ///< what follows the name: "GRAPH [options]"
    std::string summary;      ///< one line for `runner --help`
    std::string description;  ///< paragraphs, one a line
    std::size_t minimum_inputs = 1;
    std::size_t maximum_inputs = 1;
    std::string wanted;  ///< what is said where an input is missing: "a graph file"
    std::vector<OptionSpec> options;
    std::vector<std::string> examples;  ///< without the program's name: "train a.yaml"
    int (*run)(const Arguments& arguments) = nullptr;
};

/// The options that every command has.
[[nodiscard]] const std::vector<OptionSpec>& general_options();

/// `runner --help`.
[[nodiscard]] std::string help(const std::string& program, const std::vector<Command>& commands);
/// `runner train --help`.
[[nodiscard]] std::string help(const std::string& program, const Command& command);

}  // namespace runner
