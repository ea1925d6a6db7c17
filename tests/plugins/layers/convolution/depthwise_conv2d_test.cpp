#include <doctest/doctest.h>

#include <string>
#include <vector>

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
        {"{kernel_size: 3}", {5, 6, 7, 3}, {{6, 3}, {7, 3}, 3, 3, 3}},
        {"{kernel_size: 3, padding: same, use_bias: false}",
         {7, 9, 13, 17},
         {{9, 3, 1, 1, 1, 1}, {13, 3, 1, 1, 1, 1}, 17, 17, 17}},
        {"{kernel_size: 5, padding: same, depth_multiplier: 3}",
         {2, 4, 9, 5},
         {{4, 5, 1, 1, 2, 2}, {9, 5, 1, 1, 2, 2}, 5, 15, 5}},
        {"{kernel_size: 3, padding: same, strides: 2}",
         {3, 8, 7, 33},
         {{8, 3, 2, 1, 0, 1}, {7, 3, 2, 1, 1, 1}, 33, 33, 33}},
        {"{kernel_size: [3, 2], strides: [2, 3], padding: 1, depth_multiplier: 2}",
         {1, 8, 7, 5},
         {{8, 3, 2, 1, 1, 1}, {7, 2, 3, 1, 1, 1}, 5, 10, 5}},
        {"{kernel_size: [3, 2], dilation_rate: [2, 3], padding: [[2, 1], [0, 3]]}",
         {3, 7, 8, 9},
         {{7, 3, 1, 2, 2, 1}, {8, 2, 1, 3, 0, 3}, 9, 9, 9}},
        {"{kernel_size: [1, 3], padding: 4}", {2, 2, 3, 8}, {{2, 1, 1, 1, 4, 4}, {3, 3, 1, 1, 4, 4}, 8, 8, 8}},
    };
    return all;
}

std::string refused(const std::string& attributes, const Shape& input) {
    return refusal(Kind::layer, "depthwise_conv2d", attributes, {floats(input)});
}

}  // namespace

TEST_CASE("depthwise_conv2d: agrees with plain loops in double, and these with central differences") {
    for (const Case& test : cases()) {
        CAPTURE(test.attributes);
        const kernels::Convolution& s = test.shape;
        const std::int64_t samples = test.input[0];
        LayerUnderTest layer{"depthwise_conv2d", test.attributes, {floats(test.input)}};
        layer.randomize();
        layer.run();
        const bool biased = layer.parameters().size() == 2;
        const auto x = layer.input(0).as();
        const auto kernel = layer.parameter("kernel").as();
        const auto dy = layer.output_gradient().as();
        const auto bias = biased ? doubles(layer.parameter("bias").as()) : std::vector<double>{};
        const std::vector<std::vector<double>> gradients = {reference_backward_data(s, samples, dy, kernel),
                                                            reference_backward_weights(s, samples, x, dy),
                                                            reference_backward_bias(s.filters, dy)};
        CHECK(layer.parameter("kernel").shape() ==
              Shape{s.rows.size, s.columns.size, s.channels, s.filters / s.channels});
        CHECK(layer.output().shape() == Shape{samples, s.rows.count(), s.columns.count(), s.filters});
        CHECK(largest_error(layer.output().as(), reference_forward(s, samples, x, kernel, bias)) < 1e-5);
        CHECK(largest_error(layer.input_gradient().as(), gradients[0]) < 1e-5);
        CHECK(largest_error(layer.parameter_gradient("kernel").as(), gradients[1]) < 1e-5);
        if (biased)
            CHECK(largest_error(layer.parameter_gradient("bias").as(), gradients[2]) < 1e-5);
        check_differences(
            [&](const auto& a, const auto& b, const auto& c) { return reference_forward(s, samples, a, b, c); },
            doubles(x), doubles(kernel), std::vector<double>(static_cast<std::size_t>(s.filters)), doubles(dy),
            gradients);
    }
}

TEST_CASE("depthwise_conv2d: computes what PyTorch computes") {
    const char* const type = "depthwise_conv2d";
    check_fixture(type, "depthwise_plain", "{kernel_size: 3}", {2, 4, 5, 5});
    check_fixture(type, "depthwise_multiplied",
                  "{kernel_size: [3, 2], strides: [2, 3], padding: 1, depth_multiplier: 2}", {2, 7, 6, 3});
    check_fixture(type, "depthwise_dilated", "{kernel_size: [3, 2], dilation_rate: [2, 3], padding: [[2, 1], [0, 3]]}",
                  {1, 5, 5, 9});
    check_fixture(type, "depthwise_wide", "{kernel_size: 5, padding: same}", {1, 3, 4, 17});
}

TEST_CASE("depthwise_conv2d: is a conv2d of as many groups as channels") {
    LayerUnderTest depthwise{
        "depthwise_conv2d", "{kernel_size: 3, padding: same, depth_multiplier: 2}", {floats({3, 5, 6, 11})}};
    LayerUnderTest grouped{
        "conv2d", "{filters: 22, groups: 11, kernel_size: 3, padding: same}", {floats({3, 5, 6, 11})}};
    for (LayerUnderTest* layer : {&depthwise, &grouped}) {
        layer->randomize();
        layer->run();
    }
    const auto equal = [](const Array& a, const Array& b) {
        return std::memcmp(a.view().data, b.view().data, a.type().bytes()) == 0;
    };
    CHECK(equal(depthwise.output(), grouped.output()));
    CHECK(equal(depthwise.input_gradient(), grouped.input_gradient()));
    CHECK(equal(depthwise.parameter_gradient("kernel"), grouped.parameter_gradient("kernel")));
}

TEST_CASE("depthwise_conv2d: a sample's bits do not depend on batch, shard or threads") {
    check_bits("depthwise_conv2d", "{kernel_size: 3, padding: same}", {17, 6, 5, 33});
    check_bits("depthwise_conv2d", "{kernel_size: 3, strides: 2, depth_multiplier: 2}", {17, 7, 8, 5});
    check_bits("depthwise_conv2d", "{kernel_size: 3, strides: 2, padding: same}", {17, 7, 8, 16});
}

TEST_CASE("depthwise_conv2d: what does not fit is refused while planning") {
    CHECK(refused("{kernel_size: 3}", {2, 8})
              .find("depthwise_conv2d wants [batch, rows, columns, channels]: put a reshape before it") !=
          std::string::npos);
    CHECK(refused("{kernel_size: 3}", {2, 8, 8, 0}).find("; there must be at least one value in it") !=
          std::string::npos);
    CHECK(refused("{kernel_size: 5, padding: [[1, 0], [0, 0]]}", {2, 3, 9, 1})
              .find("the kernel spans 5 x 5 and does not fit into 4 x 9: make kernel_size smaller or padding larger") !=
          std::string::npos);
    CHECK(refused("{kernel_size: 3, strides: 2, dilation_rate: 2}", {2, 9, 9, 3})
              .find("strides and dilation_rate are both above 1; one of them must be 1") != std::string::npos);
    CHECK(refused("{kernel_size: 3, depth_multiplier: 0}", {2, 9, 9, 3}) != "");
}
