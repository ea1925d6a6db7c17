#include "core/plan/reach.hpp"

#include <algorithm>
#include <numeric>

namespace plexus {
namespace {

// More paths make more answers quick; no more than this many numbers are kept of them.
constexpr std::size_t most_numbers = std::size_t{1} << 25;

}  // namespace

Reach::Reach(std::size_t tasks, const std::vector<std::pair<std::uint32_t, std::uint32_t>>& edges)
    : first_(tasks + 1), next_(edges.size()), path_(tasks, none), place_(tasks), seen_(tasks) {
    for (const auto& [from, to] : edges)
        ++first_[from + 1];
    std::partial_sum(first_.begin(), first_.end(), first_.begin());
    std::vector<std::uint32_t> at(first_.begin(), first_.end() - 1);
    for (const auto& [from, to] : edges)
        next_[at[from]++] = to;
    for (std::uint32_t t = 0; t < tasks; ++t)
        std::sort(next_.begin() + first_[t], next_.begin() + first_[t + 1]);
    find_paths();
    follow_paths(edges);
}

// The longest path of what is left, again and again, is too dear: each path goes on by the longest way from its end.
void Reach::find_paths() {
    const auto tasks = static_cast<std::uint32_t>(path_.size());
    std::vector<std::uint32_t> length(tasks);
    for (std::uint32_t t = tasks; t-- > 0;)
        for (const std::uint32_t n : after(t))
            length[t] = std::max(length[t], length[n] + 1);
    std::vector<std::uint32_t> starts(tasks);
    std::iota(starts.begin(), starts.end(), 0U);
    std::stable_sort(starts.begin(), starts.end(), [&](auto a, auto b) { return length[a] > length[b]; });
    for (const std::uint32_t start : starts) {
        if (path_[start] != none || length[start] == 0)
            continue;
        if ((paths_ + 1) * tasks > most_numbers)
            break;
        std::uint32_t places = 0;
        for (std::uint32_t t = start; t != none;) {
            path_[t] = static_cast<std::uint32_t>(paths_);
            place_[t] = places++;
            std::uint32_t best = none;
            for (const std::uint32_t n : after(t))
                if (path_[n] == none && (best == none || length[n] > length[best]))
                    best = n;
            t = best;
        }
        // A task that leads to none that is free would be a path of its own: it is as quickly answered without.
        if (places == 1)
            path_[start] = none;
        else
            ++paths_;
    }
}

void Reach::follow_paths(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& edges) {
    passed_.assign(path_.size() * paths_, 0);
    if (edges.empty() || paths_ == 0)
        return;
    for (std::uint32_t t = 0; t < path_.size(); ++t) {
        const std::uint32_t* from = passed_.data() + t * paths_;
        for (const std::uint32_t n : after(t)) {
            std::uint32_t* to = passed_.data() + n * paths_;
            for (std::size_t p = 0; p < paths_; ++p)
                to[p] = std::max(to[p], from[p]);
            if (path_[t] != none)
                to[path_[t]] = std::max(to[path_[t]], place_[t] + 1);
        }
    }
}

bool Reach::before(std::uint32_t a, std::uint32_t b) const {
    if (a >= b)
        return false;
    if (path_[a] != none)
        return on_path_before(a, b);
    if (++search_ == 0) {
        std::fill(seen_.begin(), seen_.end(), 0U);
        search_ = 1;
    }
    open_.assign(1, a);
    while (!open_.empty()) {
        const std::span<const std::uint32_t> next = after(open_.back());
        open_.pop_back();
        if (std::binary_search(next.begin(), next.end(), b))
            return true;
        for (const std::uint32_t n : next) {
            if (n > b)
                break;
            if (seen_[n] == search_)
                continue;
            seen_[n] = search_;
            if (path_[n] == none)
                open_.push_back(n);
            else if (on_path_before(n, b))
                return true;
        }
    }
    return false;
}

}  // namespace plexus
