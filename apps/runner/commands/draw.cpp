// runner draw: the graph as a picture, as DOT, as the program it expands to, or as its plan.
#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "apps/runner/commands/commands.hpp"
#include "apps/runner/commands/graphviz.hpp"
#include "apps/runner/options/arguments.hpp"
#include "apps/runner/terminal/print.hpp"
#include "plexus/analysis.hpp"
#include "plexus/error.hpp"
#include "plexus/text.hpp"

namespace runner {
namespace {

using plexus::InputError;
using plexus::text;

struct Drawing {
    std::string format;  ///< "dot", "yaml", "plan"
    std::string content;
};

Drawing make(const Arguments& arguments) {
    const plexus::Environment environment{arguments.environment()};
    const std::filesystem::path graph = arguments.inputs().front();
    const std::vector<plexus::Override> overrides = arguments.overrides();
    if (arguments.has("expand"))
        return {"yaml", plexus::expand(environment, graph, overrides)};
    if (arguments.has("plan"))
        return {"plan", plexus::draw_plan(environment, graph, overrides, arguments.threads())};
    return {"dot", plexus::draw(environment, graph, overrides)};
}

void write_text(const std::filesystem::path& file, const std::string& content) {
    std::ofstream stream{file, std::ios::binary | std::ios::trunc};
    stream << content;
    if (!stream.flush())
        throw plexus::RunError(text(file.string(), ": cannot be written"));
}

// Before any work: what the file is to be follows from its ending, and has to go with what is asked for.
std::string ending_of(const Arguments& arguments, const std::filesystem::path& file) {
    std::string ending = file.extension().string();
    if (file.empty() || arguments.has("expand") || arguments.has("plan"))
        return ending;
    const std::vector<std::string> known{".svg", ".png", ".dot"};
    if (std::ranges::find(known, ending) == known.end())
        throw InputError(text(file.string(), ": --out draws .svg, .png or .dot"));
    return ending;
}

int run(const Arguments& arguments) {
    if (arguments.has("expand") && arguments.has("plan"))
        throw InputError("--expand prints the program and --plan its plan; write one of them");
    const std::filesystem::path out = arguments.value("out");
    const std::string ending = ending_of(arguments, out);
    const Drawing drawing = make(arguments);
    if (arguments.json())
        print_json(nlohmann::ordered_json{{"format", drawing.format}, {"text", drawing.content}});
    else if (out.empty())
        print(drawing.content);
    if (out.empty())
        return 0;
    if (drawing.format == "dot" && ending != ".dot")
        write_picture(out, ending.substr(1), drawing.content);
    else
        write_text(out, drawing.content);
    if (!arguments.quiet())
        note("wrote " + out.string() + "\n");
    return 0;
}

}  // namespace

Command draw_command() {
    return {
        .name = "draw",
        .usage = "GRAPH [options]",
        .summary = "a graph as a picture, as the program it expands to, or as its plan",
        .description =
            "Without --out the result is printed: the graph in DOT, with --expand the effective program in YAML "
            "(templates expanded, every default written out), with --plan the tasks, slices and buffers of a step. "
            "Pictures need the program dot of Graphviz.",
        .wanted = "a graph file",
        .options =
            {
                {"out", "FILE", ".svg, .png or .dot; with --expand or --plan any text file", "", false, 'o'},
                {"expand", "", "the effective program instead"},
                {"plan", "", "the plan of a step instead"},
                {"set", "PATH=VALUE", "change the program first, as in network.conv1.filters=16", "", true},
            },
        .examples = {"draw graphs/mnist_cnn.yaml --out mnist_cnn.svg", "draw graphs/mnist_cnn.yaml --expand"},
        .run = run,
    };
}

}  // namespace runner
