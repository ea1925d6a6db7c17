// Fills batches with samples, beside the step that uses the batch before.
#pragma once
#include <atomic>
#include <cstdint>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/execute/executor.hpp"
#include "plexus/dataset.hpp"
#include "plexus/error.hpp"

namespace plexus {

/// The order of an epoch: a permutation of 0 .. samples - 1 that seed and epoch alone decide (Fisher and Yates). In the
/// natural order without `shuffle`.
[[nodiscard]] std::vector<std::uint32_t> epoch_order(std::size_t samples, bool shuffle, std::uint32_t seed,
                                                     std::uint64_t epoch);

/// Batches lie in two memories in turn: one is read by the step while the other is filled.
class Feed final : public Background {
public:
    /// `use` and `section` ("data.source") are how messages name the data set. `skip_bad`: a sample that cannot be read
    /// is replaced by the next one of its batch that can, and noted.
    Feed(const Dataset& dataset, PluginUse use, std::string section, bool skip_bad);

    /// Makes room for batches of a plan.
    void reserve(const Plan& plan);
    /// What pieces() and run() load next: a plan's batch, with the samples of these numbers.
    void aim(const Plan& plan, std::span<const std::uint32_t> samples);
    /// The batch that was aimed at becomes the current one.
    void turn() noexcept { current_ = 1 - current_; }
    [[nodiscard]] std::byte* current() noexcept { return memory_[current_].data(); }

    [[nodiscard]] std::size_t pieces() const override;
    void run(std::size_t piece) override;

    /// What a step throws about a sample of its batch, with the sample's number in the data.
    [[nodiscard]] RunError blame(const SampleError& error, std::span<const std::uint32_t> batch) const;

    /// Seconds that all threads together have spent reading so far.
    [[nodiscard]] double reading() const noexcept { return static_cast<double>(reading_.load()) * 1e-9; }

    /// Numbers of the samples that were replaced so far.
    [[nodiscard]] std::vector<std::uint32_t> bad_samples();

private:
    void read(std::size_t place, std::span<const Tensor> to);

    const Dataset& dataset_;
    PluginUse use_;
    std::string section_;
    bool skip_bad_;
    Memory memory_[2];
    std::size_t current_ = 0;
    const Plan* plan_ = nullptr;
    std::span<const std::uint32_t> samples_;
    std::atomic<std::int64_t> reading_{0};  // nanoseconds
    std::mutex lock_;
    std::set<std::uint32_t> bad_;
};

}  // namespace plexus
