#include "core/diagnostic/crash_text.hpp"

#include <algorithm>

namespace plexus {

CrashText& CrashText::operator<<(std::string_view text) noexcept {
    const std::size_t count = std::min(text.size(), bytes_.size() - size_);
    // Names come out of files, and a terminal obeys control characters.
    for (std::size_t i = 0; i < count; ++i)
        bytes_[size_++] =
            (static_cast<unsigned char>(text[i]) < 0x20 && text[i] != '\n') || text[i] == 0x7f ? '?' : text[i];
    return *this;
}

CrashText& CrashText::operator<<(std::uint64_t number) noexcept {
    std::array<char, 20> digits{};
    std::size_t first = digits.size();
    do
        digits[--first] = static_cast<char>('0' + number % 10);
    while ((number /= 10) != 0);
    return *this << std::string_view{digits.data() + first, digits.size() - first};
}

CrashText& CrashText::operator<<(const Position& position) noexcept {
    *this << position.file;
    if (position.line > 0)
        *this << ":" << static_cast<std::uint64_t>(position.line);
    if (position.line > 0 && position.column > 0)
        *this << ":" << static_cast<std::uint64_t>(position.column);
    return *this;
}

}  // namespace plexus
