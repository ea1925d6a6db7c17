// runner train: trains a graph into a run folder, or goes on with a checkpoint.
#include "plexus/training.hpp"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "apps/runner/commands/commands.hpp"
#include "apps/runner/commands/stop.hpp"
#include "apps/runner/options/arguments.hpp"
#include "apps/runner/terminal/print.hpp"
#include "apps/runner/terminal/quantity.hpp"
#include "apps/runner/terminal/table.hpp"
#include "apps/runner/terminal/training_view.hpp"
#include "plexus/error.hpp"

namespace runner {
namespace {

using plexus::TrainingOptions;
using plexus::TrainingResult;

// Of a file that holds the weights of the best epoch there is always one; before the first evaluation there is `last`.
const std::filesystem::path& weights_of(const TrainingResult& result) {
    return result.best.empty() ? result.last : result.best;
}

TrainingOptions options_of(const Arguments& arguments) {
    TrainingOptions options{arguments.inputs().front()};
    options.overrides = arguments.overrides();
    options.out = arguments.value("out");
    options.resume = arguments.value("resume");
    options.overwrite = arguments.has("overwrite");
    options.dry_run = arguments.has("dry-run");
    options.threads = arguments.threads();
    if (arguments.has("seed"))
        options.seed =
            static_cast<std::uint32_t>(arguments.number("seed", 0, 0, std::numeric_limits<std::uint32_t>::max()));
    options.command = arguments.line();
    if (const std::string from = arguments.value("weights-from"); !from.empty()) {
        options.from_networks = from == "networks";
        options.from_training = from == "training";
        if (!options.from_networks && !options.from_training)
            throw plexus::InputError("--weights-from wants networks or training, not '" + from + "'");
        if (options.resume.empty())
            throw plexus::InputError("--weights-from says what --resume FILE takes; there is no --resume");
    }
    if (options.overwrite && !options.resume.empty())
        throw plexus::InputError("--overwrite begins anew and --resume goes on; write one of them");
    return options;
}

std::string ending(TrainingResult::Ending how) {
    switch (how) {
        case TrainingResult::Ending::finished:
            return "finished";
        case TrainingResult::Ending::early_stopping:
            return "early_stopping";
        case TrainingResult::Ending::interrupted:
            return "interrupted";
        case TrainingResult::Ending::time_limit:
            return "time_limit";
    }
    return {};
}

nlohmann::ordered_json as_json(const TrainingResult& result) {
    nlohmann::ordered_json test = nlohmann::ordered_json::object();
    for (const auto& [name, value] : result.test)
        test[name] = value;
    return {{"ending", ending(result.ending)}, {"epochs", result.epochs},      {"steps", result.steps},
            {"test", std::move(test)},         {"best", result.best.string()}, {"last", result.last.string()},
            {"seconds", result.seconds},       {"saved", result.saved}};
}

std::string sentence(const TrainingResult& result) {
    const std::string how = result.ending == TrainingResult::Ending::finished ? "finished"
                            : result.ending == TrainingResult::Ending::early_stopping
                                ? "stopped early, for want of progress,"
                            : result.ending == TrainingResult::Ending::interrupted ? "interrupted and saved"
                                                                                   : "stopped at the time limit";
    return fmt::format("{} after {}, {}, {}\n", how, counted(static_cast<std::uint64_t>(result.epochs), "epoch"),
                       counted(result.steps, "step"), duration(result.seconds));
}

// What somebody will have to ask about: a picture, or an array of numbers.
std::string inputs(const plexus::TensorType& input) {
    return input.shape.rank() == 3 && input.element == plexus::Element::uint8 ? "IMAGE.png --top 3" : "ARRAY.npy";
}

std::string next_steps(const Arguments& arguments, const TrainingResult& result) {
    const std::string best = shell_word(weights_of(result).string());
    const bool unfinished =
        result.ending == TrainingResult::Ending::interrupted || result.ending == TrainingResult::Ending::time_limit;
    std::vector<std::string> commands{"evaluate " + best, "inspect " + best};
    if (unfinished)
        commands.insert(commands.begin(), "train " + shell_word(arguments.inputs().front()) + " --resume " +
                                              shell_word(result.last.string()));
    else if (result.one_network)
        commands.push_back("predict " + best + " " + inputs(result.input));
    else if (!result.samples_of.empty())
        commands.push_back("generate " + best + " --network " + shell_word(result.samples_of));
    // What was found in a folder of the person's own has to be found again.
    std::string folders;
    for (const std::string& folder : arguments.values("plugin-dir"))
        folders += " --plugin-dir " + shell_word(folder);
    std::string text = "\nNext:\n";
    for (const std::string& command : commands)
        text += fmt::format("  {} {}{}\n", arguments.program(), command, folders);
    return text;
}

void print_result(const Arguments& arguments, const TrainingResult& result) {
    print(sentence(result));
    Table table{{{"", Table::Align::left}, {"", Table::Align::left}}};
    for (const auto& [name, value] : result.test)
        table.row({"test " + name, brief(value)});
    table.row({"checkpoint", weights_of(result).string()});
    print(table.text() + next_steps(arguments, result));
}

int run(const Arguments& arguments) {
    const TrainingOptions options = options_of(arguments);
    const std::atomic<bool>& stop = stop_on_signals(arguments.quiet());
    const plexus::Environment environment{arguments.environment()};
    TrainingView view{arguments.quiet()};
    const TrainingResult result = plexus::train(environment, options, view, stop);
    view.finish();
    if (arguments.json())
        print_json(as_json(result));
    else if (options.dry_run)
        print("dry run: one step, one evaluation, one save and one load went well; nothing was kept\n");
    else
        print_result(arguments, result);
    if (!result.saved)
        throw plexus::RunError("the last checkpoint could not be saved; " + result.last.string() +
                               " is the one before, if there is any");
    return 0;
}

}  // namespace

Command train_command() {
    return {
        .name = "train",
        .usage = "GRAPH [options]",
        .summary = "train a graph into a run folder, or go on with a checkpoint",
        .description =
            "Trains the program of a graph file. The run folder gets last.h5 and best.h5 (checkpoints), graph.yaml "
            "(the "
            "program with every default written out), run.json, and the history as metrics.csv, metrics.jsonl and "
            "events "
            "for TensorBoard.\n"
            "Ctrl-C or SIGTERM saves a checkpoint and ends with exit code 0; a second one ends at once.",
        .wanted = "a graph file",
        .options =
            {
                {"set", "PATH=VALUE", "change the program, as in train.epochs=3 or network.fc1.units=64", "", true},
                {"out", "DIR", "the run folder", "runs/<the graph's name>", false, 'o'},
                {"resume", "FILE", "go on with the run that saved this checkpoint: the same bits as without a break"},
                {"overwrite", "", "begin anew in a folder that has a run in it"},
                {"weights-from", "networks|training",
                 "with --resume, where somebody edited the file: which of its weights count"},
                {"dry-run", "", "one step, one evaluation, one save and one load in a temporary folder, then stop"},
            },
        .examples = {"train graphs/mnist_mlp.yaml", "train graphs/mnist_cnn.yaml --set train.epochs=3 --out runs/a",
                     "train graphs/mnist_cnn.yaml --resume runs/a/last.h5"},
        .run = run,
    };
}

}  // namespace runner
