// Text from a network that was trained to say what comes next, and what networks make out of noise.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "plexus/environment.hpp"
#include "plexus/tensor.hpp"

namespace plexus {

/// What is written, and how freely.
struct GenerationOptions {
    std::filesystem::path checkpoint;  ///< a file
    std::string prime = {};            ///< what goes before; empty: a line break, if the network knows it
    double temperature = 1;            ///< divides the logarithms of the probabilities; 0: always the most probable
    std::size_t top_k = 0;             ///< none but the so many most probable; 0: all
    std::uint32_t seed = 1;            ///< equal seeds, equal texts
    std::size_t threads = 0;           ///< 0: as many as the machine has
};

/// Goes on with a text, one character (or byte) after the other, each drawn from the probabilities that the network
/// gives after all before it. A network that carries its state reads each character once; of any other, the text so far
/// is the input, its end where it is longer, and the output must not depend on later steps (as with a recurrent layer
/// that goes forwards). The text depends on the checkpoint and the options alone, not on the threads.
class PLEXUS_API Generator {
public:
    /// Throws InputError for a checkpoint whose input is no sequence of numbered names or whose output is not one
    /// number for each of these at each step; for a prime text with what has no number; for a temperature below 0. The
    /// environment must live longer.
    Generator(const Environment& environment, const GenerationOptions& options);
    Generator(Generator&&) noexcept;
    ~Generator();

    /// The next character in UTF-8, or the next byte.
    [[nodiscard]] std::string next();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

/// What a network is to make, and of what.
struct SampleOptions {
    /// Noises drawn one by one; ways from one noise to another, ten samples each (along the great circle through both,
    /// White 2016, arXiv 1609.04468); or a grid over a plane of two normal numbers, at their quantiles.
    enum class From : std::uint8_t { noise, ways, plane };

    std::filesystem::path checkpoint;       ///< a file
    std::string network;                    ///< "generator"
    std::size_t count = 64;                 ///< samples; of ways and planes, up to the next whole row
    From from = From::noise;                ///< see above
    std::optional<std::string> label = {};  ///< the class of all samples, where the network reads one
    std::uint32_t seed = 1;                 ///< equal seeds, equal samples
    std::size_t threads = 0;                ///< 0: as many as the machine has
};

/// What it made.
struct Samples {
    Array values;   ///< [count, ...]
    Array picture;  ///< all of them in one image, [H, W, C] uint8; empty where a sample is no image
};

/// Feeds a network of the checkpoint's program with noise, as its phases do; with standard normal numbers where they
/// feed it with what another network puts out. Class numbers run through the classes unless one is asked for. Depends
/// on the checkpoint and the options alone. Throws InputError for a network that there is not, or that reads data; for
/// a class that there is not; for a plane of what is not two numbers.
[[nodiscard]] PLEXUS_API Samples make_samples(const Environment& environment, const SampleOptions& options);

}  // namespace plexus
