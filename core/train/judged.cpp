#include "core/train/judged.hpp"

#include <numeric>

#include "plexus/dataset.hpp"

namespace plexus {
namespace {

std::vector<std::uint32_t> range(std::size_t first, std::size_t size) {
    std::vector<std::uint32_t> samples(size);
    std::iota(samples.begin(), samples.end(), static_cast<std::uint32_t>(first));
    return samples;
}

}  // namespace

Judged judged_data(const Session& session) {
    if (session.test)
        return {session.test.get(), range(0, session.test->size()), "test", &session.test_use, "data.test"};
    if (session.split.holdout != 0)
        return {session.source.get(), range(session.split.training, session.split.holdout), "holdout",
                &session.source_use, "data.source"};
    return {session.source.get(), range(0, session.source->size()), "source", &session.source_use, "data.source"};
}

}  // namespace plexus
