#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "plexus/text.hpp"
#include "tests/plugins/fixture.hpp"
#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

TensorType tokens(const Shape& shape) {
    return {shape, Element::int32};
}

/// Numbers below `count`, of which some occur more than once.
void set_tokens(LayerUnderTest& layer, std::int32_t count) {
    std::int32_t token = 0;
    for (std::int32_t& place : layer.input(0).as<std::int32_t>())
        place = token = (token * 7 + 3) % count;
}

/// Message of the SampleError that ends a run with these tokens ("" if none).
std::string stopped_by(const Shape& shape, const std::vector<std::int32_t>& values, std::int64_t shard) {
    LayerUnderTest layer{
        Kind::layer, "embedding", "{input_dim: 10, output_dim: 2}", {tokens(shape)}, {.shard = shard, .threads = 1}};
    layer.randomize();
    std::ranges::copy(values, layer.input(0).as<std::int32_t>().begin());
    try {
        layer.run();
        return "";
    } catch (const SampleError& error) {
        return text("sample ", error.sample(), ": ", error.what());
    }
}

}  // namespace

TEST_CASE("embedding: each token has its row of the embeddings, and the gradient of a row is the sum over its places") {
    for (const Shape& shape : {Shape{5}, Shape{4, 6}, Shape{3, 2, 5}})
        for (const std::int64_t width : {1, 3, 8, 21}) {
            CAPTURE(shape);
            CAPTURE(width);
            LayerUnderTest layer{"embedding", text("{input_dim: 9, output_dim: ", width, "}"), {tokens(shape)}};
            layer.randomize();
            set_tokens(layer, 8);  // token 8 does not occur
            layer.run();
            std::vector<std::int64_t> sizes(shape.begin(), shape.end());
            sizes.push_back(width);
            CHECK(layer.output().type() == TensorType{Shape{sizes}, Element::float32});
            const auto x = layer.input(0).as<std::int32_t>();
            const auto rows = layer.parameter("embeddings").as();
            const auto dy = layer.output_gradient().as();
            std::vector<float> y;
            std::vector<double> gradient(rows.size());
            for (std::size_t i = 0; i < dy.size(); ++i) {
                const auto at = static_cast<std::size_t>(x[i / width] * width) + i % width;
                y.push_back(rows[at]);
                gradient[at] += dy[i];
            }
            CHECK(std::ranges::equal(layer.output().as(), y));
            CHECK(largest_error(layer.parameter_gradient("embeddings").as(), gradient) < 1e-6);
            CHECK(std::ranges::count(layer.parameter_gradient("embeddings").as().last(width), 0.0F) == width);
            CHECK(gradient_error(layer) < 1e-3);
        }
}

TEST_CASE("embedding: agrees with PyTorch") {
    const Fixture torch{"sequences"};
    LayerUnderTest layer{"embedding", "{input_dim: 7, output_dim: 5}", {tokens({3, 4})}};
    torch.copy("embedding.x", layer.input(0).as<std::int32_t>());
    torch.copy("embedding.embeddings", layer.parameter("embeddings").as());
    torch.copy("embedding.dy", layer.output_gradient().as());
    layer.run();
    CHECK(largest_error(layer.output().as(), torch["embedding.y"]) < 1e-7);
    CHECK(largest_error(layer.parameter_gradient("embeddings").as(), torch["embedding.dembeddings"]) < 1e-6);
}

TEST_CASE("embedding: bytes are tokens too") {
    LayerUnderTest layer{"embedding", "{input_dim: 256, output_dim: 3}", {{{2, 2}, Element::uint8}}};
    layer.randomize();
    const std::uint8_t values[] = {0, 255, 128, 7};
    std::ranges::copy(values, layer.input(0).as<std::uint8_t>().begin());
    layer.run();
    for (std::size_t i = 0; i < 4; ++i)
        CHECK(layer.output().as()[3 * i + 2] == layer.parameter("embeddings").as()[3 * values[i] + 2]);
    CHECK(gradient_error(layer) < 1e-3);
}

TEST_CASE("embedding: begins as Keras's does, with even numbers of -0.05 to 0.05") {
    LayerUnderTest layer{"embedding", "{input_dim: 100, output_dim: 10}", {tokens({2})}};
    const auto [lowest, highest] = std::ranges::minmax(layer.parameter("embeddings").as());
    CHECK(lowest >= -0.05F);
    CHECK(lowest < -0.045F);
    CHECK(highest > 0.045F);
    CHECK(highest <= 0.05F);
}

TEST_CASE("embedding: the same bits with any number of threads") {
    std::vector<float> first;
    for (const std::size_t threads : {1, 2, 5}) {
        LayerUnderTest layer{Kind::layer,
                             "embedding",
                             "{input_dim: 5, output_dim: 11}",
                             {tokens({19, 7})},
                             {.shard = 2, .threads = threads}};
        layer.randomize();
        set_tokens(layer, 5);
        layer.run();
        const auto gradient = layer.parameter_gradient("embeddings").as();
        if (first.empty())
            first.assign(gradient.begin(), gradient.end());
        CHECK(std::memcmp(first.data(), gradient.data(), gradient.size_bytes()) == 0);
    }
}

TEST_CASE("embedding: a token out of range ends the run, with the sample that has it") {
    CHECK(stopped_by({3, 2}, {0, 1, 2, 3, 12, 9}, 3) ==
          "sample 2: test:1:2: embedding 'embedding': token 12; there are 10, counted from 0");
    CHECK(stopped_by({3, 2}, {0, 1, 2, 3, 12, 9}, 1) ==
          "sample 2: test:1:2: embedding 'embedding': token 12; there are 10, counted from 0");
    CHECK(stopped_by({2}, {0, -1}, 2) ==
          "sample 1: test:1:2: embedding 'embedding': token -1; there are 10, counted from 0");
    CHECK(stopped_by({2}, {0, 10}, 2) ==
          "sample 1: test:1:2: embedding 'embedding': token 10; there are 10, counted from 0");
    CHECK(stopped_by({2}, {0, 9}, 2) == "");
}

TEST_CASE("embedding: what is no whole number, and too many dimensions, are refused") {
    const auto refused = [](const std::string& attributes, const TensorType& input) {
        return refusal(Kind::layer, "embedding", attributes, {input});
    };
    CHECK(refused("{input_dim: 10, output_dim: 4}", {{1, 6}, Element::float32}) ==
          "test:1:2: embedding 'embedding': input [1, 6] (from the data) is float32; int32 or uint8 is wanted, a whole "
          "number below input_dim at each place");
    CHECK(refused("{input_dim: 10, output_dim: 4}", tokens({1, 1, 1, 1, 1, 1, 1, 1})).find("at most 8 dimensions") !=
          std::string::npos);
    CHECK(refused("{input_dim: 0, output_dim: 4}", tokens({1})).find("'input_dim'") != std::string::npos);
    CHECK(refused("{input_dim: 10}", tokens({1})).find("'output_dim'") != std::string::npos);
}
