// Products of bfloat16 numbers against plain loops in double over the same numbers. Precision::bf16 is what a machine
// with instructions for it runs; another one falls back to what emulated_bf16 runs.
#include <doctest/doctest.h>

#include <ostream>

#include "plexus/bfloat16.hpp"
#include "plugins/kernels/convolution.hpp"
#include "plugins/kernels/elementwise.hpp"
#include "tests/plugins/kernels/convolution_reference.hpp"
#include "tests/plugins/kernels/numbers.hpp"

namespace plexus::test {
namespace {

using kernels::Convolution;
using kernels::Formats;
using kernels::Pass;
using kernels::Window;

std::vector<float> rounded(std::vector<float> values) {
    for (float& v : values)
        v = static_cast<float>(bfloat16{v});
    return values;
}

/// The same numbers as an edge of that element type holds them.
class Edge {
public:
    Edge(const std::vector<float>& values, Element element) : element_{element}, floats_{values} {
        for (const float v : values)
            halves_.push_back(bfloat16{v});
    }
    [[nodiscard]] void* data() noexcept {
        return element_ == Element::bfloat16 ? static_cast<void*>(halves_.data()) : floats_.data();
    }
    [[nodiscard]] std::vector<float> values() const {
        std::vector<float> all = floats_;
        for (std::size_t i = 0; i < all.size() && element_ == Element::bfloat16; ++i)
            all[i] = static_cast<float>(halves_[i]);
        return all;
    }

private:
    Element element_;
    std::vector<float> floats_;
    std::vector<bfloat16> halves_;
};

std::vector<Formats> all_formats() {
    std::vector<Formats> all;
    for (const Precision precision : {Precision::emulated_bf16, Precision::bf16})
        for (const Element from : {Element::float32, Element::bfloat16})
            for (const Element to : {Element::float32, Element::bfloat16})
                all.push_back({from, to, precision});
    return all;
}

// Half of the distance between two neighbours in bfloat16, beside what sums of float32 differ by.
double allowed(Element written) {
    return written == Element::bfloat16 ? 0x1p-8 : 2e-5;
}

std::vector<float> run(const kernels::Product& kernel, std::int64_t samples, const std::vector<float>& from,
                       const std::vector<float>& weights, const kernels::Finish& finish, std::int64_t results,
                       const Formats& formats) {
    Guarded packed{kernel.packed_bytes()};
    Guarded scratch{kernel.scratch_bytes()};
    Edge read{from, formats.from};
    Edge written{std::vector<float>(static_cast<std::size_t>(samples * results), 9e9F), formats.to};
    kernel.pack(1, weights.data(), packed.data());
    kernel.run(1, samples, read.data(), packed.data(), finish, written.data(), scratch.data());
    CHECK(packed.intact());
    CHECK(scratch.intact());
    return written.values();
}

Convolution square(std::int64_t extent, std::int64_t channels, std::int64_t filters, std::int64_t size,
                   std::int64_t stride = 1, std::int64_t padding = 0, std::int64_t groups = 1) {
    const Window w{extent, size, stride, 1, padding, padding};
    return {w, w, channels, filters, groups};
}

const Convolution shapes[] = {square(13, 32, 64, 3),  square(28, 1, 32, 3),           square(9, 7, 11, 3, 1, 1),
                              square(8, 5, 17, 2, 2), square(7, 24, 24, 3, 1, 1, 24), square(5, 19, 21, 1)};

void check_convolution(const Convolution& s, const Formats& formats) {
    constexpr std::int64_t samples = 3;
    const auto x = numbers(samples * s.inputs(), 1);
    const auto w = numbers(s.taps() * (s.channels / s.groups) * s.filters, 2);
    const auto b = numbers(s.filters, 3);
    const auto dy = numbers(samples * s.outputs(), 4);
    const kernels::Slices slices{{&samples, 1}, 2};
    const auto best = kernels::Engine::best;

    const auto forward = kernels::make_convolution(Pass::forward, s, slices, best, formats);
    auto y = reference_forward(s, samples, rounded(x), rounded(w), {b.begin(), b.end()});
    CHECK(distance(run(*forward, samples, x, w, {.bias = b.data()}, s.outputs(), formats), y) <= allowed(formats.to));
    for (double& v : y)
        v = v < 0 ? 0 : v;
    CHECK(distance(run(*forward, samples, x, w, {.bias = b.data(), .relu = true}, s.outputs(), formats), y) <=
          allowed(formats.to));

    const auto back = kernels::make_convolution(Pass::backward_data, s, slices, best, formats);
    CHECK(distance(run(*back, samples, dy, w, {}, s.inputs(), formats),
                   reference_backward_data(s, samples, rounded(dy), rounded(w))) <= allowed(formats.to));

    const auto gradient = kernels::make_convolution_gradient(s, slices, best, formats);
    Guarded scratch{gradient->scratch_bytes()};
    Edge read_x{x, formats.from};
    Edge read_dy{dy, formats.to};
    std::vector<float> dw(w.size(), 9e9F);
    gradient->run(1, samples, read_x.data(), read_dy.data(), 0, s.channels / s.groups, dw.data(), scratch.data());
    CHECK(scratch.intact());
    CHECK(distance(dw, reference_backward_weights(s, samples, rounded(x), rounded(dy))) < 2e-5);
}

}  // namespace

TEST_CASE("bfloat16: convolutions agree with plain loops over rounded numbers, whatever their edges hold") {
    for (const Convolution& shape : shapes)
        for (const Formats& formats : all_formats()) {
            CAPTURE(shape.channels);
            CAPTURE(shape.filters);
            CAPTURE(formats.from);
            CAPTURE(formats.to);
            CAPTURE(static_cast<int>(formats.precision));
            check_convolution(shape, formats);
        }
}

TEST_CASE("bfloat16: so do dense layers, and a row does not depend on the others") {
    constexpr std::int64_t features = 70, units = 33;
    const std::int64_t sizes[] = {5, 1};
    Convolution s;
    s.channels = features;
    s.filters = units;
    for (const Formats& formats : all_formats()) {
        CAPTURE(formats.from);
        CAPTURE(formats.to);
        CAPTURE(static_cast<int>(formats.precision));
        const auto x = numbers(5 * features, 1);
        const auto w = numbers(features * units, 2);
        const auto kernel =
            kernels::make_dense(Pass::forward, features, units, {sizes, 2}, kernels::Engine::best, formats);
        const auto all = run(*kernel, 5, x, w, {}, units, formats);
        CHECK(distance(all, reference_forward(s, 5, rounded(x), rounded(w), {})) <= allowed(formats.to));
        const std::vector<float> last(x.end() - features, x.end());
        CHECK(run(*kernel, 1, last, w, {}, units, formats) == std::vector<float>(all.end() - units, all.end()));
    }
}

TEST_CASE("bfloat16: vectors are read and written as single numbers are") {
    std::vector<float> values = numbers(37, 7);
    values[3] = std::numeric_limits<float>::quiet_NaN();
    values[11] = std::numeric_limits<float>::infinity();
    values[17] = 1.0F + 0x1p-8F;
    values[36] = std::bit_cast<float>(0x7F800001U);
    std::vector<bfloat16> halves(values.size());
    std::vector<float> back(values.size());
    const auto copy = [](const kernels::Floats& a, kernels::Floats& b) __attribute__((always_inline)) {
        b = a;
    };
    kernels::apply(copy, values.size(), static_cast<const float*>(values.data()), halves.data());
    kernels::apply(copy, values.size(), static_cast<const bfloat16*>(halves.data()), back.data());
    for (std::size_t i = 0; i < values.size(); ++i) {
        CAPTURE(i);
        CHECK(halves[i] == bfloat16{values[i]});
        CHECK(std::bit_cast<std::uint32_t>(back[i]) ==
              std::bit_cast<std::uint32_t>(static_cast<float>(bfloat16{values[i]})));
    }
}

}  // namespace plexus::test
