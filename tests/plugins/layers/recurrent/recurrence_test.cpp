// What all recurrent layers promise.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "tests/plugins/fixture.hpp"
#include "tests/plugins/layers/recurrent/recurrent_reference.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

/// Every type and form, with and without what may be left out.
std::vector<Sequence> all_uses() {
    std::vector<Sequence> uses;
    for (Sequence kind :
         {Sequence{.type = "simple_rnn"}, Sequence{.type = "simple_rnn", .relu = true}, Sequence{.type = "lstm"},
          Sequence{.type = "gru"}, Sequence{.type = "gru", .reset_after = false}})
        for (const unsigned options : {0U, 1U, 2U, 4U, 8U, 9U, 15U, 25U, 31U, 47U, 63U}) {
            Sequence use = kind;
            use.return_sequences = (options & 1U) != 0;
            use.return_state = (options & 2U) != 0;
            use.initial_state = (options & 4U) != 0;
            use.has_lengths = (options & 8U) != 0;
            use.go_backwards = (options & 16U) != 0;
            use.use_bias = (options & 32U) == 0;
            uses.push_back(use);
        }
    return uses;
}

std::vector<Sequence> padded_uses() {
    std::vector<Sequence> uses;
    for (const Sequence& use : all_uses())
        if (use.has_lengths)
            uses.push_back(use);
    return uses;
}

LayerUnderTest made(const Sequence& s, std::int64_t shard = 2, std::size_t threads = 2) {
    return {Kind::layer, s.type, s.attributes(), s.inputs(), {.shard = shard, .threads = threads}};
}

void fill(const Sequence& s, LayerUnderTest& layer) {
    layer.randomize();
    if (!s.has_lengths)
        return;
    const auto lengths = layer.input(layer.inputs() - 1).as<std::int32_t>();
    for (std::size_t i = 0; i < lengths.size(); ++i)
        lengths[i] = static_cast<std::int32_t>((s.steps + 3 * i + 2) % (s.steps + 1));
}

std::vector<float> floats(const Array& array) {
    return {array.as().begin(), array.as().end()};
}

/// Outputs, and the gradients of all float inputs; then those of all parameters.
struct Results {
    std::vector<std::vector<float>> by_sample;
    std::vector<std::vector<float>> of_parameters;

    explicit Results(LayerUnderTest& layer) {
        layer.run();
        for (std::size_t i = 0; i < layer.outputs(); ++i)
            by_sample.push_back(floats(layer.output(i)));
        for (std::size_t i = 0; i < layer.inputs(); ++i)
            if (layer.input(i).type().element == Element::float32)
                by_sample.push_back(floats(layer.input_gradient(i)));
        for (const std::string& name : layer.parameters())
            of_parameters.push_back(floats(layer.parameter_gradient(name)));
    }
    friend bool operator==(const Results&, const Results&) = default;
};

TensorType floats_of(const Shape& shape) {
    return {shape, Element::float32};
}

}  // namespace

TEST_CASE("recurrent: values agree with plain loops in double, gradients with central differences of these") {
    for (Sequence s : all_uses()) {
        CAPTURE(s.type);
        CAPTURE(s.attributes());
        CAPTURE(s.inputs().size());
        CAPTURE(s.has_lengths);
        LayerUnderTest layer = made(s);
        fill(s, layer);
        check_against_loops(s, layer);
    }
}

TEST_CASE("recurrent: values and gradients are PyTorch's") {
    struct Case {
        std::string name, type, more;
        std::size_t states = 1;
    };
    const Fixture peer{"recurrent"};
    for (const Case& of :
         {Case{"simple_rnn_tanh", "simple_rnn", ""}, Case{"simple_rnn_relu", "simple_rnn", ", activation: relu"},
          Case{"lstm", "lstm", "", 2}, Case{"gru", "gru", ""}}) {
        CAPTURE(of.name);
        const std::string states[] = {"h", "c"};
        std::vector<TensorType> inputs{{Shape{3, 6, 4}, Element::float32}};
        inputs.insert(inputs.end(), of.states, {Shape{3, 5}, Element::float32});
        inputs.push_back({Shape{3}, Element::int32});
        LayerUnderTest layer{of.type, "{units: 5, return_sequences: true, return_state: true" + of.more + "}", inputs};
        peer.copy(of.name + ".x", layer.input(0).as());
        peer.copy(of.name + ".lengths", layer.input(1 + of.states).as<std::int32_t>());
        peer.copy(of.name + ".dy", layer.output_gradient(0).as());
        for (std::size_t i = 0; i < of.states; ++i) {
            peer.copy(of.name + "." + states[i] + "0", layer.input(1 + i).as());
            peer.copy(of.name + ".d" + states[i], layer.output_gradient(1 + i).as());
        }
        for (const char* name : {"kernel", "recurrent_kernel", "bias"})
            peer.copy(of.name + "." + name, layer.parameter(name).as());
        layer.run();
        CHECK(largest_error(layer.output(0).as(), peer[of.name + ".y"]) < 1e-6);
        CHECK(largest_error(layer.input_gradient(0).as(), peer[of.name + ".dx"]) < 2e-6);
        for (std::size_t i = 0; i < of.states; ++i) {
            CHECK(largest_error(layer.output(1 + i).as(), peer[of.name + "." + states[i]]) < 1e-6);
            CHECK(largest_error(layer.input_gradient(1 + i).as(), peer[of.name + ".d" + states[i] + "0"]) < 2e-6);
        }
        for (const std::string name : {"kernel", "recurrent_kernel", "bias"})
            CHECK(largest_error(layer.parameter_gradient(name).as(), peer[of.name + ".d" + name]) < 2e-6);
    }
}

TEST_CASE("recurrent: shapes are Keras's") {
    struct Case {
        const char* type;
        const char* more;
        std::int64_t gates;
        Shape bias;
    };
    for (const Case& of : {Case{"simple_rnn", "", 1, {5}}, Case{"lstm", "", 4, {20}}, Case{"gru", "", 3, {2, 15}},
                           Case{"gru", ", reset_after: false", 3, {15}}}) {
        CAPTURE(of.type);
        const std::string attributes = std::string("{units: 5") + of.more;
        LayerUnderTest last{of.type, attributes + "}", {floats_of({4, 7, 3})}};
        CHECK(last.outputs() == 1);
        CHECK(last.output().shape() == Shape{4, 5});
        CHECK(last.parameters() == std::vector<std::string>{"kernel", "recurrent_kernel", "bias"});
        CHECK(last.parameter("kernel").shape() == Shape{3, of.gates * 5});
        CHECK(last.parameter("recurrent_kernel").shape() == Shape{5, of.gates * 5});
        CHECK(last.parameter("bias").shape() == of.bias);
        LayerUnderTest all{
            of.type, attributes + ", return_sequences: true, return_state: true}", {floats_of({4, 7, 3})}};
        CHECK(all.outputs() == (std::string(of.type) == "lstm" ? 3 : 2));
        CHECK(all.output(0).shape() == Shape{4, 7, 5});
        CHECK(all.output(1).shape() == Shape{4, 5});
        CHECK(all.output(all.outputs() - 1).shape() == Shape{4, 5});
    }
}

TEST_CASE("recurrent: what x holds in steps that do not count changes no bit, and gets no gradient") {
    for (const Sequence& s : padded_uses()) {
        CAPTURE(s.type);
        CAPTURE(s.attributes());
        std::optional<Results> first;
        for (const float padding : {0.0F, 1e30F, std::numeric_limits<float>::quiet_NaN()}) {
            CAPTURE(padding);
            // A layer of its own: where a gradient is not finite, that of the run before would stay.
            LayerUnderTest layer = made(s);
            fill(s, layer);
            const auto lengths = layer.input(layer.inputs() - 1).as<std::int32_t>();
            const auto x = layer.input(0).as();
            const auto is_padding = [&](std::size_t i) {
                return i / s.features % s.steps >= static_cast<std::size_t>(lengths[i / s.features / s.steps]);
            };
            for (std::size_t i = 0; i < x.size(); ++i)
                if (is_padding(i))
                    x[i] = padding;
            const Results results{layer};
            if (!first)
                first = results;
            CHECK(results == *first);
            const auto dx = layer.input_gradient(0).as();
            for (std::size_t i = 0; i < x.size(); ++i)
                if (is_padding(i))
                    CHECK(dx[i] == 0);
        }
    }
}

TEST_CASE("recurrent: another padded length gives the same numbers") {
    for (Sequence s : padded_uses()) {
        CAPTURE(s.type);
        CAPTURE(s.attributes());
        LayerUnderTest layer = made(s);
        fill(s, layer);
        for (std::int32_t& length : layer.input(layer.inputs() - 1).as<std::int32_t>())
            length = std::min<std::int32_t>(length, 3);
        layer.run();
        Sequence longer = s;
        longer.steps += 5;
        LayerUnderTest padded = made(longer);
        padded.randomize();
        const std::size_t row = s.steps * s.features, wide = longer.steps * s.features;
        for (std::size_t n = 0; n < s.samples; ++n)
            std::copy_n(layer.input(0).as().data() + n * row, row, padded.input(0).as().data() + n * wide);
        for (std::size_t i = 1; i < layer.inputs(); ++i)
            std::memcpy(padded.input(i).view().data, layer.input(i).view().data, layer.input(i).type().bytes());
        for (const std::string& name : layer.parameters())
            std::ranges::copy(layer.parameter(name).as(), padded.parameter(name).as().begin());
        padded.run();
        if (s.return_state)
            for (std::size_t i = 1; i < layer.outputs(); ++i)
                CHECK(largest_error(padded.output(i).as(), layer.output(i).as()) < 1e-6);
        else if (!s.return_sequences)
            CHECK(largest_error(padded.output().as(), layer.output().as()) < 1e-6);
    }
}

TEST_CASE("recurrent: the same bits with 1, 2, 3 and 8 threads") {
    for (Sequence s : all_uses()) {
        s.samples = 11;
        s.units = 20;
        CAPTURE(s.type);
        CAPTURE(s.attributes());
        // One layer at a time: while there is one with a single thread, no other one gets more.
        const auto results = [&](std::size_t threads) {
            LayerUnderTest layer = made(s, 2, threads);
            fill(s, layer);
            return Results{layer};
        };
        const Results first = results(1);
        for (const std::size_t threads : {2, 3, 8}) {
            CAPTURE(threads);
            CHECK(results(threads) == first);
        }
    }
}

TEST_CASE("recurrent: a sample's bits do not depend on how the batch is cut") {
    for (Sequence s : all_uses()) {
        s.samples = 11;
        s.features = 9;
        s.units = 20;
        CAPTURE(s.type);
        CAPTURE(s.attributes());
        LayerUnderTest whole = made(s, 11);
        fill(s, whole);
        const Results first{whole};
        for (const std::int64_t shard : {1, 2, 4, 8}) {
            CAPTURE(shard);
            LayerUnderTest layer = made(s, shard);
            fill(s, layer);
            const Results cut{layer};
            CHECK(cut.by_sample == first.by_sample);
            for (std::size_t i = 0; i < cut.of_parameters.size(); ++i)
                CHECK(largest_error(cut.of_parameters[i], first.of_parameters[i]) < 1e-5);
        }
    }
}

TEST_CASE("recurrent: outside of training the outputs have the same bits") {
    for (const Sequence& s : all_uses()) {
        CAPTURE(s.type);
        CAPTURE(s.attributes());
        LayerUnderTest training = made(s);
        fill(s, training);
        training.run();
        LayerUnderTest inference{Kind::layer, s.type, s.attributes(), s.inputs(), {.mode = Mode::inference}};
        fill(s, inference);
        inference.run();
        for (std::size_t i = 0; i < training.outputs(); ++i)
            CHECK(floats(inference.output(i)) == floats(training.output(i)));
    }
}

TEST_CASE("recurrent: a sequence in pieces, the state handed on, has the bits of the whole") {
    for (const char* type : {"simple_rnn", "lstm", "gru"}) {
        CAPTURE(type);
        Sequence s{.type = type, .return_sequences = true, .return_state = true, .initial_state = true};
        s.steps = 8;
        LayerUnderTest whole = made(s);
        fill(s, whole);
        whole.run();
        Sequence half = s;
        half.steps = 4;
        LayerUnderTest piece = made(half);
        for (const std::string& name : whole.parameters())
            std::ranges::copy(whole.parameter(name).as(), piece.parameter(name).as().begin());
        for (std::size_t i = 1; i < whole.inputs(); ++i)
            std::ranges::copy(whole.input(i).as(), piece.input(i).as().begin());
        const std::size_t row = half.steps * s.features;
        for (std::size_t part = 0; part < 2; ++part) {
            for (std::size_t n = 0; n < s.samples; ++n)
                std::copy_n(whole.input(0).as().data() + (2 * n + part) * row, row,
                            piece.input(0).as().data() + n * row);
            piece.run();
            for (std::size_t n = 0; n < s.samples; ++n)
                CHECK(std::memcmp(piece.output(0).as().data() + n * 4 * s.units,
                                  whole.output(0).as().data() + (2 * n + part) * 4 * s.units,
                                  4 * s.units * sizeof(float)) == 0);
            for (std::size_t i = 1; i < whole.inputs(); ++i)
                std::ranges::copy(piece.output(i).as(), piece.input(i).as().begin());
        }
        for (std::size_t i = 1; i < whole.outputs(); ++i)
            CHECK(floats(piece.output(i)) == floats(whole.output(i)));
    }
}

TEST_CASE("recurrent: inputs that do not fit are refused, with what is wanted") {
    const auto refused = [](const char* type, std::vector<TensorType> inputs) {
        return refusal(Kind::layer, type, "{units: 16}", std::move(inputs));
    };
    const TensorType x = floats_of({4, 10, 3}), state = floats_of({4, 16}), lengths{Shape{4}, Element::int32};
    CHECK(refused("lstm", {floats_of({4, 8})}) ==
          "test:1:2: lstm 'lstm': input has shape [4, 8] (from the data); lstm wants [batch, steps, features]");
    CHECK(refused("gru", {floats_of({4, 0, 8})}) ==
          "test:1:2: gru 'gru': input has shape [4, 0, 8] (from the data); there must be at least one step, and one "
          "feature in it");
    CHECK(refused("gru", {{Shape{4, 10, 3}, Element::int32}}) ==
          "test:1:2: gru 'gru': input holds int32 (from the data); gru wants float32: convert it before this node");
    CHECK(refused("gru", {x, floats_of({4, 8})}) ==
          "test:1:2: gru 'gru': input 1 is float32 [4, 8] (from the data); a state is float32 [4, 16], lengths are "
          "int32 [4]");
    CHECK(refused("simple_rnn", {x, state, {Shape{4}, Element::uint8}}) ==
          "test:1:2: simple_rnn 'simple_rnn': input 2 is uint8 [4] (from the data); a state is float32 [4, 16], "
          "lengths are int32 [4]");
    CHECK(refused("lstm", {x, {Shape{4, 10}, Element::int32}}) ==
          "test:1:2: lstm 'lstm': input 1 is int32 [4, 10] (from the data); a state is float32 [4, 16], lengths are "
          "int32 [4]");
    CHECK(refused("lstm", {x, state, lengths}) ==
          "test:1:2: lstm 'lstm': inputs have 1 of 2 states; an initial state is all of them or none, before the "
          "lengths");
    CHECK(refused("gru", {x, state, state}) ==
          "test:1:2: gru 'gru': inputs have 2 of 1 states; an initial state is all of them or none, before the "
          "lengths");
    CHECK(refused("lstm", {x, state, state, lengths}) == "");
}

TEST_CASE("recurrent: a length below 0 or beyond the steps is refused, with its sample") {
    for (const std::int32_t length : {-1, 12}) {
        LayerUnderTest layer{"gru", "{units: 2}", {floats_of({4, 10, 3}), {Shape{4}, Element::int32}}};
        layer.randomize();
        const auto lengths = layer.input(1).as<std::int32_t>();
        std::ranges::fill(lengths, 10);
        lengths[3] = length;
        std::string said;
        std::int64_t sample = -1;
        try {
            layer.run();
        } catch (const SampleError& error) {
            said = error.what();
            sample = error.sample();
        }
        CHECK(said.find("length " + std::to_string(length) + "; the sequence has 10 steps") != std::string::npos);
        CHECK(sample == 3);
    }
}

TEST_CASE("recurrent: stateful, four batches of 50 steps have the bits of one of 200") {
    constexpr std::int64_t samples = 5, parts = 4, steps = 50, features = 3;
    for (const std::string type : {"simple_rnn", "lstm", "gru"}) {
        CAPTURE(type);
        const std::string attributes = "{units: 6, return_sequences: true, stateful: true}";
        LayerUnderTest whole{type, attributes, {floats_of({samples, parts * steps, features})}};
        LayerUnderTest part{type, attributes, {floats_of({samples, steps, features})}};
        whole.randomize();
        for (std::size_t s = 0; s < whole.carries().size(); ++s)
            std::ranges::fill(whole.carry(s).as(), 0.0F);
        for (const std::string& name : whole.parameters())
            part.parameter(name) = whole.parameter(name);
        whole.run();
        for (std::int64_t p = 0; p < parts; ++p) {
            for (std::int64_t n = 0; n < samples; ++n)
                std::copy_n(whole.input(0).as().begin() + (n * parts + p) * steps * features, steps * features,
                            part.input(0).as().begin() + n * steps * features);
            part.run();
            for (std::int64_t n = 0; n < samples; ++n)
                CHECK(std::equal(part.output().as().begin() + n * steps * 6,
                                 part.output().as().begin() + (n + 1) * steps * 6,
                                 whole.output().as().begin() + (n * parts + p) * steps * 6));
            for (std::size_t s = 0; s < part.carries().size(); ++s)
                part.carry(s) = part.next_carry(s);
        }
        for (std::size_t s = 0; s < part.carries().size(); ++s)
            CHECK(std::ranges::equal(part.carry(s).as(), whole.next_carry(s).as()));
    }
}

TEST_CASE("recurrent: what the batch before left counts like an initial state, and gets no gradient") {
    LayerUnderTest stateful{"lstm", "{units: 4, stateful: true}", {floats_of({3, 5, 2})}};
    LayerUnderTest given{"lstm", "{units: 4}", {floats_of({3, 5, 2}), floats_of({3, 4}), floats_of({3, 4})}};
    stateful.randomize();
    given.input(0) = stateful.input(0);
    given.output_gradient() = stateful.output_gradient();
    for (std::size_t s = 0; s < 2; ++s)
        given.input(1 + s) = stateful.carry(s);
    for (const std::string& name : stateful.parameters())
        given.parameter(name) = stateful.parameter(name);
    stateful.run();
    given.run();
    CHECK(floats(stateful.output()) == floats(given.output()));
    CHECK(floats(stateful.input_gradient()) == floats(given.input_gradient()));
    for (const std::string& name : stateful.parameters())
        CHECK(floats(stateful.parameter_gradient(name)) == floats(given.parameter_gradient(name)));
}

TEST_CASE("recurrent: stateful, what would contradict is refused") {
    CHECK(refusal(Kind::layer, "gru", "{units: 4, stateful: true, go_backwards: true}", {floats_of({3, 5, 2})})
              .find("stateful wants the steps from the first to the last: what comes before a batch is known, not what "
                    "comes after it; leave out go_backwards") != std::string::npos);
    CHECK(refusal(Kind::layer, "gru", "{units: 4, stateful: true}", {floats_of({3, 5, 2}), floats_of({3, 4})})
              .find("stateful, its initial state is that of the batch before; leave out the inputs that give one") !=
          std::string::npos);
}
