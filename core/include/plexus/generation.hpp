// Text from a network that was trained to say what comes next.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "plexus/environment.hpp"

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

}  // namespace plexus
