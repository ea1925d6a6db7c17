// Where the work of a shard goes on: by itself, or as one task with its neighbours' after a stage for groups of
// samples.
#pragma once
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace plexus {

/// What was computed for a group is read by its shards one after the other, by the same task, while it is in the cache.
class Groups {
public:
    explicit Groups(std::size_t shards) : chain_(shards) { leave(); }

    [[nodiscard]] std::uint64_t chain(std::size_t shard) const { return chain_[shard]; }

    /// Returns the chain of a group: that of its first shard, which the others join. `begin` to `end` are its samples,
    /// `first` those that shards begin with. The groups of a stage are entered in their order, `of` so many.
    std::uint64_t enter(std::span<const std::int64_t> first, std::int64_t begin, std::int64_t end, std::size_t of) {
        groups_ = of;
        std::size_t shard = 0;
        while (shard + 1 < chain_.size() && first[shard] < begin)
            ++shard;
        const std::uint64_t chain = shard;
        for (; shard < chain_.size() && first[shard] < end; ++shard)
            chain_[shard] = chain;
        return chain;
    }

    /// To be asked of each node with the largest tensor of its batch, in bytes: once a group's part of it does not stay
    /// in the cache, shards go on by themselves.
    void leave_beyond(std::size_t bytes) {
        if (bytes > groups_ * group_bytes)
            leave();
    }

private:
    static constexpr std::size_t group_bytes = 1024 * 1024;

    void leave() {
        std::iota(chain_.begin(), chain_.end(), 0U);
        groups_ = chain_.size();
    }

    std::vector<std::uint64_t> chain_;
    std::size_t groups_ = 0;
};

}  // namespace plexus
