#include "core/train/phase_cycle.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace plexus;

namespace {

struct Turns {
    std::int64_t steps = 1;
    std::int64_t every = 1;
};

Program program_of(const std::vector<Turns>& turns, const std::string& epoch_of = {}) {
    Program program;
    program.is_short = false;
    program.train.emplace();
    for (const Turns& t : turns) {
        PhaseText& phase = program.phases.emplace_back();
        phase.name = std::string(1, static_cast<char>('a' + program.phases.size() - 1));
        phase.steps = t.steps;
        phase.every = t.every;
    }
    if (!epoch_of.empty())
        program.train->epoch_of = epoch_of;
    return program;
}

/// "ab a a": the phases due in each of so many steps; a dot where the data move on.
std::string first_steps(const PhaseCycle& cycle, std::uint64_t count) {
    std::string all;
    for (std::uint64_t step = 0; step < count; ++step) {
        all += step == 0 ? "" : " ";
        for (const std::size_t phase : cycle.combinations()[cycle.combination(step)])
            all += static_cast<char>('a' + phase);
        all += cycle.moves_on(step) ? "." : "";
    }
    return all;
}

}  // namespace

TEST_CASE("phase cycle: which phases fall due in which step") {
    CHECK(first_steps(PhaseCycle(program_of({{}})), 2) == "a. a.");
    CHECK(first_steps(PhaseCycle(program_of({{}, {}})), 2) == "ab. ab.");
    CHECK(first_steps(PhaseCycle(program_of({{.steps = 3}, {}})), 6) == "a. a. ab. a. a. ab.");
    CHECK(first_steps(PhaseCycle(program_of({{}, {.steps = 2}})), 4) == "ab. b ab. b");
    CHECK(first_steps(PhaseCycle(program_of({{}, {.steps = 2}}, "b")), 4) == "ab. b. ab. b.");
    CHECK(first_steps(PhaseCycle(program_of({{.steps = 2}, {.steps = 2}})), 3) == "a. ab. b");
    CHECK(first_steps(PhaseCycle(program_of({{}, {.every = 3}})), 6) == "a. a. ab. a. a. ab.");
    CHECK(first_steps(PhaseCycle(program_of({{.every = 2}, {.every = 3}})), 4) == "a. b a. ab.");
}

TEST_CASE("phase cycle: steps and batches tell each other") {
    const PhaseCycle cycle(program_of({{}, {.steps = 2}}));
    for (std::uint64_t batches = 0; batches < 20; ++batches) {
        CHECK(cycle.batches(cycle.steps(batches)) == batches);
        CHECK((batches == 0 || cycle.batches(cycle.steps(batches) - 1) == batches - 1));
    }
    CHECK(cycle.steps(3) == 5);
}

TEST_CASE("phase cycle: turns that take too long to come round are refused") {
    CHECK_THROWS_WITH_AS(PhaseCycle(program_of({{.every = 99'991}, {.every = 99'989}})),
                         doctest::Contains("choose numbers that divide each other"), InputError);
}
