// Reads one sample of a data set: what goes wrong in it is told with the data set's place and the sample's number.
#pragma once
#include <span>
#include <string>

#include "core/diagnostic/activity.hpp"
#include "plexus/dataset.hpp"

namespace plexus {

/// Reading, for the report of a crash. `section` is "data.source" or "data.test".
class ReadCall final : public Activity {
public:
    ReadCall(const PluginUse& use, const std::string& section, std::size_t sample) noexcept
        : use_(use), section_(section), sample_(sample) {}
    [[nodiscard]] const PluginUse* use() const noexcept override { return &use_; }
    void say_where(CrashText& text) const noexcept override;

private:
    const PluginUse& use_;
    const std::string& section_;
    std::size_t sample_;
};

/// Throws RunError: "graph.yaml:1:17: csv: sample 7 of data.source: <what the data set said>".
void read_sample(const Dataset& dataset, const PluginUse& use, const std::string& section, std::size_t sample,
                 std::span<const Tensor> to);

}  // namespace plexus
