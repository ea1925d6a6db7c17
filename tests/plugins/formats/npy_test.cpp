#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "tests/plugins/formats/opened.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

std::string npy(const std::string& header, const std::string& values, char version = 1) {
    std::string out = "\x93NUMPY";
    out += version;
    out += '\0';
    out += static_cast<char>(header.size());
    out.append(version == 1 ? 1 : 3, '\0');
    return out + header + values;
}

std::string describe(const std::string& descr, const std::string& shape, const std::string& fortran = "False") {
    return "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
}

}  // namespace

TEST_CASE("npy: what is written is read back, of each of our element types and of any rank") {
    for (const Element element : {Element::float32, Element::float64, Element::int32, Element::uint8})
        for (const Shape& shape : {Shape{}, Shape{3}, Shape{2, 3}, Shape{0, 4}, Shape{1, 2, 1, 2, 1, 2, 1, 2}}) {
            CAPTURE(shape);
            Array array{{shape, element}};
            auto* const bytes = static_cast<unsigned char*>(array.view().data);
            for (std::size_t i = 0; i < array.type().bytes(); ++i)
                bytes[i] = static_cast<unsigned char>(i + 1);
            format("npy").write("a.npy", array.view());
            const Array again = format("npy").read("a.npy");
            REQUIRE(again.type() == array.type());
            CHECK(std::memcmp(again.view().data, bytes, array.type().bytes()) == 0);
        }
}

TEST_CASE("npy: the bytes are NumPy's own for the same array") {
    Array array{{Shape{2}, Element::float32}};
    array.as<float>()[0] = 1;
    format("npy").write("a.npy", array.view());
    std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
    header.resize(117, ' ');
    CHECK(content_of("a.npy") ==
          std::string{"\x93NUMPY\x01\x00\x76\x00", 10} + header + '\n' + std::string{"\0\0\x80\x3f\0\0\0\0", 8});
}

TEST_CASE("npy: other integers, byte orders, versions and Fortran's order of dimensions are read") {
    const auto read = [](const std::string& bytes) { return format("npy").read(file_of("a.npy", bytes)); };
    CHECK(
        read(npy(describe("<i8", "(1,)"), std::string{"\xfe\xff\xff\xff\xff\xff\xff\xff", 8})).as<std::int32_t>()[0] ==
        -2);
    CHECK(read(npy(describe(">u2", "(1,)"), "\x01\x02")).as<std::int32_t>()[0] == 258);
    CHECK(read(npy(describe("|b1", "(1,)"), "\x01")).as<std::uint8_t>()[0] == 1);
    CHECK(read(npy(describe(">f4", "()"), std::string{"\x3f\x80\0\0", 4}, 2)).as<float>()[0] == 1);
    const Array array = read(npy(describe("|u1", "(2, 3)", "True"), "adbecf", 3));
    CHECK(std::string{reinterpret_cast<const char*>(array.view().data), 6} == "abcdef");
}

TEST_CASE("npy: a damaged file is refused with what is wrong with it") {
    const std::string damaged =
        "its npy header is damaged; it should read like {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }";
    const std::string good = npy(describe("|u1", "(2,)"), "ab");
    struct Case {
        std::string bytes;
        std::string message;
    };
    const std::vector<Case> cases{
        {"NUMPY", "is no npy file: it does not begin with \\x93NUMPY"},
        {good.substr(0, 7), "stops within its npy header; get the file again"},
        {good.substr(0, 30), "stops within its npy header; get the file again"},
        {npy(describe("|u1", "(2,)"), "ab", 4), "is an npy file of version 4; versions 1, 2 and 3 are read"},
        {npy("{}", ""), damaged},
        {npy("{'descr': '|u1', 'fortran_order': Maybe, 'shape': (2,)}", "ab"), damaged},
        {npy(describe("|u1", "(-2,)"), "ab"), damaged},
        {npy(describe("|u1", "(2,)") + "x", "ab"), damaged},
        {npy("{'descr': '|u1', 'order': 'C'}", "ab"), "its npy header has an entry 'order', which is not known"},
        {npy(describe("<c8", "(2,)"), "ab"),
         "holds elements of type '<c8'; b1, u1, u2, u4, u8, i1, i2, i4, i8, f4 and f8 are read"},
        {npy(describe("|f4", "(2,)"), "ab"),
         "holds elements of type '|f4'; b1, u1, u2, u4, u8, i1, i2, i4, i8, f4 and f8 are read"},
        {npy(describe("|u1", "(1,1,1,1,1,1,1,1,1)"), "a"), "holds an array of 9 dimensions; up to 8 are read"},
        {npy(describe("|u1", "(3,)"), "ab"),
         "its npy header declares [3] of type '|u1'; 2 bytes follow, which do not fit it: write or get the file again"},
        {npy(describe("<f8", "(9223372036854775807, 2)"), "ab"),
         "its npy header declares [9223372036854775807, 2] of type '<f8'; 2 bytes follow, which do not fit it: write "
         "or "
         "get the file again"},
        {npy(describe("<u4", "(2,)"), std::string{"\0\0\0\0\xff\xff\xff\xff", 8}),
         "element 1 is 4294967295; integers up to 2147483647 are read"},
    };
    for (const Case& c : cases)
        CHECK(refusal_of("npy", file_of("a.npy", c.bytes)) == "a.npy: " + c.message);
}
