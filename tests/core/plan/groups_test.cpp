#include "core/plan/groups.hpp"

#include <doctest/doctest.h>

using plexus::Groups;

namespace {

std::vector<std::uint64_t> chains(const Groups& groups, std::size_t shards) {
    std::vector<std::uint64_t> all;
    for (std::size_t s = 0; s < shards; ++s)
        all.push_back(groups.chain(s));
    return all;
}

using Chains = std::vector<std::uint64_t>;
constexpr std::size_t mebibyte = 1024 * 1024;

}  // namespace

TEST_CASE("groups: shards go on with the group that has their first sample, and by themselves before") {
    const std::vector<std::int64_t> first{0, 8, 16, 24, 32, 40};  // and the end
    Groups groups{5};
    CHECK(chains(groups, 5) == Chains{0, 1, 2, 3, 4});
    CHECK(groups.enter(first, 0, 20, 2) == 0);
    CHECK(groups.enter(first, 20, 40, 2) == 3);
    CHECK(chains(groups, 5) == Chains{0, 0, 0, 3, 3});
}

TEST_CASE("groups: shards leave where a group's part of a tensor does not stay in the cache") {
    const std::vector<std::int64_t> first{0, 4, 8, 12, 16};
    Groups groups{4};
    CHECK(groups.enter(first, 0, 8, 2) == 0);
    CHECK(groups.enter(first, 8, 16, 2) == 2);
    groups.leave_beyond(2 * mebibyte);
    CHECK(chains(groups, 4) == Chains{0, 0, 2, 2});
    groups.leave_beyond(2 * mebibyte + 1);
    CHECK(chains(groups, 4) == Chains{0, 1, 2, 3});
}

TEST_CASE("groups: as many as shards, each beginning within one, have chains of their own") {
    const std::vector<std::int64_t> first{0, 16, 32, 40};
    Groups groups{3};
    CHECK(groups.enter(first, 0, 13, 3) == 0);
    CHECK(groups.enter(first, 13, 26, 3) == 1);
    CHECK(groups.enter(first, 26, 40, 3) == 2);
}
