#include "plexus/utf8.hpp"

#include <doctest/doctest.h>

using namespace plexus;

namespace {

std::string encoded(char32_t code) {
    const auto tail = [&](int shift) { return static_cast<char>(0x80 | (code >> shift & 0x3f)); };
    if (code < 0x80)
        return {static_cast<char>(code)};
    if (code < 0x800)
        return {static_cast<char>(0xc0 | code >> 6), tail(0)};
    if (code < 0x10000)
        return {static_cast<char>(0xe0 | code >> 12), tail(6), tail(0)};
    return {static_cast<char>(0xf0 | code >> 18), tail(12), tail(6), tail(0)};
}

}  // namespace

TEST_CASE("utf8: every code point is found again, but surrogates; cut off, it is none") {
    for (char32_t code = 0; code <= 0x10ffff; ++code) {
        const std::string bytes = "x" + encoded(code) + "y";
        const Utf8Character found = utf8_character(bytes, 1);
        const bool surrogate = code >= 0xd800 && code <= 0xdfff;
        const Utf8Character cut = utf8_character(std::string_view{bytes}.substr(0, bytes.size() - 2), 1);
        const bool right = surrogate ? found.bytes == 0 : found.code == code && found.bytes == bytes.size() - 2;
        if (!right || (bytes.size() > 3 && cut.bytes != 0))
            FAIL("code point ", static_cast<std::uint32_t>(code));
    }
}

TEST_CASE("utf8: overlong forms, single tails, and codes above the last are no characters") {
    for (const char* bytes : {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf",
                              "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3(", "\xe2\x82("}) {
        CAPTURE(bytes);
        CHECK(utf8_character(bytes, 0).bytes == 0);
    }
}

TEST_CASE("utf8: a byte has a name of two digits") {
    CHECK(byte_name(0x0a) == "0x0a");
    CHECK(byte_name(0xff) == "0xff");
}
