#include "plugins/kernels/plain.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "tests/plugins/kernels/convolution_reference.hpp"
#include "tests/plugins/kernels/numbers.hpp"

namespace plexus::test {
namespace {

using kernels::Finish;
using kernels::Pass;

struct Size {
    std::int64_t features;
    std::int64_t units;
    std::int64_t rows;
};

// More than one piece of a sum, one block of rows, one panel; and last ones that are not whole.
constexpr Size sizes[] = {{1, 1, 1},    {5, 3, 2},     {64, 32, 16},  {65, 10, 33},
                          {40, 17, 70}, {1030, 33, 5}, {33, 1030, 5}, {48, 40, 300}};

std::vector<float> run(const kernels::Product& product, std::int64_t rows, std::int64_t out,
                       const std::vector<float>& from, const std::vector<float>& weights, const Finish& finish) {
    Guarded scratch{product.scratch_bytes()};
    std::vector<float> to(static_cast<std::size_t>(rows * out), 9e9F);
    product.run(0, rows, from.data(), reinterpret_cast<const std::byte*>(weights.data()), finish, to.data(),
                scratch.data());
    CHECK(scratch.intact());
    return to;
}

std::vector<double> reference(Pass pass, const Size& s, const std::vector<float>& from,
                              const std::vector<float>& weights) {
    kernels::Convolution shape;
    shape.channels = s.features;
    shape.filters = s.units;
    return pass == Pass::forward ? reference_forward(shape, s.rows, from, weights, {})
                                 : reference_backward_data(shape, s.rows, from, weights);
}

/// A product, and what it reads.
struct Planned {
    std::int64_t in;  ///< numbers of a row
    std::int64_t out;
    std::unique_ptr<kernels::Product> product;
    std::vector<float> weights;
    std::vector<float> from;
};

Planned planned(Pass pass, const Size& s) {
    const std::int64_t in = pass == Pass::forward ? s.features : s.units;
    return {in, s.features + s.units - in, kernels::make_plain(pass, s.features, s.units),
            numbers(s.features * s.units, 1), numbers(s.rows * in, 2)};
}

}  // namespace

TEST_CASE("plain: products with weights as they lie agree with plain loops, with a bias and a relu too") {
    for (const Size& s : sizes)
        for (const Pass pass : {Pass::forward, Pass::backward_data}) {
            CAPTURE(s.features);
            CAPTURE(s.units);
            CAPTURE(static_cast<int>(pass));
            const auto& [in, out, product, weights, from] = planned(pass, s);
            const std::vector<float> bias = numbers(out, 3);
            std::vector<double> wanted = reference(pass, s, from, weights);
            CHECK(distance(run(*product, s.rows, out, from, weights, {}), wanted) < 1e-5);
            for (std::size_t i = 0; i < wanted.size(); ++i)
                wanted[i] = std::max(0.0, wanted[i] + double{bias[i % bias.size()]});
            CHECK(distance(run(*product, s.rows, out, from, weights, {.bias = bias.data(), .relu = true}), wanted) <
                  1e-5);
        }
}

TEST_CASE("plain: it wants no packed weights, and packed are as the layer has them") {
    for (const Pass pass : {Pass::forward, Pass::backward_data}) {
        const auto product = kernels::make_plain(pass, 7, 5);
        CHECK_FALSE(product->packs());
        const std::vector<float> weights = numbers(35, 1);
        std::vector<float> packed(35);
        REQUIRE(product->packed_bytes() == sizeof(float) * packed.size());
        product->pack(0, weights.data(), reinterpret_cast<std::byte*>(packed.data()));
        CHECK(packed == weights);
    }
}

TEST_CASE("plain: a row's bits depend neither on the rows with it nor on which columns are wanted") {
    for (const Size& s : sizes)
        for (const Pass pass : {Pass::forward, Pass::backward_data}) {
            CAPTURE(s.features);
            CAPTURE(s.units);
            CAPTURE(static_cast<int>(pass));
            const auto& [in, out, product, weights, from] = planned(pass, s);
            const std::vector<float> all = run(*product, s.rows, out, from, weights, {});
            const std::int64_t few = (s.rows + 2) / 3;
            const std::vector<float> last(from.end() - few * in, from.end());
            const std::vector<float> some = run(*product, few, out, last, weights, {});
            CHECK(std::memcmp(some.data(), all.data() + all.size() - some.size(), some.size() * sizeof(float)) == 0);

            REQUIRE(product->split() == 1);
            const std::int64_t count = (2 * out + 1) / 3;
            const std::vector<float> begin = run(*product, s.rows, out, from, weights, {.first = 0, .count = count});
            const std::vector<float> end =
                run(*product, s.rows, out, from, weights, {.first = count, .count = out - count});
            for (std::size_t i = 0; i < all.size(); ++i) {
                const bool in_begin = static_cast<std::int64_t>(i) % out < count;
                CHECK((in_begin ? begin : end)[i] == all[i]);
                CHECK((in_begin ? end : begin)[i] == 9e9F);
            }
        }
}

}  // namespace plexus::test
