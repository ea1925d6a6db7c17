// Which task comes before which, through any number of others.
#pragma once
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace plexus {

/// An order of tasks, by a few long paths through it: of each task it is known how far along each path the tasks are
/// that come before it. What lies on a path is answered from that at once; what does not, by what it leads to. Plans
/// are made of such paths, the shards, with little beside them. Memory: tasks times paths. Source: H. V. Jagadish, A
/// compression technique to materialize transitive closure, 1990.
class Reach {
public:
    /// Edges lead from lower to higher numbers.
    Reach(std::size_t tasks, const std::vector<std::pair<std::uint32_t, std::uint32_t>>& edges);

    /// Whether `a` is done before `b` starts.
    [[nodiscard]] bool before(std::uint32_t a, std::uint32_t b) const;

private:
    static constexpr std::uint32_t none = static_cast<std::uint32_t>(-1);

    [[nodiscard]] std::span<const std::uint32_t> after(std::uint32_t task) const noexcept {
        return {next_.data() + first_[task], first_[task + 1] - first_[task]};
    }
    void find_paths();
    void follow_paths(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& edges);
    [[nodiscard]] bool on_path_before(std::uint32_t a, std::uint32_t b) const noexcept {
        return passed_[b * paths_ + path_[a]] > place_[a];
    }

    std::vector<std::uint32_t> first_;   ///< per task, in next_
    std::vector<std::uint32_t> next_;    ///< what each task leads to, ascending
    std::vector<std::uint32_t> path_;    ///< per task: its path, or none
    std::vector<std::uint32_t> place_;   ///< per task: on its path
    std::vector<std::uint32_t> passed_;  ///< per task and path: how many on it come before the task
    std::size_t paths_ = 0;
    mutable std::vector<std::uint32_t> open_;  ///< of before(): tasks to look behind
    mutable std::vector<std::uint32_t> seen_;  ///< per task: the last search that came by
    mutable std::uint32_t search_ = 0;
};

}  // namespace plexus
