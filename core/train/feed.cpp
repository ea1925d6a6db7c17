#include "core/train/feed.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <numeric>

#include "core/train/read_sample.hpp"
#include "plexus/error.hpp"
#include "plexus/random.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

// Small enough that two threads share a batch evenly, large enough that a piece is worth a task.
constexpr std::size_t samples_per_piece = 32;
constexpr std::size_t most_tensors = 16;

__extension__ using Wide = unsigned __int128;  // which ISO C++ does not know

}  // namespace

std::vector<std::uint32_t> epoch_order(std::size_t samples, bool shuffle, std::uint32_t seed, std::uint64_t epoch) {
    std::vector<std::uint32_t> order(samples);
    std::iota(order.begin(), order.end(), 0U);
    if (!shuffle)
        return order;
    const RandomKey key{seed, path_hash("shuffle")};
    for (std::size_t i = samples; i-- > 1;) {
        // 64 random bits times i + 1: the bias of a choice among n is below n / 2^64.
        const auto words = philox(key, {epoch, static_cast<std::uint32_t>(i), 0});
        const std::uint64_t bits = std::uint64_t{words[0]} << 32 | words[1];
        const auto j = static_cast<std::size_t>((static_cast<Wide>(bits) * (i + 1)) >> 64);
        std::swap(order[i], order[j]);
    }
    return order;
}

Feed::Feed(const Dataset& dataset, PluginUse use, std::string section, bool skip_bad)
    : dataset_(dataset), use_(std::move(use)), section_(std::move(section)), skip_bad_(skip_bad) {
    if (dataset.tensors().size() > most_tensors)
        throw InputError("a data set gives at most 16 tensors per sample");
}

void Feed::reserve(const Plan& plan) {
    for (Memory& memory : memory_)
        memory.reserve(plan.batch_bytes);
}

void Feed::aim(const Plan& plan, std::span<const std::uint32_t> samples) {
    plan_ = &plan;
    samples_ = samples;
}

std::size_t Feed::pieces() const {
    return (samples_.size() + samples_per_piece - 1) / samples_per_piece;
}

void Feed::run(std::size_t piece) {
    const auto start = std::chrono::steady_clock::now();
    std::byte* batch = memory_[1 - current_].data();
    const auto tensors = dataset_.tensors();
    std::array<Tensor, most_tensors> sample;
    const std::size_t end = std::min(samples_.size(), (piece + 1) * samples_per_piece);
    for (std::size_t i = piece * samples_per_piece; i < end; ++i) {
        for (std::size_t t = 0; t < tensors.size(); ++t)
            sample[t] = {batch + plan_->sources[t].place.offset + i * tensors[t].type.bytes(), tensors[t].type};
        read(i, {sample.data(), tensors.size()});
    }
    reading_ += std::chrono::nanoseconds(std::chrono::steady_clock::now() - start).count();
}

// The replacement comes from the same batch: a sample of the holdout must not be trained on.
void Feed::read(std::size_t place, std::span<const Tensor> to) {
    if (!skip_bad_)
        return read_sample(dataset_, use_, section_, samples_[place], to);
    for (std::size_t tried = 0; tried < samples_.size(); ++tried) {
        const std::uint32_t next = samples_[(place + tried) % samples_.size()];
        try {
            return read_sample(dataset_, use_, section_, next, to);
        } catch (const Error&) {
            const std::lock_guard hold(lock_);
            bad_.insert(next);
        }
    }
    throw RunError("none of a whole batch's samples can be read");
}

RunError Feed::blame(const SampleError& error, std::span<const std::uint32_t> batch) const {
    const auto place = static_cast<std::size_t>(error.sample());
    return RunError(place < batch.size() ? text(error.what(), " (sample ", batch[place], " of ", section_, ")")
                                         : std::string(error.what()));
}

std::vector<std::uint32_t> Feed::bad_samples() {
    const std::lock_guard hold(lock_);
    return {bad_.begin(), bad_.end()};
}

}  // namespace plexus
