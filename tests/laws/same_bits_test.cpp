// Law 3: the same bits with any number of threads, and in any order that the dependencies allow.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include "tests/support/paths.hpp"
#include "tests/support/stepper.hpp"

using namespace plexus;
using test::Stepper;

namespace {

std::vector<std::byte> after_steps(const char* program, Stepper::Options options, int steps = 6) {
    Stepper stepper(program, options);
    for (int i = 0; i < steps; ++i)
        stepper.step();
    return stepper.weights();
}

}  // namespace

TEST_CASE("law 3: weights do not depend on the number of threads") {
    for (const auto& program : test::small_programs()) {
        CAPTURE(program.name);
        const auto one = after_steps(program.text, {.threads = 1});
        for (const std::size_t threads : {2, 3, 8}) {
            CAPTURE(threads);
            CHECK(after_steps(program.text, {.threads = threads}) == one);
        }
    }
}

TEST_CASE("law 3: weights do not depend on the order in which ready tasks are taken") {
    for (const auto& program : test::small_programs()) {
        CAPTURE(program.name);
        const auto one = after_steps(program.text, {.threads = 1});
        for (std::uint64_t seed = 1; seed <= 5; ++seed) {
            CAPTURE(seed);
            CHECK(after_steps(program.text, {.threads = 3, .random_order = seed}) == one);
        }
    }
}

namespace {

/// A graph of graphs/bench with a train section, with another batch.
std::string bench_graph(const std::string& name, const std::string& batch) {
    std::ifstream in(test::source_dir() / "graphs/bench" / (name + ".yaml"));
    std::string text{std::istreambuf_iterator<char>(in), {}};
    const std::string was = "batch: 128";
    REQUIRE(text.find(was) != std::string::npos);
    return text.replace(text.find(was), was.size(), "batch: " + batch);
}

struct Left {
    std::vector<std::byte> weights;
    std::vector<float> answers;
    friend bool operator==(const Left&, const Left&) = default;
};

Left after_a_step(const std::string& program, Stepper::Options options) {
    Stepper stepper(program, options);
    stepper.step();
    return {stepper.weights(), stepper.infer()};
}

void check_row(const std::string& name, const std::string& batch) {
    CAPTURE(name);
    CAPTURE(batch);
    const std::string program = bench_graph(name, batch);
    const Left one = after_a_step(program, {.threads = 1});
    for (const std::size_t threads : {2, 3, 8})
        CHECK(after_a_step(program, {.threads = threads}) == one);
    CHECK(after_a_step(program, {.threads = 3, .random_order = 7}) == one);
}

}  // namespace

// A batch of 19 is two shards, one of them short; a batch of one is cut along channels where nothing is trained.
TEST_CASE("law 3: the networks of the benchmarks give the same bits with any number of threads") {
    for (const char* name : {"mlp", "convnet", "wide_mlp", "convnet_bf16"})
        for (const char* batch : {"19", "1"})
            check_row(name, batch);
}

TEST_SUITE("slow") {
    TEST_CASE("law 3: so do the large ones") {
        for (const char* name : {"vgg16", "resnet20", "separable", "vgg16_bf16"})
            for (const char* batch : {"19", "1"})
                check_row(name, batch);
    }
}
