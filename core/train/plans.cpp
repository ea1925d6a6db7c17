#include "core/train/plans.hpp"

#include <algorithm>

namespace plexus {

void Plans::make(std::size_t samples) {
    const auto full = static_cast<std::size_t>(request_.batch);
    for (const std::size_t size : {std::min(samples, full), samples % full}) {
        if (size == 0 || entries_.contains(size))
            continue;
        PlanRequest request = request_;
        request.batch = static_cast<std::int64_t>(size);
        Entry& entry = entries_[size];
        entry.plan = make_plan(request);
        entry.derived.reserve(entry.plan.derived_bytes);
        executor_.prepare(entry.plan);
    }
}

bool Plans::fresh(std::size_t samples, const std::byte* address, std::uint64_t version) {
    Entry& entry = entries_.at(samples);
    const bool same = entry.address == address && entry.version == version;
    entry.address = address;
    entry.version = version;
    return same;
}

}  // namespace plexus
