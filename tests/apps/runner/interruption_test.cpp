// A run that is stopped, politely or not, goes on as if nothing had been.
#include <doctest/doctest.h>

#include <signal.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/apps/runner/small_run.hpp"

using namespace plexus::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

// Long enough to be met in the middle of an epoch, and saved often enough to be killed.
constexpr const char* long_run = "epochs: 4000, batch: 32";

void wait_for_epoch(Process& process, int epoch) {
    const std::string line = "\nepoch " +
                             std::string(epoch < 10    ? "   "
                                         : epoch < 100 ? "  "
                                                       : " ") +
                             std::to_string(epoch) + "/";
    while (process.running() && process.errors().find(line) == std::string::npos)
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
}

std::string step_of(const SmallRun& small, const std::string& file) {
    const Outcome outcome = small.runner({"inspect", file, "--json"});
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
    return json::parse(outcome.out)["attributes"]["step"];
}

}  // namespace

TEST_CASE("SIGTERM and Ctrl-C save a checkpoint and end with exit code 0 within two seconds") {
    for (const int signal : {SIGTERM, SIGINT}) {
        CAPTURE(signal);
        const SmallRun small{1920, long_run};
        Process process{small.words({"train", "graph.yaml", "-o", "a"}), small.options()};
        wait_for_epoch(process, 3);
        REQUIRE(process.running());
        process.send(signal);
        const Outcome outcome = process.wait();
        CHECK_MESSAGE(outcome.code == 0, outcome.err);
        CHECK(outcome.err.find("stopping: saves a checkpoint first") != std::string::npos);
        CHECK(!has_control_bytes(outcome.err));
        CHECK(outcome.out.starts_with("interrupted and saved after "));
        CHECK(outcome.out.find("--resume a/last.h5") != std::string::npos);
        CHECK(std::stoll(step_of(small, "a/last.h5")) > 0);
        CHECK(fs::exists(small.path("a/best.h5")));
        CHECK(small.runner({"evaluate", "a/last.h5"}).code == 0);
    }
}

TEST_CASE("a run that was stopped and resumed has the bits of one that was not") {
    const SmallRun small{480, "epochs: 40, batch: 32"};
    REQUIRE(small.runner({"train", "graph.yaml", "-o", "whole", "--quiet"}).code == 0);
    Process process{small.words({"train", "graph.yaml", "-o", "parts"}), small.options()};
    while (process.running() && process.errors().find("\nepoch  3/40") == std::string::npos)
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    REQUIRE(process.running());
    process.send(SIGTERM);
    REQUIRE(process.wait().code == 0);
    const Outcome resumed = small.runner({"train", "graph.yaml", "-o", "parts", "--resume", "parts/last.h5"});
    REQUIRE_MESSAGE(resumed.code == 0, resumed.err);
    CHECK(small.digest("parts/last.h5") == small.digest("whole/last.h5"));
    CHECK(small.digest("parts/best.h5") == small.digest("whole/best.h5"));
    CHECK(read_text(small.path("parts/metrics.csv")) == read_text(small.path("whole/metrics.csv")));
    const Outcome compared = small.runner({"inspect", "parts/last.h5", "whole/last.h5"});
    CHECK_MESSAGE(compared.code == 0, compared.out);
}

TEST_CASE("a run that was killed goes on from its last checkpoint") {
    const SmallRun small{480, "epochs: 60, batch: 32"};
    REQUIRE(small.runner({"train", "graph.yaml", "-o", "whole", "--quiet"}).code == 0);
    Process process{small.words({"train", "graph.yaml", "-o", "parts"}), small.options()};
    while (process.running() && process.errors().find("\nepoch  4/60") == std::string::npos)
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    REQUIRE(process.running());
    process.send(SIGKILL);
    CHECK(process.wait().code == 137);
    const Outcome resumed =
        small.runner({"train", "graph.yaml", "-o", "parts", "--resume", "parts/last.h5", "--quiet"});
    REQUIRE_MESSAGE(resumed.code == 0, resumed.err);
    CHECK(small.digest("parts/last.h5") == small.digest("whole/last.h5"));
    for (const fs::directory_entry& entry : fs::directory_iterator{small.path("parts")})
        CHECK_MESSAGE(entry.path().filename().string().find(".tmp-") == std::string::npos, entry.path().string());
}

TEST_CASE("a second Ctrl-C ends the process at once") {
    const SmallRun small{1920, long_run};
    Process process{small.words({"train", "graph.yaml", "-o", "a"}), small.options()};
    wait_for_epoch(process, 1);
    REQUIRE(process.running());
    // Stopped in between, so that it cannot finish its save before the second one arrives.
    process.send(SIGSTOP);
    process.send(SIGINT);
    process.send(SIGTERM);
    process.send(SIGCONT);
    const Outcome outcome = process.wait();
    CHECK((outcome.code == 130 || outcome.code == 143));
}

TEST_CASE("a reader of the log that leaves does not end the run") {
    const SmallRun small{96, "epochs: 3, batch: 32"};
    const std::string line = small.words({})[0] + " train graph.yaml -o a 2>&1 >/dev/null | head -n 1";
    CHECK(run({"bash", "-c", line + "; exit ${PIPESTATUS[0]}"}, small.options()).code == 0);
    CHECK(fs::exists(small.path("a/last.h5")));
}

TEST_CASE("a loss that is not finite is exit 1, naming node and step; no best.h5 is made of it") {
    const SmallRun small{96, "epochs: 3, batch: 32"};
    const Outcome outcome =
        small.runner({"train", "graph.yaml", "-o", "a", "--set", "train.optimizer.sgd.learning_rate=1.0e+30"});
    CHECK(outcome.code == 1);
    CHECK(outcome.out == "");
    CHECK_MESSAGE(outcome.err.find("step 2, epoch 1: the loss is not finite") != std::string::npos, outcome.err);
    CHECK_MESSAGE(outcome.err.find("dense 'fc") != std::string::npos, outcome.err);
    CHECK(!fs::exists(small.path("a/best.h5")));
}
