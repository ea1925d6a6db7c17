#include "apps/runner/terminal/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace runner {

std::string grouped(std::int64_t number) {
    std::string digits = std::to_string(number);
    const std::size_t first = number < 0 ? 1 : 0;
    for (std::size_t at = digits.size(); at > first + 3;) {
        at -= 3;
        digits.insert(at, ",");
    }
    return digits;
}

std::string bytes(std::size_t number) {
    constexpr std::array units{"bytes", "KiB", "MiB", "GiB", "TiB"};
    auto size = static_cast<double>(number);
    std::size_t unit = 0;
    for (; size >= 1000 && unit + 1 < units.size(); ++unit)
        size /= 1024;
    return unit == 0 ? fmt::format("{} bytes", number)
                     : fmt::format("{:.{}f} {}", size, size < 100 ? 1 : 0, units[unit]);
}

std::string duration(double seconds) {
    if (!std::isfinite(seconds) || seconds < 0)
        return "?";
    if (seconds < 10)
        return fmt::format("{:.1f} s", seconds);
    const auto whole = static_cast<std::int64_t>(std::min(std::round(seconds), 1e12));
    if (whole < 60)
        return fmt::format("{} s", whole);
    if (whole < 3600)
        return fmt::format("{} min {:02} s", whole / 60, whole % 60);
    return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

std::string brief(double number) {
    if (number == 0)
        return "0";
    const double size = std::abs(number);
    if (!std::isfinite(number) || size < 1e-4 || size >= 1e6)
        return fmt::format("{:.3g}", number);
    const int decimals = std::max(0, 3 - static_cast<int>(std::floor(std::log10(size))));
    return fmt::format("{:.{}f}", number, std::min(decimals, 6));
}

std::string percent(double share) {
    return fmt::format("{:.1f} %", 100 * share);
}

std::string counted(std::uint64_t number, const std::string& noun) {
    return fmt::format("{} {}{}", grouped(number), noun, number == 1 ? "" : "s");
}

}  // namespace runner
