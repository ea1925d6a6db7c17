#include "core/train/data_wait.hpp"

#include <cmath>

#include "plexus/text.hpp"

namespace plexus {
namespace {

constexpr double worth_telling = 0.05;
// Below it, the clock and a single late sample decide.
constexpr double least_seconds = 0.05;

/// "3.2 ms", with two digits.
std::string milliseconds(double seconds) {
    const double value = seconds * 1e3;
    const double unit = value >= 10 ? 1 : value >= 1 ? 0.1 : 0.01;
    return text(std::round(value / unit) * unit, " ms");
}

}  // namespace

std::string notice_of(const DataWait& wait, const std::string& source) {
    if (wait.steps == 0 || wait.waited < least_seconds || wait.waited < worth_telling * wait.whole)
        return {};
    const auto steps = static_cast<double>(wait.steps);
    return text("the data do not keep up: ", std::lround(100 * wait.waited / wait.whole), " % of epoch ", wait.epoch,
                " was spent waiting for samples. Reading a batch from '", source, "' takes ",
                milliseconds(wait.reading / steps), " of a thread, a step without waiting ",
                milliseconds((wait.whole - wait.waited) / steps), " on ", wait.threads,
                wait.threads == 1 ? " thread" : " threads",
                "; samples that need less decoding, or more threads, would help");
}

}  // namespace plexus
