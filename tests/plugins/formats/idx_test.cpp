#include <doctest/doctest.h>

#include <vector>

#include "tests/plugins/formats/opened.hpp"
#include "tests/support/paths.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

/// A header: 00 00, the type, the rank, the sizes.
std::string header(int type, const std::vector<std::uint32_t>& sizes) {
    std::string out{'\0', '\0', static_cast<char>(type), static_cast<char>(sizes.size())};
    for (const std::uint32_t size : sizes)
        for (const int shift : {24, 16, 8, 0})
            out += static_cast<char>(size >> shift & 255);
    return out;
}

template <class T>
std::vector<T> values(const Array& array) {
    return {array.as<T>().begin(), array.as<T>().end()};
}

}  // namespace

TEST_CASE("idx: every element type of the format is read, with its sign") {
    const auto read = [](int type, const std::string& bytes) {
        return format("idx").read(file_of("a.idx", header(type, {2}) + bytes));
    };
    CHECK(values<std::uint8_t>(read(0x08, std::string{"\x00\xff", 2})) == std::vector<std::uint8_t>{0, 255});
    CHECK(values<std::int32_t>(read(0x09, "\x80\x7f")) == std::vector<std::int32_t>{-128, 127});
    CHECK(values<std::int32_t>(read(0x0b, "\xff\xfe\x01\x02")) == std::vector<std::int32_t>{-2, 258});
    CHECK(values<std::int32_t>(read(0x0c, std::string{"\xff\xff\xff\xff\x00\x00\x01\x00", 8})) ==
          std::vector<std::int32_t>{-1, 256});
    CHECK(values<float>(read(0x0d, std::string{"\x3f\x80\x00\x00\xc0\x00\x00\x00", 8})) == std::vector<float>{1, -2});
    CHECK(values<double>(read(0x0e, std::string{"\x3f\xf0\0\0\0\0\0\0\xc0\0\0\0\0\0\0\0", 16})) ==
          std::vector<double>{1, -2});
}

TEST_CASE("idx: plain and compressed files give the same array, also in several gzip members") {
    const std::string content = header(8, {2, 3}) + "abcdef";
    for (const std::string& bytes : {content, gzip(content), gzip(content.substr(0, 7)) + gzip(content.substr(7))}) {
        const Array array = format("idx").read(file_of("a.idx", bytes));
        CHECK(array.type() == TensorType{Shape{2, 3}, Element::uint8});
        CHECK(array.as<std::uint8_t>()[5] == 'f');
    }
}

TEST_CASE("idx: the shipped MNIST files are what they are said to be") {
    const std::filesystem::path folder = source_dir() / "graphs/data/mnist";
    const Array images = format("idx").read(folder / "t10k-images-idx3-ubyte.gz");
    CHECK(images.type() == TensorType{Shape{10000, 28, 28}, Element::uint8});
    const Array labels = format("idx").read(folder / "t10k-labels-idx1-ubyte.gz");
    CHECK(labels.type() == TensorType{Shape{10000}, Element::uint8});
    CHECK(labels.as<std::uint8_t>()[0] == 7);
}

TEST_CASE("idx: what a header says is believed only as far as the bytes reach") {
    const std::string good = header(8, {2, 3}) + "abcdef";
    const std::string packed = gzip(good);
    std::string flipped = packed;
    flipped[flipped.size() - 6] ^= 1;  // in the checksum
    struct Case {
        std::string bytes;
        std::string message;
    };
    const std::vector<Case> cases{
        {"", "is empty; an IDX file is wanted"},
        {"\x89PNG",
         "is no IDX file: it begins with 89 50 4e 47, where 00 00, an element type and the number of dimensions "
         "belong"},
        {std::string{"\0\0", 2},
         "is no IDX file: it begins with 00 00, where 00 00, an element type and the number of dimensions belong"},
        {header(0x0a, {1}) + "a", "its IDX header names element type 0a; 08, 09, 0b, 0c, 0d and 0e are known"},
        {header(8, {}), "its IDX header declares 0 dimensions; 1 to 8 are read"},
        {header(8, {2, 3}).substr(0, 9), "stops within its IDX header; get the file again"},
        {header(8, {0xffffffff, 0xffffffff, 0xffffffff}),
         "its IDX header declares [4294967295, 4294967295, 4294967295], more than the 8589934592 bytes that are read"},
        {header(8, {0, 0xffffffff, 0xffffffff, 0xffffffff}),
         "its IDX header declares [0, 4294967295, 4294967295, 4294967295], more than the 8589934592 bytes that are "
         "read"},
        {header(8, {1000, 1000, 1000}) + "abc",
         "its IDX header declares [1000, 1000, 1000], 1000000000 bytes; only 19 bytes are in the file, which cannot "
         "hold "
         "them: get the file again"},
        {good.substr(0, 17),
         "its IDX header declares [2, 3], 6 bytes; only 17 bytes are in the file, which cannot hold "
         "them: get the file again"},
        {good + "g",
         "its IDX header declares [2, 3], 6 bytes; more follow: the header and the values do not belong together"},
        {gzip(good + "g"),
         "its IDX header declares [2, 3], 6 bytes; more follow: the header and the values do not belong together"},
        {gzip(good.substr(0, 17)), "its IDX header declares [2, 3], 6 bytes; 5 follow: get the file again"},
        {packed.substr(0, packed.size() / 2), "its gzip data stops before its end; get the file again"},
        {packed.substr(0, packed.size() - 1), "its gzip data stops before its end; get the file again"},
        {flipped, "its gzip data is damaged (incorrect data check); get the file again"},
        {packed + "xyz", "has 3 bytes after its gzip data; get the file again"},
    };
    for (const Case& c : cases)
        CHECK(refusal_of("idx", file_of("a.idx", c.bytes)) == "a.idx: " + c.message);
}

TEST_CASE("idx: a small file that would unpack to very much is refused after what its header says") {
    CHECK(refusal_of("idx", file_of("bomb.gz", gzip(header(8, {16}) + std::string(std::size_t{64} << 20, 'a')))) ==
          "bomb.gz: its IDX header declares [16], 16 bytes; more follow: the header and the values do not belong "
          "together");
}
