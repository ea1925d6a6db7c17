#include "core/plan/reach.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "plexus/random.hpp"

using plexus::Reach;

namespace {

using Edges = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

/// All pairs, by the definition.
std::vector<std::vector<bool>> closure(std::size_t tasks, const Edges& edges) {
    std::vector<std::vector<bool>> before(tasks, std::vector<bool>(tasks));
    Edges by_end = edges;
    std::sort(by_end.begin(), by_end.end(), [](auto a, auto b) { return a.second < b.second; });
    for (const auto& [from, to] : by_end) {
        before[from][to] = true;
        for (std::size_t t = 0; t < tasks; ++t)
            before[t][to] = before[t][to] || before[t][from];
    }
    return before;
}

void check(std::size_t tasks, const Edges& edges) {
    const Reach reach(tasks, edges);
    const auto expected = closure(tasks, edges);
    std::size_t wrong = 0;
    for (std::uint32_t a = 0; a < tasks; ++a)
        for (std::uint32_t b = 0; b < tasks; ++b)
            wrong += reach.before(a, b) != expected[a][b] ? 1 : 0;
    CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("reach: no tasks, no edges, one chain") {
    check(0, {});
    check(1, {});
    check(5, {});
    check(5, {{0, 1}, {1, 2}, {2, 3}, {3, 4}});
    check(5, {{3, 4}, {0, 1}, {0, 1}, {1, 3}});
}

TEST_CASE("reach: random orders, from bare ones to dense ones") {
    for (std::uint32_t seed = 0; seed < 60; ++seed) {
        CAPTURE(seed);
        const std::uint32_t tasks = 2 + seed;
        Edges edges;
        for (std::uint32_t i = 0; i < tasks * (1 + seed % 5) / 2; ++i) {
            const auto words = plexus::philox({seed, 1}, {0, i, 0});
            const std::uint32_t a = words[0] % tasks, b = words[1] % tasks;
            if (a != b)
                edges.emplace_back(std::min(a, b), std::max(a, b));
        }
        check(tasks, edges);
    }
}

TEST_CASE("reach: shards between packing and updates, as in a plan") {
    constexpr std::uint32_t packs = 7, shards = 5, steps = 6, updates = 9;
    Edges edges;
    const auto shard = [&](std::uint32_t s, std::uint32_t i) { return packs + i * shards + s; };
    for (std::uint32_t s = 0; s < shards; ++s) {
        for (std::uint32_t p = 0; p < packs; ++p)
            edges.emplace_back(p, shard(s, 0));
        for (std::uint32_t i = 1; i < steps; ++i)
            edges.emplace_back(shard(s, i - 1), shard(s, i));
        for (std::uint32_t u = 0; u < updates; ++u)
            edges.emplace_back(shard(s, u % steps), packs + steps * shards + u);
    }
    check(packs + steps * shards + updates, edges);
}
