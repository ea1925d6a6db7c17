#include "plexus/bfloat16.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <initializer_list>
#include <limits>

using plexus::bfloat16;

namespace {

float through(float value) {
    return static_cast<float>(bfloat16{value});
}

}  // namespace

TEST_CASE("bfloat16: numbers of seven bits of fraction are kept") {
    for (const float value : {0.0F, 1.0F, -1.0F, 0.5F, 1.0078125F, 255.0F, -3.0e38F * 0.5F, 0x1p-126F, 0x1p-133F}) {
        CAPTURE(value);
        const float kept = through(value);
        CHECK(std::abs(kept - value) <= std::abs(value) * 0x1p-8F);
        CHECK(through(kept) == kept);
    }
    CHECK(through(1.0078125F) == 1.0078125F);
    CHECK(std::signbit(through(-0.0F)));
}

TEST_CASE("bfloat16: others become the nearest, of two equally near the even one") {
    CHECK(through(1.0F + 0x1p-8F) == 1.0F);                         // halfway, down to even
    CHECK(through(1.0F + 3 * 0x1p-8F) == 1.0F + 4 * 0x1p-8F);       // halfway, up to even
    CHECK(through(1.0F + 0x1p-8F + 0x1p-20F) == 1.0F + 0x1p-7F);    // above halfway
    CHECK(through(-1.0F - 0x1p-8F - 0x1p-20F) == -1.0F - 0x1p-7F);  // away from zero
    CHECK(through(1.0F + 0x1p-8F - 0x1p-20F) == 1.0F);              // below halfway
    CHECK(through(std::nextafter(2.0F, 0.0F)) == 2.0F);             // carries into the exponent
    CHECK(through(std::numeric_limits<float>::max()) == std::numeric_limits<float>::infinity());
}

TEST_CASE("bfloat16: infinities and NaNs stay what they are") {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    CHECK(through(infinity) == infinity);
    CHECK(through(-infinity) == -infinity);
    CHECK(std::isnan(through(std::numeric_limits<float>::quiet_NaN())));
    CHECK(std::isnan(through(std::bit_cast<float>(0x7F800001U))));  // whose fraction would be cut off
}
