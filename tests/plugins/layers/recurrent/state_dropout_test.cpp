// recurrent_dropout, of all recurrent layers.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "tests/plugins/layers/recurrent/recurrent_reference.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

constexpr double rate = 0.4;

const std::vector<Sequence>& kinds() {
    static const std::vector<Sequence> kinds{{.type = "simple_rnn"},
                                             {.type = "simple_rnn", .relu = true},
                                             {.type = "lstm"},
                                             {.type = "gru"},
                                             {.type = "gru", .reset_after = false}};
    return kinds;
}

/// What a layer of the type drops in its first run, seen by one that passes its mask on: one step from a state of ones,
/// with nothing but the state, number by number, in its sums.
std::vector<double> mask_of(Sequence probe, std::int64_t shard = 2) {
    probe.steps = 1;
    probe.features = 1;
    probe.return_sequences = probe.return_state = probe.go_backwards = probe.has_lengths = probe.use_bias = false;
    probe.initial_state = true;
    LayerUnderTest layer{Kind::layer, probe.type, probe.attributes(), probe.inputs(), {.shard = shard}};
    std::ranges::fill(layer.input(1).as(), 1.0F);
    std::ranges::fill(layer.parameter("kernel").as(), 0.0F);
    const auto kernel = layer.parameter("recurrent_kernel").as();
    const std::size_t columns = kernel.size() / probe.units;
    for (std::size_t i = 0; i < kernel.size(); ++i)
        kernel[i] = i / columns == i % columns % probe.units ? 1.0F : 0.0F;
    layer.run();
    std::vector<double> mask;
    for (const float y : layer.output().as())
        mask.push_back(std::abs(y - (probe.type == "gru" ? 0.5F : 0.0F)) < 1e-3F ? 0 : 1 / (1 - rate));
    return mask;
}

}  // namespace

TEST_CASE("recurrent_dropout: agrees with plain loops that have the masks, and gradients with central differences") {
    for (const Sequence& kind : kinds())
        for (const bool all : {false, true}) {
            Sequence s = kind;
            s.dropout = rate;
            s.units = 9;
            s.return_sequences = s.return_state = s.initial_state = s.has_lengths = s.go_backwards = all;
            CAPTURE(s.type);
            CAPTURE(s.attributes());
            s.mask = mask_of(s);
            CHECK(std::ranges::count(s.mask, 0.0) > 3);
            CHECK(std::ranges::count(s.mask, 0.0) < 20);
            LayerUnderTest layer{Kind::layer, s.type, s.attributes(), s.inputs(), {}};
            layer.randomize();
            if (all) {
                const std::int32_t lengths[] = {4, 0, 2};
                std::ranges::copy(lengths, layer.input(layer.inputs() - 1).as<std::int32_t>().begin());
            }
            check_against_loops(s, layer);
        }
}

TEST_CASE("recurrent_dropout: drops its share, another of each sample, however the batch is cut") {
    Sequence s{.type = "lstm", .dropout = rate, .samples = 6, .units = 500};
    const std::vector<double> mask = mask_of(s);
    for (const std::int64_t shard : {1, 4, 6})
        CHECK(mask_of(s, shard) == mask);
    const auto dropped = static_cast<double>(std::ranges::count(mask, 0.0));
    CHECK(std::abs(dropped / 3000 - rate) < 5 * std::sqrt(rate * (1 - rate) / 3000));
    CHECK_FALSE(std::equal(mask.begin(), mask.begin() + 500, mask.begin() + 500));
}

TEST_CASE("recurrent_dropout: nothing is dropped outside of training") {
    for (Sequence s : kinds()) {
        CAPTURE(s.type);
        LayerUnderTest plain{Kind::layer, s.type, s.attributes(), s.inputs(), {.mode = Mode::inference}};
        plain.randomize();
        plain.run();
        s.dropout = rate;
        LayerUnderTest dropping{Kind::layer, s.type, s.attributes(), s.inputs(), {.mode = Mode::inference}};
        dropping.randomize();
        dropping.run();
        CHECK(std::ranges::equal(plain.output().as(), dropping.output().as()));
    }
}

TEST_CASE("recurrent_dropout: a rate of 1 is refused") {
    CHECK(refusal(Kind::layer, "lstm", "{units: 2, recurrent_dropout: 1}", {{{1, 3, 2}, Element::float32}}) ==
          "test:1:38: lstm 'recurrent_dropout' is 1; it must be at least 0 and below 1");
}
