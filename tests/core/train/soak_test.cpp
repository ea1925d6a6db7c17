// A long run drifts nowhere.
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/core/train/trained.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

std::size_t resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::size_t all = 0, resident = 0;
    file >> all >> resident;
    return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::size_t open_files() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
        ++count;
    return count;
}

class Drift final : public TrainingObserver {
public:
    void on_epoch(const EpochReport& report) override {
        // By then the buffers of a save have grown to what a history needs.
        if (report.epoch == 500) {
            early_memory = resident_bytes();
            early_files = open_files();
        }
        late_memory = resident_bytes();
        late_files = open_files();
    }

    std::size_t early_memory = 0, late_memory = 0, early_files = 0, late_files = 0;
};

}  // namespace

TEST_SUITE("slow") {
    TEST_CASE("soak: 100,000 steps with 1,000 saves hold neither more memory nor more files") {
        std::ofstream("soak.yaml") << "data: {source: {synthetic: {shape: [4], classes: 3, samples: 400}}}\n"
                                      "network: [{dense: {units: 8, activation: relu}}, {dense: {units: 3}}]\n"
                                      "loss: softmax_cross_entropy\n"
                                      "train: {epochs: 1000, batch: 4, optimizer: {sgd: {learning_rate: 0.01}}}\n";
        Drift drift;
        const std::atomic<bool> never{false};
        const TrainingResult result =
            train(Environment(), {.graph = "soak.yaml", .out = "soak", .overwrite = true}, drift, never);
        CHECK(result.steps == 100'000);
        CHECK(drift.early_files == drift.late_files);
        CHECK(drift.late_memory * 100 <= drift.early_memory * 101);
        MESSAGE("resident: " << drift.early_memory << " bytes after 500 epochs, " << drift.late_memory
                             << " at the end");
    }
}
