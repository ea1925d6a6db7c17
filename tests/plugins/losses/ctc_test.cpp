#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "tests/plugins/fixture.hpp"
#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

const std::vector<TensorType> with_lengths{
    {{5, 7, 6}, Element::float32}, {{5, 4}, Element::int32}, {{5}, Element::int32}};

/// With what PyTorch was given.
struct Given : LayerUnderTest {
    explicit Given(const Fixture& torch, const std::string& attributes, std::int64_t shard = 2)
        : LayerUnderTest{Kind::loss, "ctc", attributes, with_lengths, {.shard = shard}} {
        torch.copy("x", input(0).as());
        torch.copy("labels", input(1).as<std::int32_t>());
        torch.copy("lengths", input(2).as<std::int32_t>());
        torch.copy("dy", output_gradient().as());
    }
};

bool same(const Array& a, const Array& b) {
    return std::memcmp(a.view().data, b.view().data, a.type().bytes()) == 0;
}

/// The probability of labels, as the sum over all K^T ways to fill the steps.
double by_all_ways(std::span<const float> x, std::size_t steps, std::size_t classes,
                   const std::vector<std::int32_t>& labels, std::int32_t blank) {
    double total = 0;
    std::vector<std::size_t> way(steps);
    for (bool more = true; more;) {
        double probability = 1;
        std::vector<std::int32_t> said;
        std::int32_t before = blank;
        for (std::size_t t = 0; t < steps; ++t) {
            double sum = 0;
            for (std::size_t k = 0; k < classes; ++k)
                sum += std::exp(static_cast<double>(x[t * classes + k]));
            probability *= std::exp(static_cast<double>(x[t * classes + way[t]])) / sum;
            const auto now = static_cast<std::int32_t>(way[t]);
            if (now != blank && now != before)
                said.push_back(now);
            before = now;
        }
        if (said == labels)
            total += probability;
        std::size_t t = 0;
        while (t < steps && ++way[t] == classes)
            way[t++] = 0;
        more = t < steps;
    }
    return total;
}

}  // namespace

TEST_CASE("ctc: agrees with PyTorch forward and backward, for the sum and for the mean over the labels") {
    const Fixture torch{"ctc"};
    for (const auto& [attributes, name] : {std::pair{"{zero_infinity: true}", std::string{"sum"}},
                                           {"{zero_infinity: true, mean_over_labels: true}", "mean"}}) {
        CAPTURE(name);
        Given layer{torch, attributes};
        layer.run();
        CHECK(largest_error(layer.output().as(), torch[name + ".y"]) < 1e-6);
        CHECK(largest_error(layer.input_gradient(0).as(), torch[name + ".dx"]) < 1e-5);
    }
}

TEST_CASE("ctc: is the sum over all ways to say the labels, with any blank; what follows the labels is padding") {
    const TensorType x{{1, 4, 3}, Element::float32}, labels{{1, 3}, Element::int32};
    for (const std::int32_t blank : {0, 1, 2})
        for (const std::vector<std::int32_t>& said : std::vector<std::vector<std::int32_t>>{
                 {}, {(blank + 1) % 3}, {(blank + 1) % 3, (blank + 2) % 3}, {(blank + 1) % 3, (blank + 1) % 3}})
            for (const std::int32_t padding : {-1, -100, static_cast<int>(blank)}) {
                CAPTURE(blank);
                CAPTURE(said.size());
                LayerUnderTest layer{Kind::loss, "ctc", "{blank: " + std::to_string(blank) + "}", {x, labels}, {}};
                layer.randomize();
                const auto row = layer.input(1).as<std::int32_t>();
                std::ranges::fill(row, padding);
                std::ranges::copy(said, row.begin());
                layer.run();
                CHECK(layer.output().as()[0] ==
                      doctest::Approx(-std::log(by_all_ways(layer.input(0).as(), 4, 3, said, blank))).epsilon(1e-6));
            }
}

TEST_CASE("ctc: gradients agree with central differences") {
    for (const char* attributes : {"", "{blank: 3, mean_over_labels: true}"}) {
        CAPTURE(attributes);
        LayerUnderTest layer{
            Kind::loss, "ctc", attributes, {{{2, 9, 4}, Element::float32}, {{2, 3}, Element::int32}}, {}};
        layer.randomize();
        const std::int32_t labels[] = {1, 1, 2, 2, 1, -1};
        std::ranges::copy(labels, layer.input(1).as<std::int32_t>().begin());
        CHECK(gradient_error(layer) < 1e-3);
    }
}

TEST_CASE("ctc: bits depend neither on shards nor on what lies behind the lengths, be it NaN") {
    const Fixture torch{"ctc"};
    Given first{torch, "{zero_infinity: true}"};
    first.run();
    for (const std::int64_t shard : {1, 3, 5}) {
        Given other{torch, "{zero_infinity: true}", shard};
        for (std::size_t n = 0; n < 5; ++n)
            for (auto t = static_cast<std::size_t>(torch["lengths"][n]); t < 7; ++t)
                for (std::size_t k = 0; k < 6; ++k)
                    other.input(0).as()[(n * 7 + t) * 6 + k] = std::numeric_limits<float>::quiet_NaN();
        other.run();
        CHECK(same(other.output(), first.output()));
        CHECK(same(other.input_gradient(0), first.input_gradient(0)));
    }
}

TEST_CASE("ctc: without a step there is one way to say nothing") {
    Given layer{Fixture{"ctc"}, "{zero_infinity: true}"};
    std::ranges::fill(layer.input(2).as<std::int32_t>(), 0);
    std::ranges::fill(layer.input(1).as<std::int32_t>(), 0);
    layer.run();
    CHECK(layer.output().as()[2] == 0);
    for (const float dx : layer.input_gradient(0).as())
        CHECK(dx == 0);
}

TEST_CASE("ctc: a label and a length out of range, and too few steps, are named with the sample") {
    const auto message = [](std::size_t input, std::size_t place, std::int32_t value) -> std::string {
        Given layer{Fixture{"ctc"}, ""};
        layer.input(2).as<std::int32_t>()[4] = 7;
        layer.input(input).as<std::int32_t>()[place] = value;
        try {
            layer.run();
        } catch (const RunError& error) {
            return error.what();
        }
        return "";
    };
    CHECK(message(1, 5, 6).find("label 6; there are 6 classes, counted from 0") != std::string::npos);
    CHECK(message(2, 1, 8).find("length 8; the sequence has 7 steps") != std::string::npos);
    CHECK(message(2, 1, -1).find("length -1; the sequence has 7 steps") != std::string::npos);
    CHECK(message(2, 4, 6).find("4 labels want 7 steps, of which there are 6; equal neighbours want one more: let the "
                                "network have more steps, or leave out such samples with zero_infinity: true") !=
          std::string::npos);
    CHECK(message(1, 5, -6) == "");
}

TEST_CASE("ctc: what does not belong together is refused") {
    const auto message = [](const std::string& attributes, const std::vector<TensorType>& inputs) {
        return refusal(Kind::loss, "ctc", attributes, inputs);
    };
    const TensorType x{{1, 7, 6}, Element::float32}, labels{{1, 4}, Element::int32};
    CHECK(message("", {{{1, 6}, Element::float32}, labels}) ==
          "test:1:1: ctc 'ctc': input has shape [1, 6] (from the data); [batch, steps, classes] is wanted");
    CHECK(message("{blank: 6}", {x, labels}) ==
          "test:1:2: ctc 'ctc': blank is 6, but input has shape [1, 7, 6] (from the data): there are 6 classes, "
          "counted from 0");
    CHECK(message("", {x, {{1}, Element::int32}}) ==
          "test:1:1: ctc 'ctc': labels are int32 [1] (from the data); int32 [batch, labels] is wanted, padded with -1 "
          "or the blank");
    CHECK(message("", {x, labels, {{1, 1}, Element::int32}}) ==
          "test:1:1: ctc 'ctc': lengths are int32 [1, 1] (from the data); int32 [1] is wanted");
}
