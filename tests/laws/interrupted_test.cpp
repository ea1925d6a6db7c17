// Law 6: a process killed at any instant leaves the last complete checkpoint, and resuming gives the same bits as not
// having stopped.
#include <doctest/doctest.h>
#include <signal.h>

#include <chrono>
#include <random>
#include <thread>

#include "plexus/checkpoint.hpp"
#include "plexus/text.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

using namespace plexus;
using namespace plexus::test;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::duration_cast;
using std::chrono::milliseconds;

namespace {

// With all that a resumed run could lose, saved every few steps: at most instants a save is under way or just done.
constexpr const char* program = R"(
data: {source: {synthetic: {shape: [8, 8, 1], classes: 3, samples: 1200}}, holdout: 200}
network:
  - conv2d: {filters: 4, kernel_size: 3}
  - batch_normalization
  - relu
  - flatten
  - dropout: {rate: 0.3}
  - dense: {units: 3}
loss: softmax_cross_entropy
metrics: [accuracy]
train:
  epochs: 12
  batch: 30
  shard: 8
  save_every: {step: 9}
  optimizer:
    swa:
      base: {sgd: {learning_rate: {cosine: {initial: 0.1, warmup: {step: 30}}}, momentum: 0.9}}
      start: {epoch: 6}
      frequency: {epoch: 1}
      learning_rate: 0.05
)";

class Interrupted {
public:
    Interrupted() {
        write_text(folder_ / "graph.yaml", program);
        const auto start = Clock::now();
        const Outcome outcome = Process(words("whole", false), {folder_.path()}).wait();
        REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
        takes_ = duration_cast<milliseconds>(Clock::now() - start);
    }

    // Starts, or resumes, and sends the signal after a random time. Where the run was done before that, or is now, it
    // is compared with the one that nobody stopped, and the next call begins anew.
    void stop_by(int signal) {
        const bool resumes = fs::exists(folder_ / "parts/last.h5");
        Process process(words("parts", resumes), {folder_.path()});
        // A polite signal is for whoever listens.
        while (signal != SIGKILL && process.running() && process.errors().find("epochs of") == std::string::npos)
            std::this_thread::sleep_for(milliseconds{1});
        const milliseconds delay{random_() % static_cast<std::uint64_t>(takes_.count() / 3 + 1)};
        std::this_thread::sleep_for(delay);
        process.send(signal);
        const Outcome outcome = process.wait();
        INFO("signal ", signal, " after ", delay.count(), " ms, exit code ", outcome.code, ": ", outcome.err);
        CHECK((outcome.code == 0 || (signal == SIGKILL && outcome.code == 128 + SIGKILL)));
        stopped_ += outcome.code != 0 || outcome.out.find("interrupted") != std::string::npos;
        if (outcome.code == 0 && outcome.out.find("interrupted") == std::string::npos)
            return compare();
        look();
    }

    void finish() {
        const Outcome outcome = Process(words("parts", fs::exists(folder_ / "parts/last.h5")), {folder_.path()}).wait();
        REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
        compare();
    }

    [[nodiscard]] int stopped() const { return stopped_; }
    [[nodiscard]] int in_mid_epoch() const { return in_mid_epoch_; }

private:
    std::vector<std::string> words(const std::string& out, bool resume) {
        std::vector<std::string> all{runner().string(), "train", "graph.yaml", "--out", out, "--threads", "2"};
        if (resume)
            all.insert(all.end(), {"--resume", out + "/last.h5"});
        else if (fs::exists(folder_ / out))
            all.emplace_back("--overwrite");
        return all;
    }

    // What lies at the names is whole.
    void look() {
        for (const std::string name : {"parts/last.h5", "parts/best.h5"}) {
            if (!fs::exists(folder_ / name))
                continue;
            const Checkpoint checkpoint(folder_ / name);
            for (const auto& [attribute, value] : checkpoint.attributes())
                in_mid_epoch_ += attribute == "step" && std::stoi(value) % 34 != 0 ? 1 : 0;
        }
    }

    void compare() {
        for (const std::string name : {"last.h5", "best.h5", "metrics.csv", "graph.yaml"}) {
            CAPTURE(name);
            const std::string whole = read_text(folder_ / "whole" / name);
            CHECK(!whole.empty());
            const bool are_equal = read_text(folder_ / "parts" / name) == whole;
            CHECK(are_equal);
        }
        for (const auto& entry : fs::directory_iterator{folder_ / "parts"})
            CHECK_MESSAGE(entry.path().filename().string().find(".tmp-") == std::string::npos, entry.path().string());
        fs::remove_all(folder_ / "parts");
    }

    TemporaryFolder folder_;
    milliseconds takes_{};
    std::mt19937_64 random_{1};
    int stopped_ = 0;
    int in_mid_epoch_ = 0;
};

void kill(int times) {
    Interrupted run;
    for (int i = 0; i < 4 * times && run.stopped() < times; ++i)
        run.stop_by(SIGKILL);
    run.finish();
    CHECK(run.stopped() == times);
    CHECK(run.in_mid_epoch() > 0);
}

}  // namespace

TEST_CASE("law 6: a run that was killed at random instants has the bits of one that was not") {
    kill(12);
}

TEST_SUITE("slow") {
    TEST_CASE("law 6: ... at a thousand instants") {
        kill(1000);
    }
}

TEST_CASE("law 6: a run that was killed after its last checkpoint, before its other files, has these when resumed") {
    for (const std::string test : {"", ", test: {synthetic: {shape: [8, 8, 1], classes: 3, samples: 40, seed: 2}}"}) {
        CAPTURE(test);
        const TemporaryFolder folder;
        std::string text = program;
        text.insert(text.find(", holdout"), test);
        write_text(folder / "graph.yaml", text);
        std::vector<std::string> words{runner().string(), "train",         "graph.yaml", "--out", "run",
                                       "--set",           "train.epochs=7"};
        REQUIRE(run(words, {folder.path()}).code == 0);
        fs::copy(folder / "run", folder / "whole");
        fs::remove(folder / "run/metrics.csv");
        fs::remove(folder / "run/graph.yaml");
        words.insert(words.end(), {"--resume", "run/last.h5"});
        REQUIRE(run(words, {folder.path()}).code == 0);
        for (const std::string name : {"last.h5", "best.h5", "metrics.csv", "graph.yaml"}) {
            CAPTURE(name);
            const bool are_equal = read_text(folder / "run" / name) == read_text(folder / "whole" / name);
            CHECK(are_equal);
        }
    }
}

TEST_CASE("law 6: a run that was asked to stop at random instants has the bits of one that was not") {
    Interrupted run;
    for (int i = 0; i < 24 && run.stopped() < 6; ++i)
        run.stop_by(i % 2 == 0 ? SIGTERM : SIGINT);
    run.finish();
    CHECK(run.stopped() == 6);
    CHECK(run.in_mid_epoch() > 0);
}
