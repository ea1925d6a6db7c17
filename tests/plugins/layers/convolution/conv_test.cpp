#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "plexus/text.hpp"
#include "tests/plugins/layers/convolution/convolution_cases.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

struct Case {
    std::string attributes;
    Shape input;
    kernels::Convolution shape;
};

const std::vector<Case>& cases() {
    static const std::vector<Case> all = {
        {"{filters: 4, kernel_size: 3}", {5, 6, 7, 3}, {{6, 3}, {7, 3}, 3, 4, 1}},
        {"{filters: 32, kernel_size: 3, use_bias: false}", {4, 8, 8, 1}, {{8, 3}, {8, 3}, 1, 32, 1}},
        {"{filters: 5, kernel_size: [3, 2], strides: [2, 3], padding: 1}",
         {3, 8, 7, 2},
         {{8, 3, 2, 1, 1, 1}, {7, 2, 3, 1, 1, 1}, 2, 5, 1}},
        {"{filters: 18, kernel_size: 3, padding: same, strides: 2}",
         {3, 8, 7, 5},
         {{8, 3, 2, 1, 0, 1}, {7, 3, 2, 1, 1, 1}, 5, 18, 1}},
        {"{filters: 2, kernel_size: [3, 2], dilation_rate: [2, 3], padding: [[2, 1], [0, 3]]}",
         {3, 7, 8, 3},
         {{7, 3, 1, 2, 2, 1}, {8, 2, 1, 3, 0, 3}, 3, 2, 1}},
        {"{filters: 9, kernel_size: 3, groups: 3, padding: same}",
         {3, 5, 5, 6},
         {{5, 3, 1, 1, 1, 1}, {5, 3, 1, 1, 1, 1}, 6, 9, 3}},
    };
    return all;
}

std::string refused(const std::string& attributes, const Shape& input) {
    return refusal(Kind::layer, "conv2d", attributes, {floats(input)});
}

}  // namespace

TEST_CASE("conv2d: agrees with plain loops in double, forward and backward") {
    for (const Case& test : cases()) {
        CAPTURE(test.attributes);
        const std::int64_t samples = test.input[0];
        LayerUnderTest layer{"conv2d", test.attributes, {floats(test.input)}};
        layer.randomize();
        layer.run();
        const bool biased = layer.parameters().size() == 2;
        const auto x = layer.input(0).as();
        const auto w = layer.parameter("kernel").as();
        const auto dy = layer.output_gradient().as();
        const auto b = biased ? doubles(layer.parameter("bias").as()) : std::vector<double>{};
        CHECK(layer.output().shape() ==
              Shape{samples, test.shape.rows.count(), test.shape.columns.count(), test.shape.filters});
        CHECK(largest_error(layer.output().as(), reference_forward(test.shape, samples, x, w, b)) < 1e-5);
        CHECK(largest_error(layer.input_gradient().as(), reference_backward_data(test.shape, samples, dy, w)) < 1e-5);
        CHECK(largest_error(layer.parameter_gradient("kernel").as(),
                            reference_backward_weights(test.shape, samples, x, dy)) < 1e-5);
        if (biased)
            CHECK(largest_error(layer.parameter_gradient("bias").as(),
                                reference_backward_bias(test.shape.filters, dy)) < 1e-5);
    }
}

TEST_CASE("conv2d: a large kernel gets its gradient row by row, with the same bits on any threads") {
    const kernels::Convolution shape{{3, 3, 1, 1, 1, 1}, {2, 3, 1, 1, 1, 1}, 180, 170, 1};
    std::vector<float> first;
    for (const std::size_t threads : {1, 2, 5}) {
        LayerUnderTest layer{Kind::layer,
                             "conv2d",
                             "{filters: 170, kernel_size: 3, padding: same}",
                             {floats({7, 3, 2, 180})},
                             {.shard = 3, .threads = threads}};
        layer.randomize();
        layer.run();
        const auto dw = layer.parameter_gradient("kernel").as();
        if (first.empty()) {
            first.assign(dw.begin(), dw.end());
            CHECK(largest_error(dw, reference_backward_weights(shape, 7, layer.input(0).as(),
                                                               layer.output_gradient().as())) < 1e-5);
        }
        CHECK(std::memcmp(first.data(), dw.data(), dw.size_bytes()) == 0);
    }
}

TEST_CASE("conv2d: the plain loops' gradients agree with central differences") {
    for (const Case& test : cases()) {
        CAPTURE(test.attributes);
        const std::int64_t samples = test.input[0];
        LayerUnderTest layer{"conv2d", test.attributes, {floats(test.input)}};
        layer.randomize();
        const auto x = doubles(layer.input(0).as());
        const auto w = doubles(layer.parameter("kernel").as());
        const auto dy = doubles(layer.output_gradient().as());
        const std::vector<double> b(static_cast<std::size_t>(test.shape.filters));
        check_differences(
            [&](const auto& a, const auto& k, const auto& c) {
                return reference_forward(test.shape, samples, a, k, c);
            },
            x, w, b, dy,
            {reference_backward_data(test.shape, samples, dy, w),
             reference_backward_weights(test.shape, samples, x, dy), reference_backward_bias(test.shape.filters, dy)});
    }
}

TEST_CASE("conv2d: computes what PyTorch computes") {
    check_fixture("conv2d", "conv_plain", "{filters: 4, kernel_size: 3}", {2, 6, 5, 3});
    check_fixture("conv2d", "conv_strides", "{filters: 5, kernel_size: [3, 2], strides: [2, 3], padding: 1}",
                  {2, 7, 6, 2});
    check_fixture("conv2d", "conv_dilated",
                  "{filters: 2, kernel_size: [3, 2], dilation_rate: [2, 3], padding: [[2, 1], [0, 3]]}", {2, 7, 8, 3});
    check_fixture("conv2d", "conv_groups", "{filters: 9, kernel_size: 3, groups: 3, padding: 1}", {2, 5, 5, 6});
}

TEST_CASE("conv2d: a sample's bits do not depend on batch, shard or threads") {
    check_bits("conv2d", "{filters: 19, kernel_size: 3, padding: same}", {17, 6, 5, 33});
}

TEST_CASE("conv2d: what does not fit is refused while planning") {
    CHECK(refused("{filters: 4, kernel_size: 3}", {2, 8}).find(", 8] (from the data); ") != std::string::npos);
    CHECK(refused("{filters: 4, kernel_size: 3}", {2, 8})
              .find("conv2d wants [batch, rows, columns, channels]: put a reshape before it") != std::string::npos);
    CHECK(refused("{filters: 4, kernel_size: 5, padding: [[1, 0], [0, 0]]}", {2, 3, 9, 1})
              .find("the kernel spans 5 x 5 and does not fit into 4 x 9: make kernel_size smaller or padding larger") !=
          std::string::npos);
    CHECK(refused("{filters: 6, kernel_size: 1, groups: 3}", {2, 3, 3, 4})
              .find("groups is 3, which does not divide the 4 channels") != std::string::npos);
    CHECK(refused("{filters: 4, kernel_size: 1, groups: 3}", {2, 3, 3, 3})
              .find("groups is 3, which does not divide the 4 filters") != std::string::npos);
    CHECK(refused("{filters: 4, kernel_size: 3, strides: 2, dilation_rate: 2}", {2, 9, 9, 3})
              .find("strides and dilation_rate are both above 1; one of them must be 1") != std::string::npos);
    CHECK(refused("{filters: 4, kernel_size: 3, padding: full}", {2, 9, 9, 3})
              .find("padding is full; it may be valid, same, a whole number, or [[top, bottom], [left, right]]") !=
          std::string::npos);
    CHECK(refused("{filters: 4, kernel_size: 0}", {2, 9, 9, 3}) != "");
}

TEST_CASE("conv1d: has the bits of conv2d on an image of one row, in values and gradients") {
    for (const auto& [attributes, as_image] :
         {std::pair{"{filters: 4, kernel_size: 3}", "{filters: 4, kernel_size: [1, 3]}"},
          std::pair{"{filters: 9, kernel_size: 3, padding: same, strides: 2, use_bias: false}",
                    "{filters: 9, kernel_size: [1, 3], padding: same, strides: [1, 2], use_bias: false}"},
          std::pair{"{filters: 3, kernel_size: 2, padding: 2, groups: 3}",
                    "{filters: 3, kernel_size: [1, 2], padding: [[0, 0], [2, 2]], groups: 3}"},
          std::pair{"{filters: 2, kernel_size: 3, padding: [4, 0], dilation_rate: 2}",
                    "{filters: 2, kernel_size: [1, 3], padding: [[0, 0], [4, 0]], dilation_rate: [1, 2]}"}}) {
        CAPTURE(attributes);
        LayerUnderTest steps{"conv1d", attributes, {floats({5, 11, 6})}};
        LayerUnderTest image{"conv2d", as_image, {floats({5, 1, 11, 6})}};
        for (LayerUnderTest* layer : {&steps, &image}) {
            layer->randomize();
            layer->run();
        }
        CHECK(steps.output().shape() == Shape{5, image.output().shape()[2], image.output().shape()[3]});
        CHECK(steps.parameter("kernel").shape() == image.parameter("kernel").shape().from(1));
        CHECK(std::ranges::equal(steps.output().as(), image.output().as()));
        CHECK(std::ranges::equal(steps.input_gradient().as(), image.input_gradient().as()));
        for (const std::string& name : steps.parameters())
            CHECK(std::ranges::equal(steps.parameter_gradient(name).as(), image.parameter_gradient(name).as()));
        CHECK(gradient_error(steps) < 1e-3);
    }
}

TEST_CASE("conv1d: a large kernel, whose gradient is made in tiles, too") {
    LayerUnderTest layer{"conv1d", "{filters: 300, kernel_size: 3, padding: same}", {floats({2, 4, 310})}};
    layer.randomize();
    CHECK(gradient_error(layer) < 1e-3);
}

TEST_CASE("conv1d: computes what PyTorch computes") {
    check_fixture("conv1d", "conv1d_plain", "{filters: 4, kernel_size: 3}", {2, 8, 3});
    check_fixture("conv1d", "conv1d_strides", "{filters: 6, kernel_size: 4, strides: 3, padding: 1, groups: 2}",
                  {2, 9, 4});
    check_fixture("conv1d", "conv1d_causal", "{filters: 17, kernel_size: 3, dilation_rate: 2, padding: [4, 0]}",
                  {2, 9, 5});
}

TEST_CASE("conv1d: a sample's bits do not depend on batch, shard or threads") {
    check_bits("conv1d", "{filters: 19, kernel_size: 3, padding: same}", {17, 12, 33});
}

TEST_CASE("conv1d: what does not fit is refused while planning, in the words of a sequence") {
    const auto refused_steps = [](const std::string& attributes, const Shape& input) {
        return refusal(Kind::layer, "conv1d", attributes, {floats(input)});
    };
    CHECK(refused_steps("{filters: 4, kernel_size: 3}", {2, 8})
              .find("conv1d wants [batch, steps, features]: put a reshape before it") != std::string::npos);
    CHECK(refused_steps("{filters: 4, kernel_size: 5, padding: [1, 0]}", {2, 3, 1})
              .find("the kernel spans 5 and does not fit into 4: make kernel_size smaller or padding larger") !=
          std::string::npos);
    CHECK(refused_steps("{filters: 4, kernel_size: 3, strides: 2, dilation_rate: 2}", {2, 9, 3})
              .find("strides and dilation_rate are both above 1; one of them must be 1") != std::string::npos);
    for (const char* padding : {"[[1, 1], [0, 0]]", "[1, -1]", "full"})
        CHECK(refused_steps(text("{filters: 4, kernel_size: 3, padding: ", padding, "}"), {2, 9, 3})
                  .find("; it may be valid, same, a whole number, or [left, right]") != std::string::npos);
    CHECK(refused_steps("{filters: 4, kernel_size: [3, 3]}", {2, 9, 3}) != "");
}
