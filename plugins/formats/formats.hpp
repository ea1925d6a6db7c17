// What each file of this plugin brings: a decoder from bytes to an array, and the registration of its format.
#pragma once
#include <cstddef>
#include <span>
#include <string>

#include "plexus/plugin.hpp"

namespace plexus::formats {

/// A decoder is a function of the bytes alone: any bytes give an array or an InputError that begins with `file`, and
/// memory in proportion to the bytes. They are what the fuzzers call.
[[nodiscard]] Array decode_csv(std::span<const std::byte> bytes, const std::string& file);
[[nodiscard]] Array decode_idx(std::span<const std::byte> bytes, const std::string& file);
[[nodiscard]] Array decode_jpeg(std::span<const std::byte> bytes, const std::string& file);
[[nodiscard]] Array decode_npy(std::span<const std::byte> bytes, const std::string& file);
[[nodiscard]] Array decode_png(std::span<const std::byte> bytes, const std::string& file);
[[nodiscard]] Array decode_text(std::span<const std::byte> bytes, const std::string& file);

void add_csv(Registry& registry);
void add_idx(Registry& registry);
void add_jpeg(Registry& registry);
void add_npy(Registry& registry);
void add_png(Registry& registry);
void add_text(Registry& registry);

}  // namespace plexus::formats
