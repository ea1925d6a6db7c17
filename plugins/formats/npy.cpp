#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <string_view>

#include "file.hpp"
#include "formats.hpp"
#include "numbers.hpp"

namespace plexus::formats {
namespace {

/// NumPy's file of one array, versions 1 to 3, in either byte order, in C's or Fortran's order of dimensions.
/// Source: NumPy Enhancement Proposal 1. Written as version 1, little-endian, in C's order.
class Npy final : public Format {
public:
    explicit Npy(const Attributes&) {}
    [[nodiscard]] Array read(const std::filesystem::path& file) const override {
        return decode_npy(read_file(file), file.string());
    }
    void write(const std::filesystem::path& file, const ConstTensor& tensor) const override;
};

constexpr std::string_view magic = "\x93NUMPY";

/// Reads the header's text, a Python dictionary of three entries in any order.
class Header {
public:
    Header(std::string_view text, const std::string& file) : text_(text), file_(file) {
        want('{');
        while (!take('}')) {
            const std::string key = word();
            want(':');
            if (key == "descr")
                descr = word();
            else if (key == "fortran_order")
                fortran_order = boolean();
            else if (key == "shape")
                tuple();
            else
                throw damaged(file_, "its npy header has an entry '", key, "', which is not known");
            seen |= key == "descr" ? 1U : key == "fortran_order" ? 2U : 4U;
            if (!take(',')) {
                want('}');
                break;
            }
        }
        skip();
        if (seen != 7U || at_ != text_.size())
            fail();
    }

    std::string descr;
    bool fortran_order = false;
    std::vector<std::int64_t> shape;

private:
    [[noreturn]] void fail() const {
        throw damaged(file_,
                      "its npy header is damaged; it should read like "
                      "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }");
    }
    void skip() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n'))
            ++at_;
    }
    bool take(char c) {
        skip();
        if (at_ == text_.size() || text_[at_] != c)
            return false;
        ++at_;
        return true;
    }
    void want(char c) {
        if (!take(c))
            fail();
    }
    std::string word() {
        skip();
        const char quote = take('\'') ? '\'' : '"';
        if (quote == '"')
            want('"');
        const std::size_t end = text_.find(quote, at_);
        if (end == std::string_view::npos)
            fail();
        std::string out{text_.substr(at_, end - at_)};
        if (std::any_of(out.begin(), out.end(), [](char c) { return c < ' ' || c > '~'; }))
            fail();
        at_ = end + 1;
        return out;
    }
    bool boolean() {
        skip();
        for (const bool value : {true, false}) {
            const std::string_view spelling = value ? "True" : "False";
            if (text_.substr(at_).starts_with(spelling)) {
                at_ += spelling.size();
                return value;
            }
        }
        fail();
    }
    void tuple() {
        shape.clear();
        want('(');
        while (!take(')')) {
            skip();
            std::int64_t size = 0;
            const char* const first = text_.data() + at_;
            const auto [end, error] = std::from_chars(first, text_.data() + text_.size(), size);
            if (error != std::errc{} || size < 0)
                fail();
            at_ += static_cast<std::size_t>(end - first);
            shape.push_back(size);
            if (!take(',')) {
                want(')');
                break;
            }
        }
        if (shape.size() > Shape::max_rank)
            throw damaged(file_, "holds an array of ", shape.size(), " dimensions; up to ", Shape::max_rank,
                          " are read");
    }

    std::string_view text_;
    const std::string& file_;
    std::size_t at_ = 0;
    unsigned seen = 0;
};

Stored stored_as(std::string_view descr, const std::string& file) {
    constexpr std::array<std::pair<std::string_view, Stored>, 11> known{{{"b1", Stored::boolean},
                                                                         {"u1", Stored::uint8},
                                                                         {"i1", Stored::int8},
                                                                         {"u2", Stored::uint16},
                                                                         {"i2", Stored::int16},
                                                                         {"u4", Stored::uint32},
                                                                         {"i4", Stored::int32},
                                                                         {"u8", Stored::uint64},
                                                                         {"i8", Stored::int64},
                                                                         {"f4", Stored::float32},
                                                                         {"f8", Stored::float64}}};
    const bool ordered = descr.size() == 3 && std::string_view("<>|=").find(descr[0]) != std::string_view::npos;
    for (const auto& [name, stored] : known)
        if (ordered && descr.substr(1) == name && (descr[0] != '|' || size_of(stored) == 1))
            return stored;
    throw damaged(file, "holds elements of type '", descr, "'; b1, u1, u2, u4, u8, i1, i2, i4, i8, f4 and f8 are read");
}

/// The same elements with the last dimension running fastest.
std::vector<std::byte> from_fortran(std::span<const std::byte> bytes, std::span<const std::int64_t> sizes,
                                    std::size_t element) {
    std::vector<std::byte> out(bytes.size());
    std::vector<std::int64_t> index(sizes.size(), 0);
    for (std::size_t to = 0; to < bytes.size(); to += element) {
        std::size_t from = 0;
        for (std::size_t axis = sizes.size(); axis-- > 0;)
            from = from * static_cast<std::size_t>(sizes[axis]) + static_cast<std::size_t>(index[axis]);
        std::memcpy(out.data() + to, bytes.data() + from * element, element);
        for (std::size_t axis = sizes.size(); axis-- > 0 && ++index[axis] == sizes[axis];)
            index[axis] = 0;
    }
    return out;
}

std::string_view descr_of(Element element) {
    switch (element) {
        case Element::float32:
            return "<f4";
        case Element::float64:
            return "<f8";
        case Element::int32:
            return "<i4";
        case Element::uint8:
            return "|u1";
        case Element::bfloat16:
            throw InputError("npy has no bfloat16; make it float32 first");
    }
    return "";
}

void Npy::write(const std::filesystem::path& file, const ConstTensor& tensor) const {
    static_assert(std::endian::native == std::endian::little);
    std::string header = text("{'descr': '", descr_of(tensor.type.element), "', 'fortran_order': False, 'shape': (");
    for (const std::int64_t size : tensor.shape())
        header += std::to_string(size) + ",";
    header += "), }";
    // Values begin at a multiple of 64, and the header ends with a newline.
    const std::size_t before = magic.size() + 4;
    header.resize((before + header.size() + 1 + 63) / 64 * 64 - before - 1, ' ');
    header += '\n';
    std::string bytes{magic};
    bytes += '\1';
    bytes += '\0';
    bytes += static_cast<char>(header.size() & 255);
    bytes += static_cast<char>(header.size() >> 8);
    bytes += header;
    bytes.append(static_cast<const char*>(tensor.data), tensor.type.bytes());
    write_file(file, std::as_bytes(std::span{bytes}));
}

}  // namespace

Array decode_npy(std::span<const std::byte> bytes, const std::string& file) {
    const std::string_view content{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    if (!content.starts_with(magic))
        throw damaged(file, "is no npy file: it does not begin with \\x93NUMPY");
    const auto byte_at = [&](std::size_t i) { return std::to_integer<std::size_t>(bytes[i]); };
    if (content.size() < 8)
        throw damaged(file, "stops within its npy header; get the file again");
    const std::size_t version = byte_at(6);
    if (version < 1 || version > 3)
        throw damaged(file, "is an npy file of version ", version, "; versions 1, 2 and 3 are read");
    const std::size_t length_bytes = version == 1 ? 2 : 4;
    const std::size_t begin = 8 + length_bytes;
    if (content.size() < begin)
        throw damaged(file, "stops within its npy header; get the file again");
    std::size_t length = 0;
    for (std::size_t i = length_bytes; i-- > 0;)
        length = length << 8 | byte_at(8 + i);
    if (content.size() - begin < length)
        throw damaged(file, "stops within its npy header; get the file again");
    const Header header(content.substr(begin, length), file);
    const Stored stored = stored_as(header.descr, file);
    const std::span<const std::byte> values = bytes.subspan(begin + length);
    const std::optional<std::size_t> declared = bytes_of(header.shape, stored);
    const Shape shape{std::span<const std::int64_t>{header.shape}};
    if (!declared || *declared != values.size())
        throw damaged(file, "its npy header declares ", shape, " of type '", header.descr, "'; ", values.size(),
                      " bytes follow, which do not fit it: write or get the file again");
    const bool big_endian = header.descr[0] == '>';
    if (!header.fortran_order)
        return array_of(header.shape, stored, big_endian, values, file);
    return array_of(header.shape, stored, big_endian, from_fortran(values, header.shape, size_of(stored)), file);
}

void add_npy(Registry& registry) {
    registry.format<Npy>("npy", "one array in NumPy's own format; read and written")
        .extensions({"npy"})
        .formula("booleans become uint8; integers but uint8 become int32; float32 and float64 stay")
        .shapes("array  any shape of up to 8 dimensions");
}

}  // namespace plexus::formats
