// The attribute `padding` of layers that pad images.
#pragma once
#include <array>
#include <cstdint>

#include "plexus/plugin.hpp"

namespace plexus::resampling {

/// Rows before and after the image, then columns.
using Padding = std::array<std::array<std::int64_t, 2>, 2>;

/// A number for all sides, [rows, columns], or [[top, bottom], [left, right]]. Throws InputError for anything else.
[[nodiscard]] Padding read_padding(const Attributes& a);
void declare_padding(Schema& schema);

}  // namespace plexus::resampling
