#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "tests/plugins/fixture.hpp"
#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

LayerUnderTest loss(const std::string& attributes, const Shape& logits, const Shape& labels,
                    LayerUnderTest::Options options = {}) {
    return {Kind::loss,
            "softmax_cross_entropy",
            attributes,
            {{logits, Element::float32}, {labels, Element::int32}},
            options};
}

void set_labels(LayerUnderTest& layer, std::int32_t classes) {
    std::int32_t label = 0;
    for (std::int32_t& place : layer.input(1).as<std::int32_t>())
        place = (label += 3) % classes;
}

/// With labels of -1, and 1/N as the gradient of each sample, as training has it.
struct Ignoring : LayerUnderTest {
    Ignoring(const Fixture& torch, std::int64_t shard)
        : LayerUnderTest{Kind::loss,
                         "softmax_cross_entropy",
                         "{ignore_class: -1, label_smoothing: 0.1}",
                         {{{3, 4, 11}, Element::float32}, {{3, 4}, Element::int32}},
                         {.shard = shard}} {
        torch.copy("cross_entropy.x", input(0).as());
        torch.copy("ignore_class.labels", input(1).as<std::int32_t>());
        std::ranges::fill(output_gradient().as(), 1.0F / 3);
    }
};

bool same(const Array& a, const Array& b) {
    return std::memcmp(a.view().data, b.view().data, a.type().bytes()) == 0;
}

}  // namespace

TEST_CASE("softmax_cross_entropy: agrees with PyTorch forward and backward, with and without smoothing") {
    const Fixture torch{"losses"};
    for (const auto& [attributes, name] : {std::pair{"", "plain"}, std::pair{"{label_smoothing: 0.1}", "smoothed"}}) {
        CAPTURE(name);
        LayerUnderTest layer = loss(attributes, {5, 11}, {5});
        torch.copy("x", layer.input(0).as());
        torch.copy("labels", layer.input(1).as<std::int32_t>());
        torch.copy("dy", layer.output_gradient().as());
        layer.run();
        CHECK(layer.output().shape() == Shape{5});
        CHECK(largest_error(layer.output().as(), torch[std::string(name) + ".y"]) < 5e-7);
        CHECK(largest_error(layer.input_gradient(0).as(), torch[std::string(name) + ".dx"]) < 1e-6);
    }
}

TEST_CASE("softmax_cross_entropy: gradients agree with central differences, for rows and for sequences") {
    for (const char* attributes : {"", "{label_smoothing: 0.2}"})
        for (const auto& [logits, labels] :
             {std::pair{Shape{6, 10}, Shape{6}}, std::pair{Shape{3, 4, 5}, Shape{3, 4}}}) {
            CAPTURE(attributes);
            CAPTURE(logits);
            LayerUnderTest layer = loss(attributes, logits, labels);
            layer.randomize();
            set_labels(layer, static_cast<std::int32_t>(logits.back()));
            CHECK(gradient_error(layer) < 1e-3);
        }
}

TEST_CASE("softmax_cross_entropy: a sequence's loss is the mean over its positions") {
    LayerUnderTest sequence = loss("", {1, 4, 3}, {1, 4});
    sequence.randomize();
    set_labels(sequence, 3);
    sequence.run();
    LayerUnderTest rows = loss("", {4, 3}, {4});
    std::ranges::copy(sequence.input(0).as(), rows.input(0).as().begin());
    set_labels(rows, 3);
    rows.run();
    double mean = 0;
    for (const float y : rows.output().as())
        mean += y / 4.0;
    CHECK(sequence.output().as()[0] == doctest::Approx(mean));
}

TEST_CASE("softmax_cross_entropy: with ignore_class the batch's loss is PyTorch's mean over the positions that count") {
    const Fixture torch{"sequences"};
    Ignoring layer{torch, 2};
    layer.run();
    double mean = 0;
    for (const float y : layer.output().as())
        mean += y / 3.0;
    CHECK(mean == doctest::Approx(torch["ignore_class.loss"][0]).epsilon(1e-6));
    CHECK(largest_error(layer.input_gradient(0).as(), torch["ignore_class.dx"]) < 1e-6);
    LayerUnderTest again = loss("{ignore_class: 2}", {3, 4, 5}, {3, 4});
    again.randomize();
    set_labels(again, 5);
    CHECK(gradient_error(again) < 1e-3);
}

TEST_CASE("softmax_cross_entropy: ignored positions change no bit, whatever they hold, nor do shards") {
    const Fixture torch{"sequences"};
    Ignoring first{torch, 2};
    first.run();
    for (const std::int64_t shard : {1, 2, 3})
        for (const float value : {0.0F, 1e30F, std::numeric_limits<float>::quiet_NaN()}) {
            CAPTURE(shard);
            CAPTURE(value);
            Ignoring other{torch, shard};
            for (std::size_t i = 0; i < other.input(0).as().size(); ++i)
                if (other.input(1).as<std::int32_t>()[i / 11] == -1)
                    other.input(0).as()[i] = value;
            other.run();
            CHECK(same(other.output(), first.output()));
            CHECK(same(other.input_gradient(0), first.input_gradient(0)));
        }
}

TEST_CASE("softmax_cross_entropy: where all labels are ignored, loss and gradient are 0") {
    Ignoring layer{Fixture{"sequences"}, 2};
    std::ranges::fill(layer.input(1).as<std::int32_t>(), -1);
    layer.run();
    for (const float y : layer.output().as())
        CHECK(y == 0);
    for (const float dx : layer.input_gradient(0).as())
        CHECK(dx == 0);
}

TEST_CASE("softmax_cross_entropy: logits far from 0 neither overflow nor lose the loss") {
    LayerUnderTest layer = loss("", {2, 3}, {2});
    const float values[] = {1e38F, 0, -1e38F, -1000, -1000, -1000};
    std::ranges::copy(values, layer.input(0).as().begin());
    layer.input(1).as<std::int32_t>()[0] = 0;
    layer.input(1).as<std::int32_t>()[1] = 2;
    layer.run();
    CHECK(layer.output().as()[0] == 0);
    CHECK(layer.output().as()[1] == doctest::Approx(std::log(3.0)));
}

TEST_CASE("softmax_cross_entropy: a label out of range stops the step and is named with its sample") {
    for (const std::int32_t label : {12, 10, -1}) {
        CAPTURE(label);
        LayerUnderTest layer = loss("", {5, 10}, {5}, {.mode = Mode::inference, .shard = 2});
        layer.randomize();
        set_labels(layer, 10);
        layer.input(1).as<std::int32_t>()[3] = label;
        try {
            layer.run();
            FAIL("not refused");
        } catch (const RunError& error) {
            CHECK(std::string(error.what())
                      .find("label " + std::to_string(label) + "; there are 10 classes, counted from 0") !=
                  std::string::npos);
        }
    }
}

TEST_CASE("softmax_cross_entropy: shapes that do not belong together are refused") {
    const auto message = [](const TensorType& x, const TensorType& labels) {
        return refusal(Kind::loss, "softmax_cross_entropy", "", {x, labels});
    };
    const std::string start = "test:1:1: softmax_cross_entropy 'softmax_cross_entropy': ";
    CHECK(message({{1}, Element::float32}, {{1}, Element::int32}) ==
          start + "input has shape [1] (from the data); [batch, ..., classes] is wanted");
    CHECK(message({{1, 10}, Element::float32}, {{1, 10}, Element::float32}) ==
          start +
              "labels are float32 [1, 10] (from the data); int32 [1] is wanted, one class number for each row of the "
              "input [1, 10] (from the data)");
}
