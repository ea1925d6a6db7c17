// What everybody meets first: help, misspelt names, missing files.
#include <doctest/doctest.h>

#include <chrono>

#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

using namespace plexus::test;
using doctest::Contains;

namespace {

const std::vector<std::string> commands{"train", "evaluate", "predict", "inspect", "check",
                                        "draw",  "bench",    "plugins", "new"};

}  // namespace

TEST_CASE("runner --help names every command and loads no plugin") {
    const Outcome outcome = run_runner({"--help"});
    CHECK(outcome.code == 0);
    CHECK(outcome.err == "");
    for (const std::string& command : commands)
        CHECK_MESSAGE(outcome.out.find("  " + command + " ") != std::string::npos, command);
    // A folder of plugins that is not there is no matter before plugins are needed.
    CHECK(run_runner({"train", "--help", "--plugin-dir", "/nowhere"}).code == 0);
}

TEST_CASE("every command has help with its usage, all general options and an example") {
    for (const std::string& command : commands) {
        CAPTURE(command);
        const Outcome outcome = run_runner({command, "--help"});
        CHECK(outcome.code == 0);
        CHECK(outcome.err == "");
        CHECK(outcome.out == run_runner({"help", command}).out);
        CHECK(outcome.out == run_runner({command, "-h"}).out);
        for (const std::string text :
             {"Usage: ", "--threads N", "--seed N", "--plugin-dir DIR", "--json", "--quiet", "Examples:"})
            CHECK_MESSAGE(outcome.out.find(text) != std::string::npos, text);
        CHECK(outcome.out.find(" " + command + " ") != std::string::npos);
        CHECK(!has_control_bytes(outcome.out));
    }
}

TEST_CASE("--version prints the version") {
    const Outcome outcome = run_runner({"--version"});
    CHECK(outcome.code == 0);
    CHECK(outcome.out.starts_with("Plexus "));
}

TEST_CASE("a misspelt command or option is exit 2 with the nearest name") {
    struct Case {
        std::vector<std::string> words;
        std::string text;
    };
    const std::vector<Case> cases{
        {{"trian", "a.yaml"}, "there is no command 'trian'; did you mean 'train'?"},
        {{"xyzzy"},
         "there is no command 'xyzzy'; there are train, evaluate, predict, generate, inspect, check, draw, bench, "
         "plugins, new"},
        {{"--theads", "2"}, "there is no option '--theads' before a command"},
        {{"train", "a.yaml", "--thread", "2"}, "train has no option '--thread'; did you mean '--threads'?"},
        {{"train", "a.yaml", "--overwite"}, "train has no option '--overwite'; did you mean '--overwrite'?"},
        {{"evaluate", "a.h5", "--dat", "b.yaml"}, "evaluate has no option '--dat'; did you mean '--data'?"},
        {{"inspect", "a.h5", "--input", "b"}, "inspect has no option '--input'"},
        {{"draw", "a.yaml", "-x"}, "draw has no option '-x'"},
        {{"train"}, "train wants a graph file: "},
        {{"predict", "a.h5"}, "predict wants a checkpoint and at least one input, or --data; see predict --help"},
        {{"check", "a.yaml", "b.yaml"}, "check does not know what to do with 'b.yaml'"},
        {{"train", "a.yaml", "--out"}, "--out wants a value: --out DIR"},
        {{"train", "a.yaml", "--quiet=1"}, "--quiet takes no value"},
        {{"train", "a.yaml", "--out", "a", "-o", "b"}, "--out is given twice: a and b"},
        {{"train", "a.yaml", "--threads", "none"}, "--threads wants a whole number from 1 to 4096, not 'none'"},
        {{"train", "a.yaml", "--threads", "0"}, "--threads wants a whole number from 1 to 4096, not '0'"},
        {{"train", "a.yaml", "--seed", "1.5"}, "--seed wants a whole number from 0 to 4294967295, not '1.5'"},
        {{"train", "a.yaml", "--set", "epochs"}, "--set wants PATH=VALUE, as in train.epochs=3, not 'epochs'"},
        {{"train", "a.yaml", "--overwrite", "--resume", "b.h5"}, "--overwrite begins anew and --resume goes on"},
        {{"predict", "a.h5", "b.png", "--top", "0"}, "--top wants a whole number from 1 to"},
        {{"predict", "a.h5", "b.png", "--out", "c.txt"}, "c.txt: --out writes .h5, .csv, .json or .npy"},
        {{"draw", "a.yaml", "--out", "a.jpg"}, "a.jpg: --out draws .svg, .png or .dot"},
        {{"bench", "a.yaml", "--isa", "avx3"}, "there is no instruction set 'avx3'; did you mean 'avx'?"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const Outcome outcome = run_runner(c.words);
        CHECK(outcome.code == 2);
        CHECK(outcome.out == "");
        CHECK_MESSAGE(outcome.err.find(c.text) != std::string::npos, outcome.err);
        CHECK(!has_control_bytes(outcome.err));
    }
}

TEST_CASE("without a command the help is on stderr, exit 2") {
    const Outcome outcome = run_runner({});
    CHECK(outcome.code == 2);
    CHECK(outcome.out == "");
    CHECK(outcome.err.find("Usage: ") != std::string::npos);
}

TEST_CASE("a file that is not there is named, exit 2") {
    const std::vector<std::vector<std::string>> lines{
        {"train", "nowhere.yaml"},
        {"check", "nowhere.yaml"},
        {"draw", "nowhere.yaml"},
        {"bench", "nowhere.yaml"},
        {"evaluate", "nowhere.yaml"},
        {"inspect", "nowhere.yaml"},
        {"predict", "nowhere.yaml", "x.png"},
        {"check", "./nowhere.yaml.so"},
    };
    const TemporaryFolder folder;
    for (const std::vector<std::string>& line : lines) {
        CAPTURE(line.front());
        const Outcome outcome = run_runner(line, {folder.path()});
        CHECK(outcome.code == 2);
        CHECK(outcome.out == "");
        CHECK_MESSAGE(outcome.err.find("nowhere.yaml") != std::string::npos, outcome.err);
        CHECK(!std::filesystem::exists(folder / "runs"));
    }
}

TEST_CASE("a name with control bytes does not reach the terminal as such") {
    const Outcome outcome = run_runner({"check", "no\x1b[31mwhere.yaml"});
    CHECK(outcome.code == 2);
    CHECK(!has_control_bytes(outcome.err));
    CHECK(outcome.err.find("no\\x1b[31mwhere.yaml") != std::string::npos);
}

TEST_CASE("standard output that takes nothing is exit 1, not silence") {
    const Outcome outcome = run({"sh", "-c", "'" + runner().string() + "' --help > /dev/full"});
    CHECK(outcome.code == 1);
    CHECK(outcome.err.find("cannot be written to standard output") != std::string::npos);
}
