// The pictures that a network makes while it learns, always from the same inputs.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/train/network_run.hpp"
#include "core/train/session.hpp"

namespace plexus {

class TrainingSamples {
public:
    /// Of the program's section `samples`. Throws InputError for a network whose output is no image, or that reads the
    /// data themselves.
    TrainingSamples(const Environment& environment, const Session& session, Executor& executor, std::uint32_t seed);

    /// Whether a picture falls due after so many steps.
    [[nodiscard]] bool is_due(const Progress& progress) const;
    /// With weights as they lie for the program's model.
    [[nodiscard]] Array picture(const std::byte* parameters, const std::byte* states);
    /// What to tell if the samples of the last picture are as good as one and the same, and were not so from the first,
    /// or still are after an epoch; empty if not, or told before.
    [[nodiscard]] std::string notice(const Progress& progress);

private:
    [[nodiscard]] double variance_of_data() const;

    const Session& session_;
    NetworkRun network_;
    std::vector<Array> inputs_;
    double black_ = 0, white_ = 1;
    std::size_t columns_ = 8;
    double of_data_ = 0;     // 0: not known
    double of_samples_ = 0;  // of the last picture
    bool varied_ = false;
    bool told_ = false;
};

/// How many samples stand side by side: as many as there are classes, where these are what a row runs through.
[[nodiscard]] std::size_t columns_of(std::size_t count, std::size_t classes);
/// The values that are black and white in pictures of a program's network.
[[nodiscard]] std::pair<double, double> range_of(const Session& session, const NetworkRun& network);
/// Throws InputError where it is none that a picture can be made of.
void refuse_no_image(const NetworkRun& network, const Position& position);

}  // namespace plexus
