#include "plexus/error.hpp"

namespace plexus {
namespace {

std::string complete(const Position& position, const std::string& message) {
    std::string text = to_string(position);
    if (!text.empty())
        text += ": ";
    text += message;
    if (!position.chain.empty())
        text += " (" + position.chain + ")";
    return text;
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

}  // namespace plexus
