// The plans of one kind of step, one per size of batch: a full one, and the rest at the end of a pass.
#pragma once
#include <map>

#include "core/execute/executor.hpp"
#include "core/plan/plan.hpp"

namespace plexus {

class Plans {
public:
    /// `request.batch` is the full batch.
    Plans(PlanRequest request, Executor& executor) : request_(std::move(request)), executor_(executor) {}

    /// Makes the plans that a pass over so many samples needs. To be called before the first step.
    void make(std::size_t samples);
    [[nodiscard]] std::int64_t batch() const noexcept { return request_.batch; }
    [[nodiscard]] const PlanRequest& request() const noexcept { return request_; }
    /// The plan for that many samples, which was made.
    [[nodiscard]] const Plan& at(std::size_t samples) const { return entries_.at(samples).plan; }
    /// That of the first batch of a pass.
    [[nodiscard]] const Plan& first() const { return entries_.rbegin()->second.plan; }
    [[nodiscard]] std::byte* derived(std::size_t samples) { return entries_.at(samples).derived.data(); }
    /// Whether packed copies of the parameters in this plan are as new as `version` of the parameters at `address`;
    /// they are from now on.
    [[nodiscard]] bool fresh(std::size_t samples, const std::byte* address, std::uint64_t version);
    template <class Visit>
    void each(Visit&& visit) const {
        for (const auto& [samples, entry] : entries_)
            visit(entry.plan);
    }

private:
    struct Entry {
        Plan plan;
        Memory derived;
        const std::byte* address = nullptr;
        std::uint64_t version = 0;
    };

    PlanRequest request_;
    Executor& executor_;
    std::map<std::size_t, Entry> entries_;
};

}  // namespace plexus
