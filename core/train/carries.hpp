// What the steps of a stream hand on to each other, and the data that such a stream is made of.
#pragma once
#include <string>

#include "core/execute/executor.hpp"
#include "core/plan/plan.hpp"
#include "core/store/tree.hpp"
#include "core/train/session.hpp"

namespace plexus {

/// Two memories in turn: what a step finds, and what it leaves. A step that is repeated finds the same.
class Carries {
public:
    /// A new stream: zeros. All steps of a stream are of plans for the same batch.
    void begin(const Plan& plan);
    void bind(Bindings& bindings) noexcept {
        bindings.carries = memory_[current_].data();
        bindings.next_carries = memory_[1 - current_].data();
    }
    /// After a step that is to count.
    void turn() noexcept { current_ = 1 - current_; }
    [[nodiscard]] std::byte* data() noexcept { return memory_[current_].data(); }

private:
    Memory memory_[2];
    std::size_t current_ = 0;
};

/// Adds one dataset per carry, "<prefix>/<network>/<node>/<name>".
void put_carries(store::Group& root, const std::string& prefix, const Model& model, const Plan& plan,
                 const std::byte* carries);
/// Reads them back. Throws InputError for one that is missing or misshapen.
void get_carries(const store::Group& root, const std::string& prefix, const std::string& file, const Model& model,
                 const Plan& plan, std::byte* carries);

/// A part of a data set, as a pass reads it.
struct StreamPart {
    const Dataset& dataset;
    const TypedValue& use;  ///< in the program
    std::string section;    ///< "data.source"
    std::size_t first = 0;
    std::size_t samples = 0;
};

/// Where a node of the plan carries something from batch to batch, sample i of a batch must go on where sample i of the
/// batch before ended. Throws InputError where the part's streams are not the samples of a batch.
void refuse_broken_streams(const Session& session, const Plan& plan, const StreamPart& part, std::int64_t batch);

}  // namespace plexus
