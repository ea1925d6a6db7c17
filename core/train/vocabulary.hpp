// The names that a checkpoint keeps of its data's classes, read as the characters or bytes of a text.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace plexus {

/// Of characters, each name is one, in UTF-8. Of bytes, what is not printable ASCII is called as in "0x0a".
class Vocabulary {
public:
    /// `origin` is how messages name where the names are from. Throws InputError for names that are neither.
    Vocabulary(std::vector<std::string> names, std::string origin);

    [[nodiscard]] std::size_t size() const noexcept { return texts_.size(); }
    /// The bytes of one.
    [[nodiscard]] const std::string& text_of(std::int32_t token) const {
        return texts_.at(static_cast<std::size_t>(token));
    }
    /// Throws InputError naming `what` and the first place in it that has no number.
    [[nodiscard]] std::vector<std::int32_t> tokens_of(const std::string& text, const std::string& what) const;
    [[nodiscard]] bool knows(const std::string& text) const { return tokens_.contains(text); }

private:
    std::vector<std::string> texts_;
    std::map<std::string, std::int32_t> tokens_;
    std::string origin_;
    bool bytes_ = false;
};

}  // namespace plexus
