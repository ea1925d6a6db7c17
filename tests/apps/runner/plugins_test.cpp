// runner plugins: what there is to build graphs of.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

using namespace plexus::test;
using nlohmann::json;

TEST_CASE("plugins lists types by kind, the folders that were searched, and what was skipped and why") {
    const TemporaryFolder folder;
    write_text(folder / "broken.so", "no library\n");
    const Outcome outcome = run_runner({"plugins", "--plugin-dir", folder.path().string()});
    CHECK(outcome.code == 0);
    CHECK(outcome.err == "");
    CHECK(!has_control_bytes(outcome.out));
    for (const std::string part : {"layer\n", "  relu", "optimizer\n", "  sgd", "loaded; searched:", "skipped:"})
        CHECK_MESSAGE(outcome.out.find(part) != std::string::npos, part);
    CHECK(outcome.out.find(folder.path().string() + "\n") != std::string::npos);
    CHECK(outcome.out.find((folder / "broken.so").string() + " ") != std::string::npos);
}

TEST_CASE("plugins --json has the same") {
    const json facts = json::parse(run_runner({"plugins", "--json"}).out);
    bool found = false;
    for (const json& type : facts["types"])
        found = found || (type["type"] == "relu" && type["kind"] == "layer" && type["library"] != "");
    CHECK(found);
    CHECK(facts["searched"][0] == std::filesystem::canonical(plugin_dir()).string());
    CHECK(!facts["plugins"].empty());
}

TEST_CASE("plugins TYPE is its reference page, as text and as JSON") {
    const Outcome page = run_runner({"plugins", "sgd"});
    CHECK(page.code == 0);
    for (const std::string part : {"sgd", "learning_rate", "momentum", "nesterov", "registered by "})
        CHECK_MESSAGE(page.out.find(part) != std::string::npos, part);
    const json facts = json::parse(run_runner({"plugins", "sgd", "--json"}).out);
    CHECK(facts["kind"] == "optimizer");
    bool found = false;
    for (const json& attribute : facts["attributes"])
        found = found || attribute["name"] == "momentum";
    CHECK(found);
}

TEST_CASE("a type that nobody registered is exit 2 with the nearest, and with the files that were skipped") {
    const TemporaryFolder folder;
    write_text(folder / "mine.so", "no library\n");
    const Outcome outcome = run_runner({"plugins", "rellu", "--plugin-dir", folder.path().string()});
    CHECK(outcome.code == 2);
    CHECK(outcome.out == "");
    CHECK(outcome.err.find("there is no type 'rellu'; did you mean 'relu'?") != std::string::npos);
    CHECK(outcome.err.find("skipped: " + (folder / "mine.so").string()) != std::string::npos);
}

TEST_CASE("--graph-schema prints JSON that knows the types") {
    const Outcome outcome = run_runner({"plugins", "--graph-schema"});
    CHECK(outcome.code == 0);
    const json schema = json::parse(outcome.out);
    CHECK(schema.is_object());
    CHECK(outcome.out.find("\"relu\"") != std::string::npos);
}
