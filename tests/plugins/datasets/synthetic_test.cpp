#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <set>

#include "tests/plugins/datasets/opened.hpp"

using namespace plexus;
using namespace plexus::test;

TEST_CASE("synthetic: a sample follows from seed and index alone") {
    const auto few = dataset("{synthetic: {shape: [3, 5, 1], classes: 3, samples: 7}}");
    const auto same = dataset("{synthetic: {shape: [3, 5, 1], classes: 3, samples: 2000000}}");  // too many to be kept
    const auto other = dataset("{synthetic: {shape: [3, 5, 1], classes: 3, seed: 2}}");
    CHECK(few->size() == 7);
    CHECK(other->size() == 1024);
    CHECK(few->tensors()[0].name == "input");
    CHECK(few->tensors()[0].type == TensorType{Shape{3, 5, 1}, Element::float32});
    CHECK(few->tensors()[1].name == "label");
    CHECK(few->tensors()[1].type == TensorType{Shape{}, Element::int32});
    for (std::size_t i = 0; i < 7; ++i) {
        CHECK(values(sample(*few, i)[0]) == values(sample(*same, i)[0]));
        CHECK(values(sample(*few, i)[0]) != values(sample(*other, i)[0]));
        CHECK(values<std::int32_t>(sample(*few, i)[1]) == std::vector<std::int32_t>{static_cast<std::int32_t>(i % 3)});
    }
    CHECK(values(sample(*few, 0)[0]) != values(sample(*few, 3)[0]));
}

TEST_CASE("synthetic: in a sequence each number has a label of its own, that of a permutation") {
    const auto data = dataset("{synthetic: {kind: sequence, shape: [50], classes: 7, samples: 12, streams: 4}}");
    CHECK(data->streams() == 4);
    CHECK(data->tensors()[0].type == TensorType{Shape{50}, Element::int32});
    CHECK(data->tensors()[1].type == TensorType{Shape{50}, Element::int32});
    std::map<std::int32_t, std::int32_t> label_of;
    for (std::size_t i = 0; i < data->size(); ++i) {
        const auto input = values<std::int32_t>(sample(*data, i)[0]);
        const auto label = values<std::int32_t>(sample(*data, i)[1]);
        for (std::size_t t = 0; t < input.size(); ++t)
            CHECK(label_of.try_emplace(input[t], label[t]).first->second == label[t]);
    }
    std::set<std::int32_t> labels;
    for (const auto& [number, label] : label_of)
        labels.insert(label);
    CHECK(label_of.size() == 7);
    CHECK(label_of.rbegin()->first == 6);
    CHECK(labels.size() == 7);
    CHECK(values<std::int32_t>(sample(*data, 0)[0]) != values<std::int32_t>(sample(*data, 4)[0]));
    CHECK_THROWS_WITH(dataset("{synthetic: {kind: sequence, shape: [5], samples: 10, streams: 4}}"),
                      doctest::Contains("synthetic 'streams' is 4, which does not divide the 10 samples evenly"));
}

TEST_CASE("synthetic: without noise the samples of a class are equal, with it they lie around their pattern") {
    const auto clean = dataset("{synthetic: {shape: [64], classes: 2, noise: 0}}");
    const auto noisy = dataset("{synthetic: {shape: [64], classes: 2, noise: 0.5}}");
    CHECK(values(sample(*clean, 0)[0]) == values(sample(*clean, 4)[0]));
    CHECK(values(sample(*clean, 0)[0]) != values(sample(*clean, 1)[0]));
    for (std::size_t i = 0; i < 100; ++i) {
        std::vector<double> distances;
        for (std::size_t pattern = 0; pattern < 2; ++pattern) {
            const std::vector<float> a = values(sample(*noisy, i)[0]);
            const std::vector<float> b = values(sample(*clean, pattern)[0]);
            double sum = 0;
            for (std::size_t e = 0; e < a.size(); ++e)
                sum += (a[e] - b[e]) * (a[e] - b[e]);
            distances.push_back(sum);
        }
        CHECK(distances[i % 2] < distances[1 - i % 2]);
    }
}

TEST_CASE("synthetic: the quantities of a regression are weighted sums of the input, of variance 1") {
    const auto data = dataset("{synthetic: {shape: [50], kind: regression, targets: 2, noise: 0, samples: 2000}}");
    CHECK(data->tensors()[1].name == "target");
    CHECK(data->tensors()[1].type == TensorType{Shape{2}, Element::float32});
    double sum = 0;
    double squares = 0;
    double quiet = 0;
    for (std::size_t i = 0; i < data->size(); ++i) {
        const std::vector<Array> arrays = sample(*data, i);
        sum += arrays[1].as<float>()[0];
        squares += std::pow(arrays[1].as<float>()[0], 2);
        for (const float x : arrays[0].as<float>())
            quiet = std::max(quiet, std::abs(static_cast<double>(x)));
    }
    CHECK(std::abs(sum / 2000) < 0.1);
    CHECK(squares / 2000 == doctest::Approx(1).epsilon(0.35));
    CHECK(quiet <= 1);
    const auto line = dataset("{synthetic: {shape: [1], kind: regression, noise: 0, samples: 9}}");
    const auto slope = [&](std::size_t i) {
        const std::vector<Array> arrays = sample(*line, i);
        return arrays[1].as<float>()[0] / arrays[0].as<float>()[0];
    };
    for (std::size_t i = 1; i < 9; ++i)
        CHECK(slope(i) == doctest::Approx(slope(0)));
    const auto noisy = dataset("{synthetic: {shape: [50], kind: regression, noise: 0.25, samples: 8}}");
    for (std::size_t i = 0; i < 8; ++i)
        CHECK(std::abs(sample(*noisy, i)[1].as<float>()[0] - sample(*data, i)[1].as<float>()[0]) <= 0.25F);
}

TEST_CASE("synthetic: what cannot be is refused") {
    CHECK(refusal_of("{synthetic: {shape: [100000, 100000]}}") ==
          "g.yaml:1:21: synthetic 'shape' has more than 268435456 elements");
    CHECK(refusal_of("{synthetic: {shape: [1, 1, 1, 1, 1, 1, 1, 1]}}") ==
          "g.yaml:1:21: synthetic 'shape' has 8 dimensions; up to 7 are possible");
    CHECK(refusal_of("{synthetic: {shape: [0]}}") == "g.yaml:1:22: synthetic 'shape' holds 0; each must be at least 1");
    CHECK(refusal_of("{synthetic: {shape: [1], kind: clasification}}") ==
          "g.yaml:1:32: synthetic 'kind' is 'clasification'; did you mean 'classification'?");
}
