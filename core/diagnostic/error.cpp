#include "plexus/error.hpp"

#include <algorithm>

namespace plexus {
namespace {

std::string complete(const Position& position, const std::string& message) {
    std::string text = to_string(position);
    if (!text.empty())
        text += ": ";
    // The chain ends the first line: further lines are lists of their own.
    const std::size_t line = std::min(message.find('\n'), message.size());
    text.append(message, 0, line);
    if (!position.chain.empty())
        text += " (" + position.chain + ")";
    return text.append(message, line);
}

}  // namespace

std::string to_string(const Position& position) {
    std::string text = position.file;
    if (position.line > 0) {
        text += ':' + std::to_string(position.line);
        if (position.column > 0)
            text += ':' + std::to_string(position.column);
    }
    return text;
}

Error::Error(const std::string& message) : std::runtime_error(message) {}
Error::Error(const Position& position, const std::string& message)
    : std::runtime_error(complete(position, message)), position_(position) {}
Error::~Error() = default;
InputError::~InputError() = default;
RunError::~RunError() = default;

SampleError::SampleError(std::int64_t sample, const std::string& message) : RunError(message), sample_(sample) {}
SampleError::SampleError(std::int64_t sample, const Position& position, const std::string& message)
    : RunError(position, message), sample_(sample) {}
SampleError::~SampleError() = default;

}  // namespace plexus
