#include <array>
#include <vector>

#include "byte_stream.hpp"
#include "file.hpp"
#include "formats.hpp"
#include "numbers.hpp"

namespace plexus::formats {
namespace {

/// IDX, the format of the MNIST files: two zero bytes, a type, the number of dimensions, each size in four bytes (big-
/// endian, as the values are), then the values. Plain, or compressed with gzip.
/// Source: Y. LeCun, "The MNIST database of handwritten digits", section "the IDX file format".
class Idx final : public Format {
public:
    explicit Idx(const Attributes&) {}
    [[nodiscard]] Array read(const std::filesystem::path& file) const override {
        return decode_idx(read_file(file), file.string());
    }
};

constexpr char digits[] = "0123456789abcdef";

std::string hexadecimal(std::span<const std::byte> bytes) {
    std::string out;
    for (const std::byte byte : bytes) {
        if (!out.empty())
            out += ' ';
        out += digits[std::to_integer<unsigned>(byte >> 4)];
        out += digits[std::to_integer<unsigned>(byte & std::byte{15})];
    }
    return out;
}

Stored stored_as(std::byte code, const std::string& file) {
    switch (std::to_integer<int>(code)) {
        case 0x08:
            return Stored::uint8;
        case 0x09:
            return Stored::int8;
        case 0x0b:
            return Stored::int16;
        case 0x0c:
            return Stored::int32;
        case 0x0d:
            return Stored::float32;
        case 0x0e:
            return Stored::float64;
        default:
            throw damaged(file, "its IDX header names element type ", hexadecimal({&code, 1}),
                          "; 08, 09, 0b, 0c, 0d and 0e are known");
    }
}

}  // namespace

Array decode_idx(std::span<const std::byte> bytes, const std::string& file) {
    if (bytes.empty())
        throw damaged(file, "is empty; an IDX file is wanted");
    ByteStream stream(bytes, file);
    std::array<std::byte, 4> magic{};
    const std::size_t read = stream.read(magic);
    if (read < 4 || magic[0] != std::byte{0} || magic[1] != std::byte{0})
        throw damaged(file, "is no IDX file: it begins with ", hexadecimal(std::span{magic}.first(read)),
                      ", where 00 00, an element type and the number of dimensions belong");
    const Stored stored = stored_as(magic[2], file);
    const auto rank = std::to_integer<std::size_t>(magic[3]);
    if (rank == 0 || rank > Shape::max_rank)
        throw damaged(file, "its IDX header declares ", rank, " dimensions; 1 to ", Shape::max_rank, " are read");
    std::vector<std::int64_t> sizes(rank);
    for (std::int64_t& size : sizes) {
        std::array<std::byte, 4> word{};
        if (stream.read(word) < word.size())
            throw damaged(file, "stops within its IDX header; get the file again");
        for (const std::byte byte : word)
            size = size << 8 | std::to_integer<std::int64_t>(byte);
    }
    const std::optional<std::size_t> declared = bytes_of(sizes, stored);
    const Shape shape{std::span<const std::int64_t>{sizes}};
    if (!declared || *declared > largest_file)
        throw damaged(file, "its IDX header declares ", shape, ", more than the ", largest_file,
                      " bytes that are read");
    if (*declared > stream.remaining_at_most())
        throw damaged(file, "its IDX header declares ", shape, ", ", *declared, " bytes; only ", bytes.size(),
                      " bytes are in the file, which cannot hold them: get the file again");
    const Bytes values = stream.read_up_to(*declared);
    if (values.size() < *declared)
        throw damaged(file, "its IDX header declares ", shape, ", ", *declared, " bytes; ", values.size(),
                      " follow: get the file again");
    std::byte more{};
    if (stream.read({&more, 1}) != 0)
        throw damaged(file, "its IDX header declares ", shape, ", ", *declared,
                      " bytes; more follow: the header and the values do not belong together");
    return array_of(sizes, stored, true, values.span(), file);
}

void add_idx(Registry& registry) {
    registry.format<Idx>("idx", "arrays as in the MNIST files, plain or compressed with gzip")
        .extensions(
            {"idx", "idx.gz", "ubyte", "ubyte.gz", "idx1-ubyte", "idx3-ubyte", "idx1-ubyte.gz", "idx3-ubyte.gz"})
        .formula("uint8 stays uint8; int8, int16 and int32 become int32; float32 and float64 stay")
        .shapes("array  any shape of 1 to 8 dimensions");
}

}  // namespace plexus::formats
