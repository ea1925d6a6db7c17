#include <doctest/doctest.h>

#include <cstdio>
// jpeglib.h wants <cstdio> before it.
#include <jpeglib.h>

#include <cstdlib>
#include <vector>

#include "tests/plugins/formats/opened.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

struct Options {
    bool progressive = false;
    bool arithmetic = false;
};

/// An image whose channels are smooth, so that JPEG keeps it nearly as it is.
std::uint8_t pixel(std::size_t row, std::size_t column, std::size_t channel) {
    return static_cast<std::uint8_t>(40 + 3 * row + 2 * column + 20 * channel);
}

std::string jpeg(std::size_t height, std::size_t width, int channels, Options options = {}) {
    jpeg_error_mgr errors;
    jpeg_compress_struct info;
    info.err = jpeg_std_error(&errors);
    jpeg_create_compress(&info);
    unsigned char* bytes = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&info, &bytes, &size);
    info.image_height = static_cast<JDIMENSION>(height);
    info.image_width = static_cast<JDIMENSION>(width);
    info.input_components = channels;
    info.in_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, 100, TRUE);
    if (options.progressive)
        jpeg_simple_progression(&info);
    info.arith_code = options.arithmetic ? TRUE : FALSE;
    jpeg_start_compress(&info, TRUE);
    std::vector<std::uint8_t> row(width * static_cast<std::size_t>(channels));
    for (std::size_t y = 0; y < height; ++y) {
        for (std::size_t i = 0; i < row.size(); ++i)
            row[i] = pixel(y, i / static_cast<std::size_t>(channels), i % static_cast<std::size_t>(channels));
        JSAMPROW rows = row.data();
        jpeg_write_scanlines(&info, &rows, 1);
    }
    jpeg_finish_compress(&info);
    std::string out{reinterpret_cast<char*>(bytes), size};
    jpeg_destroy_compress(&info);
    std::free(bytes);
    return out;
}

}  // namespace

TEST_CASE("jpeg: grey and colours, baseline and progressive, are read as they were drawn") {
    for (const bool progressive : {false, true})
        for (const int channels : {1, 3}) {
            const Array image =
                format("jpeg").read(file_of("a.jpg", jpeg(17, 23, channels, {.progressive = progressive})));
            REQUIRE(image.type() == TensorType{Shape{17, 23, channels}, Element::uint8});
            std::size_t at = 0;
            int worst = 0;
            for (std::size_t y = 0; y < 17; ++y)
                for (std::size_t x = 0; x < 23; ++x)
                    for (std::size_t c = 0; c < static_cast<std::size_t>(channels); ++c)
                        worst = std::max(worst, std::abs(image.as<std::uint8_t>()[at++] - pixel(y, x, c)));
            CHECK(worst <= 6);
        }
}

TEST_CASE("jpeg: a damaged image is refused, and libjpeg neither prints nor exits") {
    const std::string good = jpeg(16, 16, 3);
    std::string huge = good;
    const std::size_t frame = huge.find("\xff\xc0") + 5;
    for (std::size_t i = 0; i < 4; ++i)
        huge[frame + i] = '\xff';
    std::string large = good;
    for (std::size_t i = 0; i < 4; ++i)
        large[frame + i] = i % 2 ? '\0' : '\x1f';
    struct Case {
        std::string bytes;
        std::string message;
    };
    for (const Case& c : std::vector<Case>{
             {"", "is no JPEG file: it does not begin with \\xff\\xd8\\xff"},
             {"\x89PNG", "is no JPEG file: it does not begin with \\xff\\xd8\\xff"},
             {good.substr(0, 20), "is a damaged JPEG file (Premature end of JPEG file)"},
             {good.substr(0, good.size() - 40), "is a damaged JPEG file (Premature end of JPEG file)"},
             {"\xff\xd8\xff\xd9", "is a damaged JPEG file (JPEG datastream contains no image)"},
             {huge, "is a damaged JPEG file (Maximum supported image dimension is 65500 pixels)"},
             {large, "declares 7936 x 7936 pixels, which its " + std::to_string(good.size()) +
                         " bytes cannot hold: get the file again"},
             {jpeg(16, 16, 4), "is a JPEG file of 4 channels; 1 (grey) and 3 (colours) are read: save it as RGB"},
             {jpeg(16, 16, 3, {.arithmetic = true}),
              "is a JPEG file with arithmetic coding, which is not read; save it as a usual JPEG or PNG"},
         })
        CHECK(refusal_of("jpeg", file_of("a.jpg", c.bytes)) == "a.jpg: " + c.message);
}

TEST_CASE("jpeg: a file of very many scans is refused") {
    std::string bytes = jpeg(16, 16, 1, {.progressive = true});
    const std::size_t scan = bytes.rfind("\xff\xda");
    const std::string last = bytes.substr(scan, bytes.size() - scan - 2);
    const std::string end = bytes.substr(bytes.size() - 2);
    bytes.resize(bytes.size() - 2);
    for (int i = 0; i < 200; ++i)
        bytes += last;
    CHECK(refusal_of("jpeg", file_of("a.jpg", bytes + end)).starts_with("a.jpg: is a damaged JPEG file ("));
}
