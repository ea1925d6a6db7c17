// runner bench: how fast a graph is on this machine, and where the time and the memory go.
#include "plexus/bench.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "apps/runner/benchmark/report.hpp"
#include "apps/runner/commands/commands.hpp"
#include "apps/runner/options/arguments.hpp"
#include "apps/runner/terminal/print.hpp"
#include "plexus/error.hpp"
#include "plexus/text.hpp"

namespace runner {
namespace {

using plexus::text;

constexpr std::size_t steps_in_trace = 3;

double seconds_of(const Arguments& arguments) {
    const std::string word = arguments.value("seconds", "3");
    double seconds = 0;
    const auto [end, failed] = std::from_chars(word.data(), word.data() + word.size(), seconds);
    if (failed != std::errc{} || end != word.data() + word.size() || !(seconds >= 0.01 && seconds <= 3600))
        throw plexus::InputError(text("--seconds wants a number from 0.01 to 3600, not '", word, "'"));
    return seconds;
}

std::string not_written(const std::string& file) {
    return text(file, ": cannot be written: ", std::strerror(errno));
}

// A file that is refused before anything is measured, and that is written when all is.
class TraceFile {
public:
    explicit TraceFile(std::string file)
        : file_(std::move(file)), existed_(std::filesystem::exists(file_)), stream_(file_, std::ios::app) {
        if (!stream_)
            throw plexus::InputError(not_written(file_));
    }
    TraceFile(const TraceFile&) = delete;
    TraceFile& operator=(const TraceFile&) = delete;
    ~TraceFile() {
        std::error_code ignored;
        if (!written_ && !existed_)
            std::filesystem::remove(file_, ignored);
    }

    void write(const plexus::BenchResult& result) {
        stream_.close();
        stream_.open(file_, std::ios::trunc);
        // Names come from the user's file and need not be UTF-8.
        stream_ << trace_json(result).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
        stream_.close();
        if (!stream_)
            throw plexus::RunError(not_written(file_));
        written_ = true;
    }

private:
    std::string file_;
    bool existed_;
    bool written_ = false;
    std::ofstream stream_;
};

plexus::Rewrites rewrites_of(const Arguments& arguments) {
    plexus::Rewrites rewrites;
    const std::pair<std::string, bool*> all[] = {{"absorb", &rewrites.absorb},
                                                 {"fuse", &rewrites.fuse},
                                                 {"tile", &rewrites.tile},
                                                 {"in_place", &rewrites.in_place}};
    std::vector<std::string> names;
    for (const auto& [name, wanted] : all)
        names.push_back(name);
    for (const std::string& name : arguments.values("without")) {
        const auto found = std::ranges::find(names, name);
        if (found == names.end())
            throw plexus::InputError(text("--without wants absorb, fuse, tile or in_place, not '", name, "'"));
        *all[found - names.begin()].second = false;
    }
    return rewrites;
}

int run(const Arguments& arguments) {
    const bool traces = arguments.has("trace");
    const plexus::BenchOptions options{.graph = arguments.inputs().front(),
                                       .overrides = arguments.overrides(),
                                       .threads = arguments.threads(),
                                       .seconds = seconds_of(arguments),
                                       .rewrites = rewrites_of(arguments),
                                       .explain = arguments.has("explain"),
                                       .trace_steps = traces ? steps_in_trace : 0};
    const plexus::Environment environment{arguments.environment()};
    std::optional<TraceFile> trace;
    if (traces)
        trace.emplace(arguments.value("trace"));
    const plexus::BenchResult result = plexus::bench(environment, options);
    if (trace)
        trace->write(result);
    if (trace && !arguments.quiet())
        note("wrote " + arguments.value("trace") + "\n");
    if (arguments.json())
        print_json(bench_json(result));
    else
        print(bench_text(result));
    return 0;
}

}  // namespace

Command bench_command() {
    return {
        .name = "bench",
        .usage = "GRAPH [options]",
        .summary = "how fast a graph is, and where time and memory go",
        .description =
            "Times whole steps on data that is in memory: training steps, or forward passes where the program has no "
            "train section. Steps are timed in rounds, and the machine's limit is measured between them; where either "
            "varies by more than 5 %, or other programs took as much, the result says that the machine was disturbed. "
            "Nothing is saved.\n"
            "With --explain, each stage of each node with its kernel, its slices, its share of the machine's limit, "
            "and "
            "what would make it faster. With --trace, some steps as Chrome trace events, for a browser's trace viewer.",
        .wanted = "a graph file",
        .options =
            {
                {"set", "PATH=VALUE", "change the program first, as in train.batch=256", "", true},
                {"seconds", "S", "how long to time steps, 0.01 to 3600", "3"},
                {"explain", "", "say of each stage what runs, how well, and what holds it up"},
                {"without", "REWRITE", "plan without it, for a comparison: absorb, fuse, tile or in_place", "", true},
                {"trace", "FILE", "write what each thread did in three steps"},
            },
        .examples = {"bench graphs/bench/mlp.yaml", "bench graphs/bench/convnet.yaml --explain",
                     "bench graphs/bench/convnet.yaml --threads 1 --json"},
        .run = run,
    };
}

}  // namespace runner
