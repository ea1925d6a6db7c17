#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <vector>

#include "tests/plugins/fixture.hpp"
#include "tests/plugins/kernels/convolution_reference.hpp"
#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

TensorType floats(const Shape& shape) {
    return {shape, Element::float32};
}

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

std::vector<double> doubles(std::span<const float> v) {
    return {v.begin(), v.end()};
}

void run_fixture(const std::string& name, const std::string& attributes, const Shape& input) {
    CAPTURE(name);
    const Fixture peer{"images"};
    LayerUnderTest layer{"conv2d", attributes, {floats(input)}};
    peer.copy(name + ".x", layer.input(0).as());
    peer.copy(name + ".kernel", layer.parameter("kernel").as());
    peer.copy(name + ".bias", layer.parameter("bias").as());
    peer.copy(name + ".dy", layer.output_gradient().as());
    layer.run();
    CHECK(largest_error(layer.output().as(), peer[name + ".y"]) < 1e-6);
    CHECK(largest_error(layer.input_gradient().as(), peer[name + ".dx"]) < 1e-6);
    CHECK(largest_error(layer.parameter_gradient("kernel").as(), peer[name + ".dkernel"]) < 1e-6);
    CHECK(largest_error(layer.parameter_gradient("bias").as(), peer[name + ".dbias"]) < 1e-6);
}

std::string refused(const std::string& attributes, const Shape& input) {
    return refusal(Kind::layer, "conv2d", attributes, {floats(input)});
}

/// sum of y dy, by the reference, with one number of x, kernel or bias moved by h.
double objective(const kernels::Convolution& s, std::int64_t samples, std::vector<double> x, std::vector<double> w,
                 std::vector<double> b, const std::vector<double>& dy, std::size_t which, std::size_t at, double h) {
    (which == 0 ? x : which == 1 ? w : b)[at] += h;
    const std::vector<double> y = reference_forward(s, samples, x, w, b);
    double sum = 0;
    for (std::size_t i = 0; i < y.size(); ++i)
        sum += y[i] * dy[i];
    return sum;
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
        const std::vector<double> gradients[] = {reference_backward_data(test.shape, samples, dy, w),
                                                 reference_backward_weights(test.shape, samples, x, dy),
                                                 reference_backward_bias(test.shape.filters, dy)};
        for (std::size_t which = 0; which < 3; ++which)
            for (std::size_t at = 0; at < gradients[which].size(); at += 1 + gradients[which].size() / 7) {
                const double up = objective(test.shape, samples, x, w, b, dy, which, at, 1e-3);
                const double down = objective(test.shape, samples, x, w, b, dy, which, at, -1e-3);
                CHECK((up - down) / 2e-3 == doctest::Approx(gradients[which][at]).epsilon(1e-7).scale(1));
            }
    }
}

TEST_CASE("conv2d: computes what PyTorch computes") {
    run_fixture("conv_plain", "{filters: 4, kernel_size: 3}", {2, 6, 5, 3});
    run_fixture("conv_strides", "{filters: 5, kernel_size: [3, 2], strides: [2, 3], padding: 1}", {2, 7, 6, 2});
    run_fixture("conv_dilated", "{filters: 2, kernel_size: [3, 2], dilation_rate: [2, 3], padding: [[2, 1], [0, 3]]}",
                {2, 7, 8, 3});
    run_fixture("conv_groups", "{filters: 9, kernel_size: 3, groups: 3, padding: 1}", {2, 5, 5, 6});
}

TEST_CASE("conv2d: a sample's bits do not depend on batch, shard or threads") {
    const std::string attributes = "{filters: 19, kernel_size: 3, padding: same}";
    LayerUnderTest all{Kind::layer, "conv2d", attributes, {floats({17, 6, 5, 33})}, {.shard = 16}};
    all.randomize();
    all.run();
    for (const std::int64_t shard : {1, 3, 17})
        for (const std::size_t threads : {1, 2, 5}) {
            LayerUnderTest other{
                Kind::layer, "conv2d", attributes, {floats({17, 6, 5, 33})}, {.shard = shard, .threads = threads}};
            other.randomize();
            other.run();
            CHECK(std::memcmp(other.output().view().data, all.output().view().data, all.output().type().bytes()) == 0);
        }
    LayerUnderTest one{Kind::layer, "conv2d", attributes, {floats({1, 6, 5, 33})}, {.mode = Mode::inference}};
    for (const char* name : {"kernel", "bias"})
        std::memcpy(one.parameter(name).view().data, all.parameter(name).view().data,
                    one.parameter(name).type().bytes());
    const std::size_t last = 16 * one.input(0).as().size();
    std::memcpy(one.input(0).view().data, all.input(0).as().data() + last, one.input(0).type().bytes());
    one.run();
    const std::size_t out = one.output().as().size();
    CHECK(std::memcmp(one.output().view().data, all.output().as().data() + 16 * out, out * 4) == 0);
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
