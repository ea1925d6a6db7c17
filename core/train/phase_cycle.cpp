#include "core/train/phase_cycle.hpp"

#include <algorithm>
#include <numeric>

#include "plexus/text.hpp"

namespace plexus {
namespace {

constexpr std::uint64_t longest = 100'000;  // steps of a period
constexpr std::size_t most_plans = 64;

}  // namespace

PhaseCycle::PhaseCycle(const Program& program) {
    std::uint64_t rounds = 1;
    for (const PhaseText& phase : program.phases)
        rounds = std::min(std::lcm(rounds, static_cast<std::uint64_t>(phase.every)), longest + 1);
    for (std::uint64_t round = 0; round < rounds && sequence_.size() <= longest; ++round)
        add_round(program, round);
    if (rounds > longest || sequence_.size() > longest || combinations_.size() > most_plans)
        throw InputError(program.phases.front().position,
                         text("it takes more than ", longest,
                              " steps until the phases, with their 'every' and "
                              "'steps', begin anew, or they fall due in more than ",
                              most_plans, " combinations: choose numbers that divide each other"));
    std::size_t leader = 0;
    for (std::size_t p = 0; p < program.phases.size(); ++p)
        if (program.train && program.train->epoch_of && program.phases[p].name == *program.train->epoch_of)
            leader = p;
    for (const std::vector<std::size_t>& due : combinations_)
        moves_on_.push_back(std::ranges::find(due, leader) != due.end());
    for (std::size_t step = 0; step < sequence_.size(); ++step)
        if (moves_on_[sequence_[step]])
            moves_.push_back(step);
}

void PhaseCycle::add_round(const Program& program, std::uint64_t round) {
    std::vector<std::vector<std::size_t>> steps;
    for (std::size_t p = 0; p < program.phases.size(); ++p) {
        if ((round + 1) % static_cast<std::uint64_t>(program.phases[p].every) != 0)
            continue;
        const auto count = static_cast<std::size_t>(program.phases[p].steps);
        if (sequence_.size() + steps.size() + count > longest + 1)
            break;
        const std::size_t first = steps.empty() ? 0 : steps.size() - 1;
        steps.resize(std::max(steps.size(), first + count));
        for (std::size_t step = first; step < first + count; ++step)
            steps[step].push_back(p);
    }
    for (const std::vector<std::size_t>& due : steps) {
        const auto found = std::ranges::find(combinations_, due);
        sequence_.push_back(static_cast<std::size_t>(found - combinations_.begin()));
        if (found == combinations_.end())
            combinations_.push_back(due);
    }
}

std::uint64_t PhaseCycle::batches(std::uint64_t steps) const {
    const auto inside = std::ranges::lower_bound(moves_, steps % sequence_.size()) - moves_.begin();
    return steps / sequence_.size() * moves_.size() + static_cast<std::uint64_t>(inside);
}

std::uint64_t PhaseCycle::steps(std::uint64_t batches) const {
    if (batches == 0)
        return 0;
    return (batches - 1) / moves_.size() * sequence_.size() + moves_[(batches - 1) % moves_.size()] + 1;
}

}  // namespace plexus
