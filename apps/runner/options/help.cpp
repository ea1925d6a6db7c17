#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "apps/runner/options/command.hpp"
#include "plexus/version.hpp"

namespace runner {
namespace {

constexpr std::size_t line_length = 100;

// Words of `text` in lines that begin after `indent` columns; the first line's indentation is there already.
std::string wrapped(const std::string& text, std::size_t indent) {
    std::istringstream words{text};
    std::string result, word;
    std::size_t column = indent;
    while (words >> word) {
        if (column > indent && column + 1 + word.size() > line_length) {
            result += '\n' + std::string(indent, ' ');
            column = indent;
        }
        if (column > indent) {
            result += ' ';
            ++column;
        }
        result += word;
        column += word.size();
    }
    return result + '\n';
}

std::string label(const OptionSpec& option) {
    const std::string letter = option.letter == 0 ? "    " : fmt::format("-{}, ", option.letter);
    return fmt::format("  {}--{}{}{}", letter, option.name, option.placeholder.empty() ? "" : " ", option.placeholder);
}

std::string section(const std::string& title, const std::vector<OptionSpec>& options) {
    constexpr std::size_t column = 30;
    std::string result = title + ":\n";
    for (const OptionSpec& option : options) {
        std::string text = option.help;
        if (!option.default_text.empty())
            text += fmt::format(" (default: {})", option.default_text);
        if (option.repeatable)
            text += " (may be repeated)";
        const std::string name = label(option);
        result += name.size() < column ? fmt::format("{:<{}}", name, column) : name + "\n" + std::string(column, ' ');
        result += wrapped(text, column);
    }
    return result;
}

}  // namespace

const std::vector<OptionSpec>& general_options() {
    static const std::vector<OptionSpec> options{
        {"threads", "N", "threads to work with; the results do not depend on it", "all that the machine has"},
        {"seed", "N", "of the random numbers, where a command draws any", "the program's"},
        {"plugin-dir", "DIR", "a folder to search for plugins, before those that ship", "", true},
        {"isa", "NAME", "highest instruction set that kernels may use, as avx2 or avx512_core", "the machine's"},
        {"json", "", "print the result as JSON on stdout"},
        {"quiet", "", "no progress and no notices; results and errors only"},
        {"help", "", "this page", "", false, 'h'},
    };
    return options;
}

std::string help(const std::string& program, const std::vector<Command>& commands) {
    std::string result = fmt::format(
        "Plexus {}: computation graphs from YAML files and plugins.\n\n"
        "Usage: {} COMMAND [options]\n\nCommands:\n",
        PLEXUS_VERSION, program);
    for (const Command& command : commands)
        result += fmt::format("  {:<10}{}\n", command.name, command.summary);
    result += fmt::format(
        "\nOptions:\n  {:<10}of the runner, or of one command: {} train --help\n  {:<10}the version of Plexus\n",
        "--help", program, "--version");
    result += fmt::format(
        "\nA first run:\n  {0} train graphs/mnist_mlp.yaml\n  {0} evaluate runs/mnist_mlp/best.h5\n"
        "  {0} inspect runs/mnist_mlp/best.h5\n",
        program);
    result +=
        "\nResults are on stdout, everything else on stderr. Exit code: 0 done, 1 the run failed or the\n"
        "compared files differ, 2 the input is wrong.\n";
    return result;
}

std::string help(const std::string& program, const Command& command) {
    std::string result = fmt::format("Usage: {} {} {}\n\n", program, command.name, command.usage);
    std::istringstream paragraphs{command.description};
    for (std::string paragraph; std::getline(paragraphs, paragraph);)
        result += wrapped(paragraph, 0);
    result += '\n';
    if (!command.options.empty())
        result += section("Options", command.options) + '\n';
    result += section("General options", general_options()) + "\nExamples:\n";
    for (const std::string& example : command.examples)
        result += fmt::format("  {} {}\n", program, example);
    return result;
}

}  // namespace runner
