#include "draws.hpp"

#include <algorithm>

#include "plexus/random.hpp"
#include "plexus/text.hpp"

namespace plexus::noise {
namespace {

/// Calls put(values, words) for each block of up to four numbers.
template <class Put>
void for_each_block(const StepContext& c, std::int64_t samples, std::span<float> values, const Put& put) {
    const std::size_t size = samples == 0 ? 0 : values.size() / static_cast<std::size_t>(samples);
    for (std::int64_t sample = 0; sample < samples; ++sample) {
        const std::span<float> own = values.subspan(static_cast<std::size_t>(sample) * size, size);
        for (std::size_t first = 0; first < size; first += 4)
            put(own.subspan(first, std::min<std::size_t>(4, size - first)),
                c.random(sample, static_cast<std::uint32_t>(first / 4)));
    }
}

}  // namespace

void draw_uniform(const StepContext& c, std::int64_t samples, std::span<float> values, float low, float high) {
    for_each_block(c, samples, values, [&](std::span<float> to, const auto& words) {
        for (std::size_t i = 0; i < to.size(); ++i)
            to[i] = low + (high - low) * uniform(words[i]);
    });
}

void draw_normal(const StepContext& c, std::int64_t samples, std::span<float> values, float mean, float deviation) {
    for_each_block(c, samples, values, [&](std::span<float> to, const auto& words) {
        for (std::size_t i = 0; i < to.size(); i += 2) {
            const auto two = normal(words[i], words[i + 1]);
            to[i] = mean + deviation * static_cast<float>(two[0]);
            if (i + 1 < to.size())
                to[i + 1] = mean + deviation * static_cast<float>(two[1]);
        }
    });
}

MadeOfNothing::MadeOfNothing(const Attributes& attributes) {
    const auto sizes = attributes.get<std::vector<std::int64_t>>("shape");
    if (sizes.size() + 1 > Shape::max_rank)
        throw attributes.error(
            "shape", text("'shape' has ", sizes.size(), " dimensions; up to ", Shape::max_rank - 1, " are possible"));
    for (const std::int64_t size : sizes)
        if (size < 1)
            throw attributes.error("shape", text("'shape' has a ", size, "; each must be 1 or more"));
    shape_ = Shape(std::span<const std::int64_t>(sizes));
}

}  // namespace plexus::noise
