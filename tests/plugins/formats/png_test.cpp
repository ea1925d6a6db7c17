#include <doctest/doctest.h>
#include <zlib.h>

#include <vector>

#include "tests/plugins/formats/opened.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

std::string word(std::uint32_t value) {
    std::string out;
    for (const int shift : {24, 16, 8, 0})
        out += static_cast<char>(value >> shift & 255);
    return out;
}

std::string chunk(const std::string& type, const std::string& data) {
    const std::string body = type + data;
    return word(static_cast<std::uint32_t>(data.size())) + body +
           word(static_cast<std::uint32_t>(
               crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()))));
}

/// A PNG file made by hand; `rows` with their filter bytes.
std::string png(std::uint32_t width, std::uint32_t height, int depth, int type, const std::string& rows,
                const std::string& more = "") {
    std::string packed(compressBound(rows.size()), '\0');
    uLongf size = packed.size();
    compress(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(rows.data()), rows.size());
    packed.resize(size);
    return "\x89PNG\r\n\x1a\n" +
           chunk("IHDR", word(width) + word(height) + static_cast<char>(depth) + static_cast<char>(type) +
                             std::string(3, '\0')) +
           more + chunk("IDAT", packed) + chunk("IEND", "");
}

std::vector<int> pixels(const Array& image) {
    return {image.as<std::uint8_t>().begin(), image.as<std::uint8_t>().end()};
}

}  // namespace

TEST_CASE("png: grey and colours are written and read back") {
    for (const Shape& shape : {Shape{3, 2, 1}, Shape{2, 5, 3}}) {
        Array image{{shape, Element::uint8}};
        for (std::size_t i = 0; i < image.as<std::uint8_t>().size(); ++i)
            image.as<std::uint8_t>()[i] = static_cast<std::uint8_t>(i * 37);
        format("png").write("a.png", image.view());
        const Array again = format("png").read("a.png");
        CHECK(again.type() == image.type());
        CHECK(pixels(again) == pixels(image));
    }
    format("png").write("b.png", Array{{Shape{3, 2}, Element::uint8}}.view());
    CHECK(format("png").read("b.png").shape() == Shape{3, 2, 1});
}

TEST_CASE("png: every kind of pixel becomes 8 bits of grey or of three colours") {
    const auto read = [](const std::string& bytes) { return format("png").read(file_of("a.png", bytes)); };
    CHECK(pixels(read(png(2, 1, 1, 0, std::string{"\0\x40", 2}))) == std::vector<int>{0, 255});
    CHECK(pixels(read(png(1, 1, 16, 0, std::string{"\0\x80\x80", 3}))) == std::vector<int>{128});
    CHECK(pixels(read(png(1, 1, 8, 4, std::string{"\0\x07\x00", 3}))) == std::vector<int>{7});
    CHECK(pixels(read(png(1, 1, 8, 6, std::string{"\0\1\2\3\0", 5}))) == std::vector<int>{1, 2, 3});
    CHECK(pixels(read(png(2, 1, 1, 3, std::string{"\0\x40", 2}, chunk("PLTE", "abcdef") + chunk("tRNS", "\x01")))) ==
          std::vector<int>{'a', 'b', 'c', 'd', 'e', 'f'});
}

TEST_CASE("png: a damaged image is refused, and a large size before memory is asked for") {
    const std::string good = png(2, 2, 8, 0, std::string{"\0ab\0cd", 6});
    std::string flipped = good;
    flipped[good.find("IDAT") + 6] ^= 1;
    struct Case {
        std::string bytes;
        std::string message;
    };
    for (const Case& c : std::vector<Case>{
             {"", "is no PNG file: it does not begin with \\x89PNG"},
             {"GIF89a..", "is no PNG file: it does not begin with \\x89PNG"},
             {good.substr(0, 20), "is a damaged PNG file (the file stops before its end)"},
             {good.substr(0, good.size() - 14), "is a damaged PNG file (the file stops before its end)"},
             {good.substr(0, good.size() - 2), "is a damaged PNG file (the file stops before its end)"},
             {flipped, "is a damaged PNG file (IDAT: invalid stored block lengths)"},
             {png(2, 3, 8, 0, std::string{"\0ab\0cd", 6}), "is a damaged PNG file (Not enough image data)"},
             {png(65501, 1, 8, 0, "a"),
              "the image has 1 x 65501 pixels; at most 67108864, and 65500 a side, are read and written"},
             {png(60000, 60000, 8, 0, "a"),
              "the image has 60000 x 60000 pixels; at most 67108864, and 65500 a side, are read and written"},
             {png(8000, 8000, 8, 2, "a"),
              "declares 8000 x 8000 pixels, which its 66 bytes cannot hold: get the file again"},
         })
        CHECK(refusal_of("png", file_of("a.png", c.bytes)) == "a.png: " + c.message);
    CHECK_THROWS_WITH_AS(
        format("png").write("b.png", Array{{Shape{2, 2, 1}}}.view()),
        "b.png: a PNG image is written from uint8 [H, W], [H, W, 1] or [H, W, 3]; this is float32 [2, 2, 1]",
        InputError);
}
