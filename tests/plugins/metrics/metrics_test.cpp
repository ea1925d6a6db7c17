#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tests/plugins/fixture.hpp"
#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

std::vector<double> counted(const char* type, const char* attributes, const std::vector<std::vector<float>>& rows,
                            const std::vector<std::int32_t>& labels, std::int64_t shard = 2) {
    const auto count = static_cast<std::int64_t>(rows.size());
    const auto classes = static_cast<std::int64_t>(rows[0].size());
    LayerUnderTest layer{Kind::metric,
                         type,
                         attributes,
                         {{{count, classes}, Element::float32}, {{count}, Element::int32}},
                         {.mode = Mode::inference, .shard = shard}};
    std::size_t at = 0;
    for (const auto& row : rows)
        for (const float value : row)
            layer.input(0).as()[at++] = value;
    std::ranges::copy(labels, layer.input(1).as<std::int32_t>().begin());
    layer.run();
    return layer.partial();
}

/// Keeps the one value that a metric reports.
struct Reported final : Report {
    void value(const std::string& value_name, double number, Better better) override {
        name = value_name;
        result = number;
        lower = better == Better::lower;
    }
    void matrix(const std::string&, std::size_t, std::size_t, std::span<const double>) override {}

    std::string name;
    double result = 0;
    bool lower = false;
};

}  // namespace

TEST_CASE("accuracy: counts rows whose largest value is the label's; ties go to the first, NaN is the largest") {
    const std::vector<std::vector<float>> rows{{1, 2, 3}, {3, 2, 1}, {5, 5, 1}, {5, 5, 1}, {1, not_a_number, 7}};
    for (const std::int64_t shard : {1, 2, 5})
        CHECK(counted("accuracy", "", rows, {2, 1, 0, 1, 1}, shard) == std::vector<double>{3, 5});
}

TEST_CASE("sequence_accuracy: counts samples that are right in all rows that count, however they are sharded") {
    for (const std::int64_t shard : {1, 2, 5}) {
        CAPTURE(shard);
        LayerUnderTest layer{Kind::metric,
                             "sequence_accuracy",
                             "{ignore_class: -1}",
                             {{{5, 2, 3}, Element::float32}, {{5, 2}, Element::int32}},
                             {.mode = Mode::inference, .shard = shard}};
        // The largest is 1 everywhere. Right; wrong at the end; wrong at the beginning; right where it counts; no row.
        for (std::size_t i = 0; i < 30; ++i)
            layer.input(0).as()[i] = i % 3 == 1 ? 1.0F : 0.0F;
        const std::int32_t labels[] = {1, 1, 1, 0, 2, 1, -1, 1, -1, -1};
        std::ranges::copy(labels, layer.input(1).as<std::int32_t>().begin());
        layer.run();
        CHECK(layer.partial() == std::vector<double>{2, 4});
        Reported reported;
        layer.model().layer(layer.inputs()).report(layer.partial(), reported);
        CHECK(reported.name == "sequence_accuracy");
        CHECK(reported.result == 0.5);
    }
}

TEST_CASE("top_k_accuracy: counts rows whose label is among the k largest") {
    const std::vector<std::vector<float>> rows{
        {1, 2, 3, 4}, {1, 2, 3, 4}, {1, 2, 3, 4}, {7, 7, 7, 7}, {not_a_number, 1, 2, 3}};
    CHECK(counted("top_k_accuracy", "{k: 2}", rows, {3, 2, 1, 1, 2}) == std::vector<double>{3, 5});
    CHECK(counted("top_k_accuracy", "{k: 1}", rows, {3, 2, 1, 0, 0}) == std::vector<double>{3, 5});
    CHECK(counted("top_k_accuracy", "{k: 4}", rows, {3, 2, 1, 0, 0}) == std::vector<double>{5, 5});
}

TEST_CASE("confusion_matrix: row is the right class, column the recognised one") {
    const std::vector<std::vector<float>> rows{{9, 0, 0}, {0, 9, 0}, {0, 9, 0}, {0, 0, 9}, {9, 0, 0}};
    CHECK(counted("confusion_matrix", "", rows, {0, 0, 1, 1, 2}) == std::vector<double>{1, 1, 0, 0, 1, 1, 1, 0, 0});
}

TEST_CASE(
    "perplexity and bits_per_character: are PyTorch's cross-entropy over all positions, however they are sharded") {
    const Fixture torch{"sequences"};
    for (const std::string type : {"perplexity", "bits_per_character"})
        for (const std::int64_t shard : {1, 2, 3}) {
            CAPTURE(type);
            LayerUnderTest layer{Kind::metric,
                                 type,
                                 "",
                                 {{{3, 4, 11}, Element::float32}, {{3, 4}, Element::int32}},
                                 {.mode = Mode::inference, .shard = shard}};
            torch.copy("cross_entropy.x", layer.input(0).as());
            torch.copy("cross_entropy.labels", layer.input(1).as<std::int32_t>());
            layer.run();
            Reported reported;
            layer.model().layer(layer.inputs()).report(layer.partial(), reported);
            CHECK(reported.name == type);
            CHECK(reported.lower);
            CHECK(reported.result == doctest::Approx(torch["cross_entropy." + type][0]).epsilon(1e-6));
            CHECK(layer.partial()[1] == 12);
        }
}

TEST_CASE("perplexity and bits_per_character: rows of ignore_class do not count, as in PyTorch, be they NaN") {
    const Fixture torch{"sequences"};
    for (const std::string type : {"perplexity", "bits_per_character"}) {
        CAPTURE(type);
        LayerUnderTest layer{Kind::metric,
                             type,
                             "{ignore_class: -1}",
                             {{{3, 4, 11}, Element::float32}, {{3, 4}, Element::int32}},
                             {.mode = Mode::inference}};
        torch.copy("cross_entropy.x", layer.input(0).as());
        torch.copy("ignore_class.labels", layer.input(1).as<std::int32_t>());
        std::ranges::fill(layer.input(0).as().subspan(3 * 11, 11), not_a_number);
        layer.run();
        Reported reported;
        layer.model().layer(layer.inputs()).report(layer.partial(), reported);
        CHECK(reported.result == doctest::Approx(torch["ignore_class." + type][0]).epsilon(1e-6));
        CHECK(layer.partial()[1] == 7);
        const std::vector<double> none{0, 0};
        layer.model().layer(layer.inputs()).report(none, reported);
        CHECK(reported.result == (type == "perplexity" ? 1 : 0));
    }
}

TEST_CASE("metrics: rows of ignore_class do not count, be their label out of range or their values NaN") {
    const std::vector<std::vector<float>> rows{{1, 2, 3}, {not_a_number, 2, 1}, {5, 5, 1}, {9, 5, 1}};
    CHECK(counted("accuracy", "{ignore_class: -1}", rows, {2, -1, 1, -1}) == std::vector<double>{1, 2});
    CHECK(counted("accuracy", "{ignore_class: 0}", rows, {2, 0, 1, 0}) == std::vector<double>{1, 2});
    CHECK(counted("top_k_accuracy", "{k: 2, ignore_class: 7}", rows, {2, 7, 1, 0}) == std::vector<double>{3, 3});
    CHECK(counted("confusion_matrix", "{ignore_class: -1}", rows, {2, -1, 1, -1}) ==
          std::vector<double>{0, 0, 0, 1, 0, 0, 0, 0, 1});
    for (const char* type : {"accuracy", "top_k_accuracy"}) {
        LayerUnderTest layer{Kind::metric, type, "", {{{1, 5}, Element::float32}, {{1}, Element::int32}}, {}};
        Reported reported;
        const std::vector<double> none{0, 0};
        layer.model().layer(layer.inputs()).report(none, reported);
        CHECK(reported.result == 0);
    }
}

TEST_CASE("perplexity and bits_per_character: of a guess they are the number of classes, and its bits") {
    for (const auto& [type, result] : {std::pair{"perplexity", 4.0}, std::pair{"bits_per_character", 2.0}}) {
        const std::vector<double> counts = counted(type, "", {{7, 7, 7, 7}, {-1e30F, -1e30F, -1e30F, -1e30F}}, {0, 3});
        CHECK(counts[0] == doctest::Approx(2 * std::log(4)));
        LayerUnderTest layer{Kind::metric, type, "", {{{1, 4}, Element::float32}, {{1}, Element::int32}}, {}};
        Reported reported;
        layer.model().layer(layer.inputs()).report(counts, reported);
        CHECK(reported.result == doctest::Approx(result));
    }
}

TEST_CASE("binary_accuracy: counts values on the right side of the threshold, however they are sharded") {
    // The last three: at the threshold, NaN for yes and NaN for no.
    const float x[] = {1, -1, 2, -2, 0, not_a_number, not_a_number, 0.5F};
    const float target[] = {1, 1, 0, 0, 0, 1, 0, 0.9F};
    const auto right = [&](const char* attributes, const std::vector<TensorType>& inputs, std::int64_t shard) {
        LayerUnderTest layer{
            Kind::metric, "binary_accuracy", attributes, inputs, {.mode = Mode::inference, .shard = shard}};
        std::ranges::copy(x, layer.input(0).as().begin());
        if (inputs.size() > 1 && inputs[1].element == Element::float32)
            std::ranges::copy(target, layer.input(1).as().begin());
        if (inputs.size() > 1 && inputs[1].element == Element::uint8)
            std::ranges::copy(target, layer.input(1).as<std::uint8_t>().begin());
        layer.run();
        CHECK(layer.partial()[1] == 8);
        return layer.partial()[0];
    };
    const TensorType values{{4, 2}, Element::float32};
    for (const std::int64_t shard : {1, 3, 4}) {
        CAPTURE(shard);
        CHECK(right("", {values, values}, shard) == 4);
        CHECK(right("{threshold: 0.5}", {values, values}, shard) == 3);
        // A byte holds no 0.9: the last value is on the wrong side of it.
        CHECK(right("", {values, {{4, 2, 1}, Element::uint8}}, shard) == 3);
        CHECK(right("{target: 1}", {values}, shard) == 3);
        CHECK(right("{target: 0}", {values}, shard) == 3);
    }
}

TEST_CASE("binary_accuracy and mean: report a share, and the mean of all values") {
    LayerUnderTest accuracy{Kind::metric, "binary_accuracy", "{target: 1}", {{{1}, Element::float32}}, {}};
    LayerUnderTest mean{Kind::metric, "mean", "", {{{3, 5}, Element::float32}}, {.mode = Mode::inference}};
    mean.randomize();
    mean.run();
    double sum = 0;
    for (const float value : mean.input(0).as())
        sum += value;
    CHECK(mean.partial()[1] == 15);
    Reported reported;
    accuracy.model().layer(accuracy.inputs()).report(std::vector<double>{3, 4}, reported);
    CHECK(reported.name == "binary_accuracy");
    CHECK(reported.result == 0.75);
    mean.model().layer(mean.inputs()).report(mean.partial(), reported);
    CHECK(reported.name == "mean");
    CHECK(reported.result == doctest::Approx(sum / 15).epsilon(1e-12));
}

TEST_CASE("metrics: a label out of range stops the run and is named with its sample") {
    for (const char* type : {"accuracy", "sequence_accuracy", "confusion_matrix", "perplexity", "bits_per_character"})
        try {
            counted(type, "", {{1, 2}, {1, 2}, {1, 2}}, {0, 1, 2});
            FAIL("not refused");
        } catch (const RunError& error) {
            CHECK(std::string(error.what()).find("label 2; there are 2 classes, counted from 0") != std::string::npos);
        }
}

TEST_CASE("metrics: what they cannot count is refused while planning") {
    const TensorType labels{{1}, Element::int32};
    CHECK(refusal(Kind::metric, "top_k_accuracy", "", {{{1, 3}, Element::float32}, labels}) ==
          "test:1:1: top_k_accuracy 'top_k_accuracy': k is 5, but input has shape [1, 3] (from the data): only 3 "
          "classes");
    CHECK(refusal(Kind::metric, "confusion_matrix", "", {{{1, 1000}, Element::float32}, labels}) ==
          "test:1:1: confusion_matrix 'confusion_matrix': input has shape [1, 1000] (from the data): 1000 classes; at "
          "most "
          "256 are possible");
    CHECK(refusal(Kind::metric, "accuracy", "", {{{1, 3}, Element::float32}, {{1, 2}, Element::int32}}) ==
          "test:1:1: accuracy 'accuracy': labels are int32 [1, 2] (from the data); int32 [1] is wanted, one class "
          "number for "
          "each row of the input [1, 3] (from the data)");
    CHECK(refusal(Kind::metric, "binary_accuracy", "", {{{1, 3}, Element::float32}, labels}) ==
          "test:1:1: binary_accuracy 'binary_accuracy': target has shape [1] (from the data); as many values as the "
          "input [1, 3] (from the data) has are wanted, 3 for each sample");
}
