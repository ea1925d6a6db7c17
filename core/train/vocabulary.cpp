#include "core/train/vocabulary.hpp"

#include <algorithm>

#include "plexus/error.hpp"
#include "plexus/text.hpp"
#include "plexus/utf8.hpp"

namespace plexus {
namespace {

/// "0x0a": the name of a byte that is no printable ASCII.
bool names_a_byte(const std::string& name) {
    return name.size() == 4 && name.starts_with("0x") &&
           std::all_of(name.begin() + 2, name.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
}

}  // namespace

Vocabulary::Vocabulary(std::vector<std::string> names, std::string origin)
    : texts_{std::move(names)}, origin_{std::move(origin)}, bytes_{std::ranges::any_of(texts_, names_a_byte)} {
    for (std::size_t i = 0; i < texts_.size(); ++i) {
        std::string& name = texts_[i];
        if (bytes_ && names_a_byte(name))
            name = std::string(1, static_cast<char>(std::stoi(name, nullptr, 16)));
        else if (name.empty() || utf8_character(name, 0).bytes != name.size())
            throw InputError(
                text(origin_, ": its class '", name, "' is no character; the network was not trained on text"));
        tokens_.emplace(name, static_cast<std::int32_t>(i));
    }
}

std::vector<std::int32_t> Vocabulary::tokens_of(const std::string& content, const std::string& what) const {
    std::vector<std::int32_t> tokens;
    for (std::size_t at = 0; at < content.size();) {
        const std::size_t bytes = bytes_ ? 1 : utf8_character(content, at).bytes;
        if (bytes == 0)
            throw InputError(text(what, ": byte ", at + 1, " is no UTF-8"));
        const std::string character = content.substr(at, bytes);
        const auto found = tokens_.find(character);
        if (found == tokens_.end())
            throw InputError(text(what, ": '", character, "', number ", tokens.size() + 1, ", is none of the ", size(),
                                  bytes_ ? " bytes" : " characters", " that ", origin_, " was trained on"));
        tokens.push_back(found->second);
        at += bytes;
    }
    return tokens;
}

}  // namespace plexus
