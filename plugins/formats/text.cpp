#include <cstring>

#include "byte_stream.hpp"
#include "file.hpp"
#include "formats.hpp"

namespace plexus::formats {
namespace {

/// What gzip data is unpacked to at most: its header does not say how much follows.
constexpr std::size_t largest_unpacked = std::size_t{256} << 20;

/// A file's bytes as they are, for whoever reads characters; unpacked where they are gzip data. Written from uint8 of
/// one dimension, never packed.
class Text final : public Format {
public:
    explicit Text(const Attributes&) {}
    [[nodiscard]] Array read(const std::filesystem::path& file) const override {
        return decode_text(read_file(file), file.string());
    }
    void write(const std::filesystem::path& file, const ConstTensor& tensor) const override {
        if (tensor.type.element != Element::uint8 || tensor.shape().rank() != 1)
            throw damaged(file.string(), "text is written from uint8 [bytes]; this is ", tensor.type.element, " ",
                          tensor.shape());
        write_file(file, std::as_bytes(tensor.as<std::uint8_t>()));
    }
};

}  // namespace

Array decode_text(std::span<const std::byte> bytes, const std::string& file) {
    ByteStream stream(bytes, file);
    const bool packed = stream.is_packed();
    const Bytes unpacked = packed ? stream.read_up_to(largest_unpacked + 1) : Bytes{};
    if (unpacked.size() > largest_unpacked)
        throw damaged(file, "unpacks to more than ", largest_unpacked, " bytes; unpack it, and use a part of it");
    const std::span<const std::byte> content = packed ? unpacked.span() : bytes;
    Array array{{Shape{static_cast<std::int64_t>(content.size())}, Element::uint8}};
    if (!content.empty())
        std::memcpy(array.view().data, content.data(), content.size());
    return array;
}

void add_text(Registry& registry) {
    registry.format<Text>("text", "the bytes of a file, unpacked where they are gzip data; read and written")
        .extensions({"txt"})
        .formula("nothing is decoded: UTF-8 stays UTF-8")
        .shapes("array  [bytes]; uint8");
}

}  // namespace plexus::formats
