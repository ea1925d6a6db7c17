// runner new: a plugin of one's own to begin with, which builds, keeps its promises and trains as it is.
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "apps/runner/commands/commands.hpp"
#include "apps/runner/options/arguments.hpp"
#include "apps/runner/scaffold/scaffold.hpp"
#include "apps/runner/terminal/print.hpp"
#include "apps/runner/terminal/terminal.hpp"
#include "plexus/environment.hpp"
#include "plexus/error.hpp"

namespace runner {
namespace {

namespace fs = std::filesystem;

// Below it this program and its library are installed; empty where they were only built.
fs::path prefix() {
    const fs::path program = fs::canonical("/proc/self/exe");
    const fs::path candidate = program.parent_path().parent_path();
    return fs::exists(candidate / "include/plexus/plugin.hpp") ? candidate : fs::path{};
}

void refuse_taken(const Arguments& arguments, const std::string& kind, const std::string& name) {
    const plexus::Environment environment{arguments.environment()};
    for (const auto& plugin : environment.plugins())
        for (const auto& [known, type] : plugin.types) {
            std::string spelled{to_string(known)};
            std::erase(spelled, ' ');
            if (type == name && spelled == kind)
                throw plexus::InputError(fmt::format("there is a {} '{}' already, in {}; take another name",
                                                     to_string(known), name, plugin.path.string()));
        }
}

std::string next_steps(const std::string& program, const std::string& name, const fs::path& folder) {
    const std::string source = shell_word(folder.string());
    const std::string build = shell_word((folder / "build").string());
    const fs::path installed = prefix();
    std::string steps, runner = program, package;
    if (installed.empty()) {
        // A program in <build folder>/bin, from which a package can be made.
        const fs::path tree = fs::canonical("/proc/self/exe").parent_path().parent_path();
        steps += fmt::format("  cmake --install {} --prefix /tmp/plexus\n", shell_word(fs::relative(tree).string()));
        runner = "/tmp/plexus/bin/runner";
        package = " -D CMAKE_PREFIX_PATH=/tmp/plexus";
    } else if (installed != "/usr" && installed != "/usr/local") {
        package = " -D CMAKE_PREFIX_PATH=" + shell_word(installed.string());
    }
    return steps + fmt::format(
                       "  cmake -S {} -B {}{}\n"
                       "  cmake --build {}\n"
                       "  {} check {}\n"
                       "  {} train {} --plugin-dir {} --out {}\n",
                       source, build, package, build, runner, shell_word((folder / "build" / (name + ".so")).string()),
                       runner, shell_word((folder / "graph.yaml").string()), build,
                       shell_word((folder / "build" / "run").string()));
}

int run(const Arguments& arguments) {
    const std::string& kind = arguments.inputs()[0];
    const std::string& name = arguments.inputs()[1];
    const Template& from = template_of(kind);
    require_type_name(name);
    refuse_taken(arguments, kind, name);
    const fs::path folder = arguments.value("out", name);
    const std::vector<fs::path> files = write_plugin(from, name, folder);

    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    std::string text = fmt::format("{} '{}':\n", kind, name);
    for (const fs::path& file : files) {
        list.push_back((folder / file).string());
        text += fmt::format("  {}\n", printable((folder / file).string()));
    }
    if (arguments.json()) {
        print_json({{"folder", folder.string()}, {"files", std::move(list)}});
        return 0;
    }
    print(text);
    if (!arguments.quiet())
        note("It builds, passes every check and trains as it is:\n" + next_steps(arguments.program(), name, folder) +
             "README.md there says what to know before you change it.\n");
    return 0;
}

std::string kinds() {
    std::string list;
    for (const Template& each : templates())
        list += (list.empty() ? "" : ", ") + std::string{each.kind};
    return list;
}

}  // namespace

Command new_command() {
    return {
        .name = "new",
        .usage = "KIND NAME [options]",
        .summary = "a plugin of your own to begin with",
        .description =
            "Writes a folder with the source of a plugin of one type, its CMakeLists.txt with tests, a graph that "
            "trains "
            "with it, and a README.md. It builds against an installed Plexus, passes `check`, and trains as it is.\n"
            "KIND is one of: " +
            kinds() + ".",
        .minimum_inputs = 2,
        .maximum_inputs = 2,
        .wanted = "a kind and a name",
        .options = {{"out", "DIR", "the folder to write, which must not be there yet", "NAME", false, 'o'}},
        .examples = {"new layer swish", "new optimizer my_rule --out plugins/my_rule"},
        .run = run,
    };
}

}  // namespace runner
