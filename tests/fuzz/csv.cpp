#include "plugins/datasets/table.hpp"
#include "plugins/formats/formats.hpp"
#include "tests/fuzz/refuse.hpp"

// Both readers of tables: the format's, of numbers, and the data set's, of text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    plexus::fuzz::decode_or_refuse(data, size, plexus::formats::decode_csv);
    return plexus::fuzz::decode_or_refuse(data, size, [&](std::span<const std::byte>, const std::string& file) {
        return plexus::datasets::Table({data, size}, ',', file);
    });
}
