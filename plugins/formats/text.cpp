#include <cstring>

#include "file.hpp"
#include "formats.hpp"

namespace plexus::formats {
namespace {

/// A file's bytes as they are, for whoever reads characters. Written from uint8 of one dimension.
class Text final : public Format {
public:
    explicit Text(const Attributes&) {}
    [[nodiscard]] Array read(const std::filesystem::path& file) const override {
        const std::vector<std::byte> bytes = read_file(file);
        Array array{{Shape{static_cast<std::int64_t>(bytes.size())}, Element::uint8}};
        if (!bytes.empty())
            std::memcpy(array.view().data, bytes.data(), bytes.size());
        return array;
    }
    void write(const std::filesystem::path& file, const ConstTensor& tensor) const override {
        if (tensor.type.element != Element::uint8 || tensor.shape().rank() != 1)
            throw damaged(file.string(), "text is written from uint8 [bytes]; this is ", tensor.type.element, " ",
                          tensor.shape());
        write_file(file, std::as_bytes(tensor.as<std::uint8_t>()));
    }
};

}  // namespace

void add_text(Registry& registry) {
    registry.format<Text>("text", "the bytes of a file; read and written")
        .extensions({"txt"})
        .formula("nothing is decoded: UTF-8 stays UTF-8")
        .shapes("array  [bytes]; uint8");
}

}  // namespace plexus::formats
