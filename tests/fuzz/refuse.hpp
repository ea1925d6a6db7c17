// What every fuzz target promises: any bytes give a value or an InputError that begins with the file's name.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "plexus/error.hpp"

namespace plexus::fuzz {

/// Runs a decoder. Anything thrown but such an InputError ends the process, which a fuzzer and the replay both notice.
template <class Decode>
int decode_or_refuse(const std::uint8_t* data, std::size_t size, Decode decode) {
    const std::string file = "input";
    try {
        (void)decode(std::as_bytes(std::span{data, size}), file);
    } catch (const InputError& error) {
        if (!std::string{error.what()}.starts_with(file + ": "))
            std::abort();
    }
    return 0;
}

}  // namespace plexus::fuzz
