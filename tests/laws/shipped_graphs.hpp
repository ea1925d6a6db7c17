// The programs that ship in graphs/, for the laws that hold for each of them.
#pragma once
#include <filesystem>
#include <vector>

#include "core/plan/plan.hpp"
#include "core/train/optimizers.hpp"
#include "core/train/session.hpp"

namespace plexus::test {

/// graphs/*.yaml and graphs/bench/*.yaml, in alphabetical order.
std::vector<std::filesystem::path> shipped_graphs();

/// One of them with everything that its plans need.
struct ShippedProgram {
    explicit ShippedProgram(const std::filesystem::path& graph);

    /// What a run asks for, in each mode in which the program can run: a step, a prediction, an evaluation, an
    /// estimation of states. `name` says which.
    struct Request {
        const char* name;
        PlanRequest request;
    };
    [[nodiscard]] std::vector<Request> requests(std::int64_t batch, std::size_t workers = 2) const;

    Session session;
    Optimizers optimizers;
};

}  // namespace plexus::test
