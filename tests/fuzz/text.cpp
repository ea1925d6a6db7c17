#include "plugins/formats/formats.hpp"
#include "tests/fuzz/refuse.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return plexus::fuzz::decode_or_refuse(data, size, plexus::formats::decode_text);
}
