#include "apps/runner/options/arguments.hpp"

#include <algorithm>
#include <boost/program_options.hpp>
#include <charconv>

#include "plexus/error.hpp"
#include "plexus/nearest.hpp"
#include "plexus/text.hpp"

namespace runner {
namespace {

namespace po = boost::program_options;
using plexus::InputError;
using plexus::text;

constexpr const char* inputs_name = "input";  // what Program_options calls the words that are no options

std::vector<OptionSpec> all_options(const Command& command) {
    std::vector<OptionSpec> options = command.options;
    options.insert(options.end(), general_options().begin(), general_options().end());
    return options;
}

po::options_description described(const std::vector<OptionSpec>& options) {
    po::options_description result;
    for (const OptionSpec& option : options) {
        const std::string name = option.letter == 0 ? option.name : text(option.name, ',', option.letter);
        if (option.placeholder.empty())
            result.add_options()(name.c_str(), option.help.c_str());
        else
            result.add_options()(name.c_str(), po::value<std::vector<std::string>>(), option.help.c_str());
    }
    result.add_options()(inputs_name, po::value<std::vector<std::string>>(), "");
    return result;
}

std::string without_dashes(const std::string& word) {
    return word.substr(std::min(word.find_first_not_of('-'), word.size()));
}

InputError unknown(const Command& command, const std::vector<OptionSpec>& options, const std::string& word) {
    std::vector<std::string> names;
    for (const OptionSpec& option : options)
        names.push_back("--" + option.name);
    const std::string name = without_dashes(word);
    return InputError{
        text(command.name, " has no option '", word, "'", plexus::suggestion("--" + name, names, "it has"))};
}

// Program_options speaks of the option's value; we say what to write.
InputError misused(const std::vector<OptionSpec>& options, const po::error_with_option_name& error) {
    const std::string name = without_dashes(error.get_option_name());
    for (const OptionSpec& option : options) {
        if (option.name != name && (name.size() != 1 || name.front() != option.letter))
            continue;
        if (option.placeholder.empty())
            return InputError{text("--", option.name, " takes no value")};
        return InputError{text("--", option.name, " wants a value: --", option.name, " ", option.placeholder)};
    }
    return InputError{error.what()};
}

po::parsed_options parsed(const Command& command, const std::vector<OptionSpec>& options,
                          const std::vector<std::string>& words) {
    po::positional_options_description positional;
    positional.add(inputs_name, -1);
    // Abbreviations would change their meaning, or stop working, with the next option that begins alike.
    const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    const po::options_description description = described(options);
    try {
        return po::command_line_parser(words).options(description).positional(positional).style(style).run();
    } catch (const po::unknown_option& error) {
        throw unknown(command, options, error.get_option_name());
    } catch (const po::error_with_option_name& error) {
        throw misused(options, error);
    } catch (const po::error& error) {
        throw InputError{error.what()};
    }
}

void check_inputs(const Command& command, const std::string& program, const std::vector<std::string>& inputs) {
    if (inputs.size() < command.minimum_inputs)
        throw InputError{text(command.name, " wants ", command.wanted, ": ", program, " ", command.name, " ",
                              command.usage, "\nSee ", program, " ", command.name, " --help")};
    if (inputs.size() > command.maximum_inputs)
        throw InputError{text(command.name, " does not know what to do with '", inputs[command.maximum_inputs],
                              "': ", program, " ", command.name, " ", command.usage)};
}

}  // namespace

std::string shell_word(const std::string& word) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=.,:/@%";
    if (!word.empty() && word.find_first_not_of(plain) == std::string::npos)
        return word;
    std::string result = "'";
    for (const char c : word)
        result += c == '\'' ? "'\\''" : std::string(1, c);
    return result + "'";
}

Arguments::Arguments(const Command& command, std::string program, const std::vector<std::string>& words)
    : program_(std::move(program)), line_(shell_word(program_) + " " + command.name) {
    for (const std::string& word : words)
        line_ += " " + shell_word(word);
    const std::vector<OptionSpec> options = all_options(command);
    for (const po::option& found : parsed(command, options, words).options) {
        if (found.string_key == inputs_name) {
            // Of its own accord Program_options would also take `--input FILE`.
            if (found.position_key < 0)
                throw unknown(command, options, text("--", inputs_name));
            inputs_.insert(inputs_.end(), found.value.begin(), found.value.end());
            continue;
        }
        const auto spec = std::ranges::find(options, found.string_key, &OptionSpec::name);
        std::vector<std::string>& values = options_[found.string_key];
        values.insert(values.end(), found.value.begin(), found.value.end());
        if (spec != options.end() && !spec->repeatable && values.size() > 1)
            throw InputError{text("--", found.string_key, " is given twice: ", values[0], " and ", values[1])};
    }
    if (!wants_help())
        check_inputs(command, program_, inputs_);
}

std::string Arguments::value(const std::string& option, const std::string& otherwise) const {
    const auto found = options_.find(option);
    return found == options_.end() ? otherwise : found->second.front();
}

std::vector<std::string> Arguments::values(const std::string& option) const {
    const auto found = options_.find(option);
    return found == options_.end() ? std::vector<std::string>{} : found->second;
}

std::uint64_t Arguments::number(const std::string& option, std::uint64_t otherwise, std::uint64_t minimum,
                                std::uint64_t maximum) const {
    if (!has(option))
        return otherwise;
    const std::string word = value(option);
    std::uint64_t number = 0;
    const auto [end, failed] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (failed != std::errc{} || end != word.data() + word.size() || number < minimum || number > maximum)
        throw InputError{
            text("--", option, " wants a whole number from ", minimum, " to ", maximum, ", not '", word, "'")};
    return number;
}

std::size_t Arguments::threads() const {
    return number("threads", 0, 1, 4096);
}

std::vector<plexus::Override> Arguments::overrides() const {
    std::vector<plexus::Override> result;
    for (const std::string& word : values("set")) {
        const auto equals = word.find('=');
        if (equals == std::string::npos || equals == 0)
            throw InputError{text("--set wants PATH=VALUE, as in train.epochs=3, not '", word, "'")};
        result.push_back({word.substr(0, equals), word.substr(equals + 1)});
    }
    return result;
}

plexus::Environment::Options Arguments::environment() const {
    plexus::Environment::Options options;
    for (const std::string& folder : values("plugin-dir"))
        options.plugin_directories.emplace_back(folder);
    options.isa = value("isa");
    return options;
}

}  // namespace runner
