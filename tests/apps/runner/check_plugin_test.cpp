// runner check libmine.so: what is tried, what is found, and how it is shown again.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

using namespace plexus::test;
using nlohmann::json;

namespace {

Outcome check(std::vector<std::string> words) {
    words.insert(words.begin(), "check");
    return run_runner(std::move(words));
}

std::string shipped(const std::string& plugin) {
    return (plugin_dir() / (plugin + ".so")).string();
}

// A shell's quotes are the only ones that the runner writes: around a case.
std::vector<std::string> words_of(const std::string& line) {
    std::vector<std::string> words{""};
    bool quoted = false;
    for (const char c : line)
        if (c == '\'')
            quoted = !quoted;
        else if (c == ' ' && !quoted)
            words.emplace_back();
        else
            words.back() += c;
    return words;
}

}  // namespace

TEST_CASE("check of a plugin tries every type") {
    const Outcome outcome = check({shipped("activation")});
    CHECK_MESSAGE(outcome.code == 0, outcome.err);
    CHECK(outcome.out.starts_with("activation "));
    CHECK(outcome.out.find(" fits this Plexus and registers 5 types\n") != std::string::npos);
    CHECK(outcome.out.find("  layer  tanh         6 cases  10 checks passed\n") != std::string::npos);
    CHECK(outcome.err.empty());
    const json facts = json::parse(check({shipped("schedules"), "--json"}).out);
    CHECK(facts["passed"] == true);
    CHECK(facts["types"].size() >= 1);
    CHECK(facts["types"][0]["passed"] == json::parse(R"(["schema", "schedule"])"));
}

TEST_CASE("check of a plugin that breaks a promise says what, where, the smallest case, and how to see it again") {
    const Outcome outcome = check({PLANTED, "--type", "wrong_gradient"});
    CHECK(outcome.code == 2);
    CHECK(outcome.err == std::string(PLANTED) + ": 1 of 1 type not as promised\n");
    CHECK(outcome.out.find("  layer  wrong_gradient  2 cases  fails: gradients\n") != std::string::npos);
    CHECK(outcome.out.find("wrong_gradient: gradients\n  at element 0 of input 0 the slope is ") != std::string::npos);
    CHECK(outcome.out.find("  case      wrong_gradient on float32 [6]\n  smallest  wrong_gradient on float32 [1]\n") !=
          std::string::npos);
    const std::size_t at = outcome.out.find("  again     ");
    REQUIRE(at != std::string::npos);
    std::string again = outcome.out.substr(at + 12, outcome.out.find('\n', at) - at - 12);
    CHECK(again.find(" --only gradients --case 'wrong_gradient on float32 [1]' --in-process") != std::string::npos);
    const Outcome repeated = run(words_of(again));
    CHECK(repeated.code == 2);
    CHECK(repeated.out.find("wrong_gradient: gradients\n  at element 0 of input 0") != std::string::npos);
}

TEST_CASE("check of a plugin: what it finds, as JSON") {
    const Outcome outcome = check({PLANTED, "--type", "gives_up", "--json"});
    CHECK(outcome.code == 2);
    const json facts = json::parse(outcome.out);
    CHECK(facts["passed"] == false);
    const json& type = facts["types"][0];
    CHECK(type["left_out"].size() == 6);
    const json& finding = type["findings"][0];
    CHECK(finding["check"] == "memory");
    CHECK(finding["case"] == "gives_up on float32 [6]");
    CHECK(finding["what"] == "ends with signal 6 (Aborted)");
    CHECK(finding["smallest"] == "gives_up on float32 [1]");
    // In one process the crash is the process's own.
    CHECK(run(words_of(finding["again"].get<std::string>())).code == 128 + 6);
}

TEST_CASE("check of a plugin: a gradient that is declared to be none is not compared") {
    const Outcome outcome = check({PLANTED, "--type", "surrogate"});
    CHECK(outcome.code == 0);
    CHECK(
        outcome.out.find("surrogate: gradients are not compared, for backward() is declared to be a tenth larger\n") !=
        std::string::npos);
    const json facts = json::parse(check({PLANTED, "--type", "surrogate", "--json"}).out);
    CHECK(facts["types"][0]["surrogate_gradient"] == "a tenth larger");
}

TEST_CASE("check of a plugin: a seed and a case of one's own") {
    CHECK(check({PLANTED, "--case", "wrong_gradient on float32 [3]", "--seed", "7"}).out.find("(seed 7)") !=
          std::string::npos);
    const Outcome refused = check({PLANTED, "--case", "no_fault on float32 [3, 4, 5]"});
    CHECK(refused.code == 2);
    CHECK(refused.out.find("cannot be planned: ") != std::string::npos);
}

TEST_CASE("check of a plugin: what wants a file is not called passed, and is tried once a file is named") {
    const std::string plugin = shipped("datasets");
    const Outcome without = check({plugin, "--type", "csv"});
    CHECK(without.code == 0);
    CHECK(without.err == plugin + ": 1 of 1 type not tried\n");
    CHECK(without.out.find("  data set  csv    not tried, see below\n") != std::string::npos);
    CHECK(without.out.find("\ncsv: not tried\n"
                           "  what it wants is not in its schema; name a case, with what is in capitals filled in\n"
                           "  it said  csv: text: there is no such file; check the path\n"
                           "  try      ") != std::string::npos);
    CHECK(without.out.ends_with(" --case 'csv {file: FILE}'\n"));
    const json facts = json::parse(check({plugin, "--json"}).out);
    CHECK(facts["not_tried"] == json::parse(R"(["csv", "hdf5", "idx", "image_folder", "sequence_csv", "text"])"));
    const auto facts_of = [&](const char* type) {
        return *std::ranges::find_if(facts["types"], [&](const json& one) { return one["type"] == type; });
    };
    const json csv = facts_of("csv");
    CHECK(csv["passed"] == json::parse(R"(["schema"])"));
    CHECK(csv["not_tried"]["why"] == "csv: text: there is no such file; check the path");
    CHECK(csv["not_tried"]["case"] == "csv {file: FILE}");
    CHECK(csv["not_tried"]["try"].get<std::string>().ends_with(" --case 'csv {file: FILE}'"));
    CHECK(facts_of("synthetic")["not_tried"].is_null());

    const TemporaryFolder folder;
    write_text(folder / "table.csv", "a,b\n1,2\n3,4\n");
    const Outcome with = check({plugin, "--case", "csv {file: " + (folder / "table.csv").string() + "}"});
    CHECK_MESSAGE(with.code == 0, with.out);
    CHECK(with.out.find("  data set  csv    1 check passed\n") != std::string::npos);
    CHECK(with.err.empty());
}

TEST_CASE("check of a plugin: what has no inputs is shown again by its attributes") {
    const Outcome outcome = check({PLANTED, "--type", "writes_gradient"});
    CHECK(outcome.code == 2);
    CHECK(outcome.out.find("writes_gradient: optimizer\n  update() writes to gradient, which is to be read only\n"
                           "  again  ") != std::string::npos);
    CHECK(outcome.out.ends_with(" --only optimizer --case writes_gradient --in-process\n"));
    const Outcome misspelt = check({shipped("optimizers"), "--case", "sgd {momentm: 0.5}"});
    CHECK(misspelt.code == 2);
    CHECK(misspelt.out.find("sgd: examples\n"
                            "  is refused: case:1:6: sgd has no attribute 'momentm'; did you mean 'momentum'?\n"
                            "  case   sgd {momentm: 0.5}\n") != std::string::npos);
    CHECK(misspelt.out.ends_with(" --only examples --case 'sgd {momentm: 0.5}' --in-process\n"));
    CHECK(check({shipped("optimizers"), "--only", "examples", "--case", "sgd {momentm: 0.5}", "--in-process"}).code ==
          2);
}

TEST_CASE("check of a plugin: what is written wrongly") {
    const TemporaryFolder folder;
    write_text(folder / "mine.so", "no library\n");
    write_text(folder / "graph.yaml", "network: []\n");
    const std::string graph = (folder / "graph.yaml").string();
    const struct {
        std::vector<std::string> words;
        std::string message;
    } cases[] = {
        {{(folder / "mine.so").string()}, "mine.so: "},
        {{PLANTED, "--set", "a=1"}, "--set is for a graph"},
        {{PLANTED, "--data"}, "--data is for a graph"},
        {{graph, "--only", "gradients"}, "--only is for a plugin (a .so file); "},
        {{PLANTED, "--only", "gradient"}, "there is no check 'gradient'; did you mean 'gradients'?"},
        {{PLANTED, "--type", "no_falt"}, "there is no type 'no_falt'; did you mean 'no_fault'?"},
        {{PLANTED, "--case", "no_fault"}, "'no_fault' is no case; write it as it was printed"},
        {{PLANTED, "--case", "counts on float32 [3]"},
         "counts is no layer, loss or metric: its case has no inputs, as in 'counts {attribute: value}'"},
        {{PLANTED, "--case", " {a: 1}"}, "' {a: 1}' is no case; it begins with the name of a type"},
    };
    for (const auto& [words, message] : cases) {
        const Outcome outcome = check(words);
        CHECK(outcome.code == 2);
        CHECK_MESSAGE(outcome.err.find(message) != std::string::npos, outcome.err);
    }
}
