// The units that a text is made of, and their numbers.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace plexus::datasets {

/// What one step of a text is.
enum class Unit : std::uint8_t { character, byte };

/// "1 character", "63 bytes"
[[nodiscard]] std::string counted(std::size_t count, Unit unit);

/// The distinct units of a file, numbered in ascending order of code point or byte. A number is called a token. A byte
/// order mark before the first character is passed over.
class Vocabulary {
public:
    /// Throws InputError that begins with `file`: nothing in it; not UTF-8, where units are characters.
    Vocabulary(std::string_view content, Unit unit, std::string file);

    /// The units in the order of their tokens. A character is its own name, and so is a byte that is printable ASCII;
    /// other bytes, and the character U+0000, are called as in 0x0a.
    [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }

    /// The tokens of a text. Throws InputError that begins with `file`: a unit that has no number, not UTF-8.
    [[nodiscard]] std::vector<std::int32_t> tokens(std::string_view content, const std::string& file) const;

private:
    Unit unit_;
    std::string file_;
    std::vector<std::string> names_;
    std::vector<std::int32_t> tokens_;  ///< of every unit there may be, -1 for those that are not here
};

}  // namespace plexus::datasets
