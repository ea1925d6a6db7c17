// Numbers as people read them.
#pragma once
#include <concepts>
#include <cstdint>
#include <string>

namespace runner {

/// "54,000"
[[nodiscard]] std::string grouped(std::int64_t number);
template <std::unsigned_integral T>
[[nodiscard]] std::string grouped(T number) {
    return grouped(static_cast<std::int64_t>(number));
}
/// "12.3 MiB"
[[nodiscard]] std::string bytes(std::size_t number);
/// "4.2 s", "3 min 07 s", "2 h 05 min"
[[nodiscard]] std::string duration(double seconds);
/// Four digits that count: "0.02541", "12.35", "1.3e-07"
[[nodiscard]] std::string brief(double number);
/// "12.5 %"
[[nodiscard]] std::string percent(double share);
/// "1 sample", "12 samples"
[[nodiscard]] std::string counted(std::uint64_t number, const std::string& noun);

}  // namespace runner
