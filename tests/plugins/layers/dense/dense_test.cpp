#include <doctest/doctest.h>

#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "core/plugin/instructions.hpp"
#include "tests/plugins/fixture.hpp"
#include "tests/plugins/kernels/convolution_reference.hpp"
#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

TensorType floats(const Shape& shape) {
    return {shape, Element::float32};
}

/// A dense layer is a convolution of images of one pixel.
kernels::Convolution as_convolution(std::int64_t features, std::int64_t units) {
    kernels::Convolution s;
    s.channels = features;
    s.filters = units;
    return s;
}

std::string with(std::int64_t units, const std::string& more = "") {
    return "{units: " + std::to_string(units) + more + "}";
}

}  // namespace

TEST_CASE("dense: agrees with plain loops in double; large kernels get their gradient in tiles") {
    struct Case {
        std::int64_t samples, features, units;
    };
    for (const auto& [samples, features, units] :
         {Case{5, 7, 4}, Case{1, 1, 1}, Case{128, 300, 70}, Case{33, 1601, 17}, Case{16, 400, 10}}) {
        CAPTURE(features);
        LayerUnderTest layer{Kind::layer, "dense", with(units), {floats({samples, features})}, {.shard = 16}};
        layer.randomize();
        layer.run();
        const kernels::Convolution s = as_convolution(features, units);
        const auto x = layer.input(0).as();
        const auto w = layer.parameter("kernel").as();
        const auto b = layer.parameter("bias").as();
        const auto dy = layer.output_gradient().as();
        CHECK(layer.output().shape() == Shape{samples, units});
        CHECK(largest_error(layer.output().as(), reference_forward(s, samples, x, w, {b.begin(), b.end()})) < 1e-5);
        CHECK(largest_error(layer.input_gradient().as(), reference_backward_data(s, samples, dy, w)) < 1e-5);
        CHECK(largest_error(layer.parameter_gradient("kernel").as(), reference_backward_weights(s, samples, x, dy)) <
              1e-5);
        CHECK(largest_error(layer.parameter_gradient("bias").as(), reference_backward_bias(units, dy)) < 1e-5);
    }
}

TEST_CASE("dense: its gradients agree with central differences") {
    LayerUnderTest layer{"dense", "{units: 5}", {floats({3, 7})}};
    CHECK(gradient_error(layer) < 1e-3);
    LayerUnderTest plain{"dense", "{units: 5, use_bias: false}", {floats({3, 7})}};
    CHECK(plain.parameters() == std::vector<std::string>{"kernel"});
    CHECK(gradient_error(plain) < 1e-3);
}

TEST_CASE("dense: computes what PyTorch computes") {
    const Fixture peer{"images"};
    LayerUnderTest layer{"dense", "{units: 5}", {floats({3, 7})}};
    peer.copy("dense.x", layer.input(0).as());
    peer.copy("dense.kernel", layer.parameter("kernel").as());
    peer.copy("dense.bias", layer.parameter("bias").as());
    peer.copy("dense.dy", layer.output_gradient().as());
    layer.run();
    CHECK(largest_error(layer.output().as(), peer["dense.y"]) < 1e-6);
    CHECK(largest_error(layer.input_gradient().as(), peer["dense.dx"]) < 1e-6);
    CHECK(largest_error(layer.parameter_gradient("kernel").as(), peer["dense.dkernel"]) < 1e-6);
    CHECK(largest_error(layer.parameter_gradient("bias").as(), peer["dense.dbias"]) < 1e-6);
}

TEST_CASE("dense: a row's bits do not depend on batch, shard or threads") {
    LayerUnderTest all{Kind::layer, "dense", "{units: 40}", {floats({128, 500})}, {.shard = 128}};
    all.randomize();
    all.run();
    for (const std::int64_t rows : {1, 2, 3, 16, 17, 128})
        for (const std::int64_t shard : {1, 16}) {
            CAPTURE(rows);
            LayerUnderTest some{Kind::layer, "dense", "{units: 40}", {floats({rows, 500})}, {.shard = shard}};
            for (const char* name : {"kernel", "bias"})
                std::memcpy(some.parameter(name).view().data, all.parameter(name).view().data,
                            some.parameter(name).type().bytes());
            const std::int64_t first = 128 - rows;
            std::memcpy(some.input(0).view().data, all.input(0).as().data() + first * 500,
                        some.input(0).type().bytes());
            std::memcpy(some.output_gradient().view().data, all.output_gradient().as().data() + first * 40,
                        some.output_gradient().type().bytes());
            some.run();
            CHECK(std::memcmp(some.output().view().data, all.output().as().data() + first * 40,
                              some.output().type().bytes()) == 0);
            CHECK(std::memcmp(some.input_gradient().view().data, all.input_gradient().as().data() + first * 500,
                              some.input_gradient().type().bytes()) == 0);
        }
}

TEST_CASE("dense: a last shard that is smaller has the bits of a whole batch") {
    // Where oneDNN's AVX-512 kernels run, 64 rows want other weights than fewer.
    for (const auto& [rows, shard] : {std::pair<std::int64_t, std::int64_t>{127, 64}, {144, 128}, {65, 64}}) {
        CAPTURE(rows);
        const auto run = [rows = rows](std::int64_t of) {
            LayerUnderTest layer{Kind::layer, "dense", "{units: 512}", {floats({rows, 300})}, {.shard = of}};
            layer.randomize();
            layer.run();
            const auto y = layer.output().as();
            const auto dx = layer.input_gradient().as();
            return std::pair{std::vector<float>(y.begin(), y.end()), std::vector<float>(dx.begin(), dx.end())};
        };
        const auto whole = run(rows), cut = run(shard);
        CHECK(whole.first == cut.first);
        CHECK(whole.second == cut.second);
    }
}

TEST_CASE("dense: the steps of a sequence are as many rows, forward and backward") {
    struct Case {
        std::int64_t samples, steps, features, units;
    };
    const auto same = [](std::span<const float> a, std::span<const float> b) {
        return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
    };
    for (const Precision precision : {Precision::float32, Precision::emulated_bf16})
        for (const auto& [samples, steps, features, units] :
             {Case{5, 3, 7, 4}, Case{33, 1, 20, 65}, Case{9, 5, 300, 70}, Case{21, 2, 1100, 960}}) {
            CAPTURE(features);
            const TensorType steps_of{{samples, steps, features}, Element::float32};
            LayerUnderTest sequence{
                Kind::layer, "dense", with(units), {steps_of}, {.shard = 4, .precision = precision}};
            sequence.randomize();
            sequence.run();
            CHECK(sequence.output().shape() == Shape{samples, steps, units});
            LayerUnderTest rows{Kind::layer,
                                "dense",
                                with(units),
                                {floats({samples * steps, features})},
                                {.shard = 4 * steps, .precision = precision}};
            rows.randomize();
            rows.run();
            CHECK(same(sequence.output().as(), rows.output().as()));
            CHECK(same(sequence.input_gradient().as(), rows.input_gradient().as()));
            CHECK(same(sequence.parameter_gradient("kernel").as(), rows.parameter_gradient("kernel").as()));
            CHECK(same(sequence.parameter_gradient("bias").as(), rows.parameter_gradient("bias").as()));
        }
}

TEST_CASE("dense: of a sequence, gradients agree with central differences, and a lone sample has the same bits") {
    LayerUnderTest layer{"dense", "{units: 5}", {floats({3, 4, 7})}};
    CHECK(gradient_error(layer) < 1e-3);
    LayerUnderTest all{Kind::layer, "dense", "{units: 40}", {floats({6, 5, 100})}, {.mode = Mode::inference}};
    all.randomize();
    all.run();
    LayerUnderTest one{Kind::layer, "dense", "{units: 40}", {floats({1, 5, 100})}, {.mode = Mode::inference}};
    one.randomize();
    for (const char* name : {"kernel", "bias"})
        std::memcpy(one.parameter(name).view().data, all.parameter(name).view().data,
                    one.parameter(name).type().bytes());
    std::memcpy(one.input(0).view().data, all.input(0).as().data() + 2 * 500, one.input(0).type().bytes());
    one.run();
    CHECK(std::memcmp(one.output().view().data, all.output().as().data() + 2 * 200, one.output().type().bytes()) == 0);
}

TEST_CASE("dense: gradients have the same bits with any number of threads") {
    std::vector<float> first;
    for (const std::size_t threads : {1, 2, 5}) {
        LayerUnderTest layer{
            Kind::layer, "dense", "{units: 64}", {floats({50, 600})}, {.shard = 8, .threads = threads}};
        layer.randomize();
        layer.run();
        const auto dw = layer.parameter_gradient("kernel").as();
        if (first.empty())
            first.assign(dw.begin(), dw.end());
        CHECK(std::memcmp(first.data(), dw.data(), dw.size_bytes()) == 0);
    }
}

TEST_CASE("dense: of a large kernel, groups of shards have the bits of shards alone, whatever their number") {
    const std::int64_t features = 1100, units = 960;
    const auto same = [](std::span<const float> a, std::span<const float> b) {
        return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
    };
    for (const std::int64_t samples : {21, 127}) {  // of 127, two groups are on both sides of a bound of oneDNN's
        CAPTURE(samples);
        LayerUnderTest one{Kind::layer, "dense", with(units), {floats({samples, features})}, {.shard = samples}};
        one.randomize();
        one.run();
        for (const std::size_t threads : {1, 2, 3, 9}) {
            CAPTURE(threads);
            LayerUnderTest groups{
                Kind::layer, "dense", with(units), {floats({samples, features})}, {.shard = 4, .threads = threads}};
            groups.randomize();
            groups.run();
            CHECK(same(groups.output().as(), one.output().as()));
            CHECK(same(groups.input_gradient().as(), one.input_gradient().as()));
            CHECK(same(groups.parameter_gradient("kernel").as(), one.parameter_gradient("kernel").as()));
        }
        const kernels::Convolution s = as_convolution(features, units);
        const auto b = one.parameter("bias").as();
        CHECK(largest_error(one.output().as(), reference_forward(s, samples, one.input(0).as(),
                                                                 one.parameter("kernel").as(), {b.begin(), b.end()})) <
              1e-5);
    }
}

TEST_CASE("dense: of a large kernel, any number of threads has the bits of one, also with more threads than units") {
    std::vector<float> first;
    for (const std::size_t threads : {1, 2, 12}) {
        CAPTURE(threads);
        LayerUnderTest layer{
            Kind::layer, "dense", "{units: 10}", {floats({96, 26300})}, {.shard = 4, .threads = threads}};
        layer.randomize();
        layer.run();
        std::vector<float> all;
        for (const auto part :
             {layer.output().as(), layer.input_gradient().as(), layer.parameter_gradient("kernel").as()})
            all.insert(all.end(), part.begin(), part.end());
        if (first.empty())
            first = all;
        CHECK(std::memcmp(first.data(), all.data(), all.size() * sizeof(float)) == 0);
    }
}

TEST_CASE("dense: of a large kernel, long sums of bfloat16 products have the same bits with any number of threads") {
    const Precision precision = has_bfloat16_instructions() ? Precision::bf16 : Precision::emulated_bf16;
    std::vector<float> first;
    for (const std::size_t threads : {1, 2, 3}) {
        CAPTURE(threads);
        LayerUnderTest layer{Kind::layer,
                             "dense",
                             "{units: 256}",
                             {floats({128, 4608})},
                             {.shard = 16, .threads = threads, .precision = precision}};
        layer.randomize();
        layer.run();
        const auto y = layer.output().as();
        if (first.empty())
            first.assign(y.begin(), y.end());
        CHECK(std::memcmp(first.data(), y.data(), y.size_bytes()) == 0);
    }
}

TEST_CASE("dense: an image is refused, with what to do") {
    const std::string message = refusal(Kind::layer, "dense", "{units: 3}", {floats({4, 8, 8, 1})});
    CHECK(message.find("test:1:2: dense 'dense': input has shape [") == 0);
    CHECK(message.find(", 8, 8, 1] (from the data); dense wants [batch, features]: put a flatten before it") !=
          std::string::npos);
    CHECK(refusal(Kind::layer, "dense", "{units: 3}", {floats({4, 0, 8})})
              .ends_with("there must be at least one step in it"));
    CHECK(refusal(Kind::layer, "dense", "{units: 0}", {floats({4, 8})}) != "");
    CHECK(refusal(Kind::layer, "dense", "", {floats({4, 8})}) != "");
}
