#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/plugins/layers/convolution/convolution_cases.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

/// Along one dimension: what of the sum of all kernels laid down is kept.
struct Laid {
    std::int64_t size, stride, dilation, cut, kept;
};

struct Case {
    std::string attributes;
    Shape input;
    Laid rows, columns;
    std::int64_t filters;
};

const std::vector<Case>& cases() {
    static const std::vector<Case> all = {
        {"{filters: 4, kernel_size: 3}", {5, 4, 3, 3}, {3, 1, 1, 0, 6}, {3, 1, 1, 0, 5}, 4},
        {"{filters: 1, kernel_size: 4, strides: 2, padding: same}",
         {7, 4, 5, 64},
         {4, 2, 1, 1, 8},
         {4, 2, 1, 1, 10},
         1},
        {"{filters: 17, kernel_size: 3, strides: 2, padding: same, use_bias: false}",
         {3, 3, 4, 5},
         {3, 2, 1, 0, 6},
         {3, 2, 1, 0, 8},
         17},
        {"{filters: 3, kernel_size: [2, 5], strides: [3, 1]}", {2, 3, 4, 17}, {2, 3, 1, 0, 9}, {5, 1, 1, 0, 8}, 3},
        {"{filters: 5, kernel_size: [3, 2], strides: [2, 3], padding: 1, output_padding: [1, 2]}",
         {2, 4, 3, 3},
         {3, 2, 1, 1, 8},
         {2, 3, 1, 1, 8},
         5},
        {"{filters: 2, kernel_size: [3, 2], dilation_rate: [2, 3], padding: [[2, 1], [0, 3]]}",
         {3, 4, 5, 3},
         {3, 1, 2, 2, 5},
         {2, 1, 3, 0, 5},
         2},
        {"{filters: 3, kernel_size: 4, strides: 2, padding: same, output_padding: 0}",
         {1, 4, 3, 2},
         {4, 2, 1, 2, 6},
         {4, 2, 1, 2, 4},
         3},
        {"{filters: 3, kernel_size: 3, strides: 3, padding: same, output_padding: 1}",
         {1, 4, 3, 40},
         {3, 3, 1, 0, 11},
         {3, 3, 1, 0, 8},
         3},
    };
    return all;
}

/// Calls `at(place in x, place in the kernel, place in y)` for every product.
template <class At>
void each_laid(const Case& t, const At& at) {
    const std::int64_t height = t.input[1], width = t.input[2], channels = t.input[3];
    for (std::int64_t n = 0; n < t.input[0]; ++n)
        for (std::int64_t h = 0; h < height; ++h)
            for (std::int64_t w = 0; w < width; ++w)
                for (std::int64_t r = 0; r < t.rows.size; ++r)
                    for (std::int64_t s = 0; s < t.columns.size; ++s) {
                        const std::int64_t p = h * t.rows.stride + r * t.rows.dilation - t.rows.cut;
                        const std::int64_t q = w * t.columns.stride + s * t.columns.dilation - t.columns.cut;
                        if (p < 0 || p >= t.rows.kept || q < 0 || q >= t.columns.kept)
                            continue;
                        for (std::int64_t k = 0; k < t.filters; ++k)
                            for (std::int64_t c = 0; c < channels; ++c)
                                at(((n * height + h) * width + w) * channels + c,
                                   ((r * t.columns.size + s) * t.filters + k) * channels + c,
                                   ((n * t.rows.kept + p) * t.columns.kept + q) * t.filters + k);
                    }
}

Shape output_of(const Case& t) {
    return {t.input[0], t.rows.kept, t.columns.kept, t.filters};
}

template <class X, class W>
std::vector<double> forward(const Case& t, const X& x, const W& kernel, const std::vector<double>& bias) {
    std::vector<double> y(static_cast<std::size_t>(output_of(t).elements()));
    for (std::size_t i = 0; i < y.size(); ++i)
        y[i] = bias.empty() ? 0 : bias[i % bias.size()];
    each_laid(t, [&](auto i, auto j, auto k) { y[k] += double{x[i]} * double{kernel[j]}; });
    return y;
}

/// Of x, the kernel and the bias.
template <class X, class W, class DY>
std::vector<std::vector<double>> gradients(const Case& t, const X& x, const W& kernel, const DY& dy) {
    std::vector<double> dx(x.size()), dw(kernel.size());
    each_laid(t, [&](auto i, auto j, auto k) {
        dx[i] += double{dy[k]} * double{kernel[j]};
        dw[j] += double{dy[k]} * double{x[i]};
    });
    return {dx, dw, reference_backward_bias(t.filters, dy)};
}

std::string refused(const std::string& attributes, const Shape& input) {
    return refusal(Kind::layer, "conv2d_transpose", attributes, {floats(input)});
}

Shape output_shape(const std::string& attributes, const Shape& input) {
    return LayerUnderTest{"conv2d_transpose", attributes, {floats(input)}}.output().shape();
}

}  // namespace

TEST_CASE("conv2d_transpose: agrees with plain loops in double, and these with central differences") {
    for (const Case& test : cases()) {
        CAPTURE(test.attributes);
        LayerUnderTest layer{"conv2d_transpose", test.attributes, {floats(test.input)}};
        layer.randomize();
        layer.run();
        const bool biased = layer.parameters().size() == 2;
        const auto x = layer.input(0).as();
        const auto kernel = layer.parameter("kernel").as();
        const auto dy = layer.output_gradient().as();
        const auto bias = biased ? doubles(layer.parameter("bias").as()) : std::vector<double>{};
        CHECK(layer.parameter("kernel").shape() ==
              Shape{test.rows.size, test.columns.size, test.filters, test.input[3]});
        REQUIRE(layer.output().shape() == output_of(test));
        const auto reference = gradients(test, x, kernel, dy);
        CHECK(largest_error(layer.output().as(), forward(test, x, kernel, bias)) < 1e-5);
        CHECK(largest_error(layer.input_gradient().as(), reference[0]) < 1e-5);
        CHECK(largest_error(layer.parameter_gradient("kernel").as(), reference[1]) < 1e-5);
        if (biased)
            CHECK(largest_error(layer.parameter_gradient("bias").as(), reference[2]) < 1e-5);
        check_differences([&](const auto& a, const auto& b, const auto& c) { return forward(test, a, b, c); },
                          doubles(x), doubles(kernel), std::vector<double>(static_cast<std::size_t>(test.filters)),
                          doubles(dy), reference);
    }
}

TEST_CASE("conv2d_transpose: outputs have the sizes that Keras and PyTorch give them") {
    CHECK(output_shape("{filters: 2, kernel_size: 3}", {1, 5, 4, 3}) == Shape{1, 7, 6, 2});
    CHECK(output_shape("{filters: 2, kernel_size: 2, strides: 3}", {1, 5, 4, 3}) == Shape{1, 15, 12, 2});
    CHECK(output_shape("{filters: 2, kernel_size: 5, strides: 2}", {1, 5, 4, 3}) == Shape{1, 13, 11, 2});
    CHECK(output_shape("{filters: 2, kernel_size: 2, strides: 3, padding: 0}", {1, 5, 4, 3}) == Shape{1, 14, 11, 2});
    CHECK(output_shape("{filters: 2, kernel_size: 2, strides: 3, output_padding: 2}", {1, 5, 4, 3}) ==
          Shape{1, 16, 13, 2});
    CHECK(output_shape("{filters: 2, kernel_size: 5, strides: 2, padding: same}", {1, 5, 4, 3}) == Shape{1, 10, 8, 2});
    CHECK(output_shape("{filters: 2, kernel_size: 4, strides: 2, padding: same, output_padding: 1}", {1, 5, 4, 3}) ==
          Shape{1, 9, 7, 2});
    CHECK(output_shape("{filters: 2, kernel_size: 3, strides: 2, padding: same, output_padding: 0}", {1, 5, 4, 3}) ==
          Shape{1, 9, 7, 2});
    CHECK(output_shape("{filters: 2, kernel_size: 4, strides: 2, padding: 1}", {1, 5, 4, 3}) == Shape{1, 10, 8, 2});
    CHECK(output_shape("{filters: 2, kernel_size: 3, dilation_rate: 2, padding: [[1, 2], [0, 4]]}", {1, 5, 4, 3}) ==
          Shape{1, 6, 4, 2});
}

TEST_CASE("conv2d_transpose: computes what PyTorch computes") {
    const char* const type = "conv2d_transpose";
    check_fixture(type, "transpose_plain", "{filters: 2, kernel_size: 3}", {2, 3, 3, 3});
    check_fixture(type, "transpose_same", "{filters: 2, kernel_size: 4, strides: 2, padding: same}", {1, 3, 4, 3});
    check_fixture(type, "transpose_same_odd", "{filters: 5, kernel_size: 3, strides: 2, padding: same}", {1, 3, 2, 3});
    check_fixture(type, "transpose_numbers",
                  "{filters: 2, kernel_size: [3, 2], strides: [2, 3], padding: 1, output_padding: [1, 2]}",
                  {2, 3, 2, 3});
    check_fixture(type, "transpose_dilated",
                  "{filters: 2, kernel_size: [3, 2], dilation_rate: [2, 3], padding: [[2, 1], [0, 3]]}", {1, 4, 5, 3});
    check_fixture(type, "transpose_gaps", "{filters: 3, kernel_size: [2, 1], strides: 3}", {1, 3, 2, 5});
    check_fixture(type, "transpose_one", "{filters: 1, kernel_size: 4, strides: 2, padding: 1}", {1, 3, 3, 17});
}

TEST_CASE("conv2d_transpose: a sample's bits do not depend on batch, shard or threads") {
    check_bits("conv2d_transpose", "{filters: 19, kernel_size: 3, strides: 2, padding: same}", {17, 4, 3, 33});
    check_bits("conv2d_transpose", "{filters: 1, kernel_size: 4, strides: 2, padding: same}", {17, 4, 3, 33});
}

TEST_CASE("conv2d_transpose: a large kernel gets its gradient row by row, as in conv2d") {
    const Case test{
        "{filters: 170, kernel_size: 3, padding: same}", {7, 3, 2, 180}, {3, 1, 1, 1, 3}, {3, 1, 1, 1, 2}, 170};
    LayerUnderTest layer{Kind::layer, "conv2d_transpose", test.attributes, {floats(test.input)}, {.shard = 3}};
    layer.randomize();
    layer.run();
    CHECK(largest_error(layer.parameter_gradient("kernel").as(),
                        gradients(test, layer.input(0).as(), layer.parameter("kernel").as(),
                                  layer.output_gradient().as())[1]) < 1e-5);
}

TEST_CASE("conv2d_transpose: what does not fit is refused while planning") {
    CHECK(refused("{filters: 4, kernel_size: 3}", {2, 8})
              .find("conv2d_transpose wants [batch, rows, columns, channels]: put a reshape before it") !=
          std::string::npos);
    CHECK(refused("{filters: 4, kernel_size: 3}", {2, 8, 0, 3}).find("; there must be at least one value in it") !=
          std::string::npos);
    CHECK(refused("{filters: 4, kernel_size: 3, padding: [[2, 0], [1, 4]]}", {2, 3, 3, 1})
              .find("; an output of 5 x 5 is left with nothing by its padding: make padding smaller or kernel_size "
                    "larger") != std::string::npos);
    CHECK(refused("{filters: 4, kernel_size: 3, strides: [1, 2], output_padding: [0, 2]}", {2, 3, 3, 1})
              .find("output_padding is 2; it must be below strides, which is 2") != std::string::npos);
    CHECK(refused("{filters: 4, kernel_size: 3, strides: 2, dilation_rate: 2}", {2, 9, 9, 3})
              .find("strides and dilation_rate are both above 1; one of them must be 1") != std::string::npos);
    CHECK(refused("{filters: 4, kernel_size: 3, padding: full}", {2, 9, 9, 3})
              .find("padding is full; it may be valid, same, a whole number, or [[top, bottom], [left, right]]") !=
          std::string::npos);
}
