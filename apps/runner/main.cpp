// runner: finds the command, runs it, and turns what went wrong into a text and an exit code.
#include <exception>
#include <new>

#include "apps/runner/commands/commands.hpp"
#include "apps/runner/options/arguments.hpp"
#include "apps/runner/terminal/print.hpp"
#include "apps/runner/terminal/terminal.hpp"
#include "plexus/crash_report.hpp"
#include "plexus/error.hpp"
#include "plexus/nearest.hpp"
#include "plexus/text.hpp"
#include "plexus/version.hpp"

namespace runner {
namespace {

constexpr int run_failed = 1;
constexpr int input_wrong = 2;

const Command& find_command(const std::vector<Command>& commands, const std::string& program, const std::string& name) {
    std::vector<std::string> names;
    for (const Command& command : commands) {
        if (command.name == name)
            return command;
        names.push_back(command.name);
    }
    if (name.starts_with('-'))
        throw plexus::InputError(
            plexus::text("there is no option '", name, "' before a command; see ", program, " --help"));
    throw plexus::InputError(plexus::text("there is no command '", name, "'",
                                          plexus::suggestion(name, names, "there are"), "\nSee ", program, " --help"));
}

int dispatch(const std::string& program, std::vector<std::string> words) {
    const std::vector<Command> commands = all_commands();
    if (words.empty())
        throw plexus::InputError(help(program, commands));
    // `runner help train` is `runner train --help`.
    if (words.front() == "help" && words.size() > 1)
        words = {words[1], "--help"};
    const std::string name = words.front();
    if (name == "--help" || name == "-h" || name == "help") {
        print(help(program, commands));
        return 0;
    }
    if (name == "--version") {
        print("Plexus " PLEXUS_VERSION "\n");
        return 0;
    }
    const Command& command = find_command(commands, program, name);
    const Arguments arguments{command, program, {words.begin() + 1, words.end()}};
    if (arguments.wants_help()) {
        print(help(program, command));
        return 0;
    }
    return command.run(arguments);
}

int report(const std::string& message, int code) {
    // Texts hold names out of files, which are no business of the terminal's.
    std::string text = printable(message, "\n\t");
    while (text.ends_with('\n'))
        text.pop_back();
    note(text + "\n");
    return code;
}

int guarded(const std::string& program, std::vector<std::string> words) {
    try {
        const int code = dispatch(program, std::move(words));
        finish_output();
        return code;
    } catch (const plexus::InputError& error) {
        return report(error.what(), input_wrong);
    } catch (const plexus::RunError& error) {
        return report(error.what(), run_failed);
    } catch (const std::bad_alloc&) {
        return report("out of memory: try a smaller train.batch, or fewer --threads", run_failed);
    } catch (const std::exception& error) {
        return report(plexus::text("internal error: ", error.what(),
                                   "\nThis is a fault of Plexus or of a plugin; please report it with the command."),
                      run_failed);
    } catch (...) {
        return report("internal error: a plugin threw something that is no exception", run_failed);
    }
}

}  // namespace
}  // namespace runner

int main(int count, char** words) {
    plexus::report_crashes();
    return runner::guarded(count > 0 ? words[0] : "runner", {words + (count > 0 ? 1 : 0), words + count});
}
