// How large an image may be before memory is given to it.
#pragma once
#include <cstddef>
#include <string>

#include "file.hpp"

namespace plexus::formats {

inline constexpr std::size_t largest_side = 65500;
inline constexpr std::size_t most_pixels = std::size_t{64} << 20;

/// Throws InputError that begins with `file` for an empty or a too large image.
inline void check_image_size(std::size_t height, std::size_t width, const std::string& file) {
    if (height == 0 || width == 0)
        throw damaged(file, "the image has ", height, " x ", width, " pixels; at least 1 x 1 is wanted");
    if (height > largest_side || width > largest_side || height * width > most_pixels)
        throw damaged(file, "the image has ", height, " x ", width, " pixels; at most ", most_pixels, ", and ",
                      largest_side, " a side, are read and written");
}

}  // namespace plexus::formats
