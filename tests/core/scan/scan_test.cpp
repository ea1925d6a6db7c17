// What a scan computes: against layers that ship, and against itself.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "plexus/text.hpp"
#include "tests/plugins/fixture.hpp"
#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

/// tanh(x_t kernel + h recurrent_kernel + bias), as simple_rnn computes it.
constexpr const char* simple =
    "network: [dense: {name: of_x, units: 5}, dense: {name: of_h, units: 5, use_bias: false, inputs: h}, "
    "add: {inputs: [of_x, of_h]}, tanh: {name: y}], states: {h: 5}, next: {h: y}";

/// Two states, of which one only passes through; a node that both the next step and the network read; an output of its
/// own; the input itself as a state.
constexpr const char* intricate =
    "network: [concatenate: {name: all, inputs: [input, h, before]}, dense: {name: h_new, units: 4, activation: tanh}, "
    "concatenate: {name: with, inputs: [h_new, context]}, dense: {name: y, units: 3}], "
    "states: {h: [4], before: [6], context: [2]}, next: {h: h_new, before: input, context: context}, output: y";

struct Use {
    std::string attributes;
    bool sequences = false, state = false, backwards = false, given = false, lengths = false;

    [[nodiscard]] std::string written() const {
        return text("{", attributes, ", return_sequences: ", sequences ? "true" : "false",
                    ", return_state: ", state ? "true" : "false", ", go_backwards: ", backwards ? "true" : "false",
                    "}");
    }
    [[nodiscard]] std::vector<TensorType> inputs(const std::vector<std::int64_t>& states, std::int64_t steps) const {
        std::vector<TensorType> types{{{5, steps, 6}, Element::float32}};
        for (const std::int64_t size : states)
            if (given)
                types.push_back({{5, size}, Element::float32});
        if (lengths)
            types.push_back({{5}, Element::int32});
        return types;
    }
};

std::vector<Use> all_uses(const std::string& attributes) {
    std::vector<Use> uses;
    for (unsigned bits = 0; bits < 32; ++bits)
        uses.push_back(
            {attributes, (bits & 1U) != 0, (bits & 2U) != 0, (bits & 4U) != 0, (bits & 8U) != 0, (bits & 16U) != 0});
    return uses;
}

void fill(LayerUnderTest& layer, std::int64_t steps, std::uint32_t seed = 1) {
    layer.randomize(seed);
    Array& last = layer.input(layer.inputs() - 1);
    if (last.type().element == Element::int32)
        for (std::size_t i = 0; i < 5; ++i)
            last.as<std::int32_t>()[i] = static_cast<std::int32_t>((static_cast<std::size_t>(steps) + 3 * i + 2) %
                                                                   (static_cast<std::size_t>(steps) + 1));
}

/// Outputs and gradients, one after the other.
std::vector<float> results(LayerUnderTest& layer) {
    std::vector<float> all;
    const auto append = [&](const Array& array) { all.insert(all.end(), array.as().begin(), array.as().end()); };
    for (std::size_t i = 0; i < layer.outputs(); ++i)
        append(std::as_const(layer).output(i));
    for (std::size_t i = 0; i < layer.inputs(); ++i)
        if (layer.input(i).type().element == Element::float32)
            append(layer.input_gradient(i));
    for (const std::string& name : layer.parameters())
        append(layer.parameter_gradient(name));
    return all;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

void copy(Array& to, const Array& from) {
    REQUIRE(to.type().bytes() == from.type().bytes());
    std::memcpy(to.view().data, from.view().data, from.type().bytes());
}

}  // namespace

TEST_CASE("scan: a network that computes what simple_rnn does has its values and gradients") {
    for (const Use& use : all_uses(simple)) {
        CAPTURE(use.written());
        const auto inputs = use.inputs({5}, 4);
        LayerUnderTest scan{"scan", use.written(), inputs};
        LayerUnderTest shipped{"simple_rnn",
                               text("{units: 5, return_sequences: ", use.sequences ? "true" : "false",
                                    ", return_state: ", use.state ? "true" : "false",
                                    ", go_backwards: ", use.backwards ? "true" : "false", "}"),
                               inputs};
        CHECK(scan.parameters() == std::vector<std::string>{"of_x/kernel", "of_x/bias", "of_h/kernel"});
        fill(scan, 4);
        for (std::size_t i = 0; i < inputs.size(); ++i)
            copy(shipped.input(i), scan.input(i));
        for (std::size_t i = 0; i < scan.outputs(); ++i)
            copy(shipped.output_gradient(i), scan.output_gradient(i));
        copy(shipped.parameter("kernel"), scan.parameter("of_x/kernel"));
        copy(shipped.parameter("bias"), scan.parameter("of_x/bias"));
        copy(shipped.parameter("recurrent_kernel"), scan.parameter("of_h/kernel"));
        // Without steps simple_rnn's output is the state that was there before, a scan's is 0.
        if (use.lengths)
            for (std::int32_t& length : scan.input(inputs.size() - 1).as<std::int32_t>())
                length = std::max(length, 1);
        if (use.lengths)
            copy(shipped.input(inputs.size() - 1), scan.input(inputs.size() - 1));
        scan.run();
        shipped.run();
        for (std::size_t i = 0; i < scan.outputs(); ++i)
            CHECK(largest_error(std::as_const(scan).output(i).as(), std::as_const(shipped).output(i).as()) < 1e-6);
        for (std::size_t i = 0; i < inputs.size(); ++i)
            if (inputs[i].element == Element::float32)
                CHECK(largest_error(scan.input_gradient(i).as(), shipped.input_gradient(i).as()) < 1e-6);
        CHECK(largest_error(scan.parameter_gradient("of_x/kernel").as(), shipped.parameter_gradient("kernel").as()) <
              1e-6);
        CHECK(largest_error(scan.parameter_gradient("of_x/bias").as(), shipped.parameter_gradient("bias").as()) < 1e-6);
        CHECK(largest_error(scan.parameter_gradient("of_h/kernel").as(),
                            shipped.parameter_gradient("recurrent_kernel").as()) < 1e-6);
    }
}

TEST_CASE("scan: gradients agree with central differences") {
    for (const Use& use : all_uses(intricate)) {
        CAPTURE(use.written());
        LayerUnderTest scan{"scan", use.written(), use.inputs({4, 6, 2}, 3)};
        fill(scan, 3);
        scan.run();
        CHECK(gradient_error(scan) < 1e-3);
    }
}

TEST_CASE("scan: tokens, a network in blocks with repeats, random numbers") {
    LayerUnderTest tokens{"scan",
                          "{network: [embedding: {input_dim: 7, output_dim: 3}, concatenate: {inputs: [embedding_1, "
                          "h]}, dense: {units: 4, activation: tanh}], states: {h: 4}, next: {h: dense_1}}",
                          {{{5, 6}, Element::int32}}};
    tokens.randomize();
    for (std::int32_t i = 0; std::int32_t & token : tokens.input(0).as<std::int32_t>())
        token = i++ * 5 % 7;
    tokens.run();
    CHECK(gradient_error(tokens) < 1e-3);
    LayerUnderTest blocks{"scan",
                          "{network: [concatenate: {inputs: [input, h]}, block: {name: b, repeat: 2, nodes: [dense: "
                          "{name: d, units: 4, activation: tanh}, dropout: {rate: 0.25}]}], states: {h: 4}, next: {h: "
                          "b}, return_sequences: true}",
                          {{{5, 3, 2}, Element::float32}}};
    CHECK(blocks.parameters() == std::vector<std::string>{"b_1_d/kernel", "b_1_d/bias", "b_2_d/kernel", "b_2_d/bias"});
    blocks.randomize();
    blocks.run();
    CHECK(gradient_error(blocks) < 1e-3);
}

TEST_CASE("scan: in a scan a scan") {
    LayerUnderTest nested{
        "scan",
        "{network: [scan: {name: inner, network: [concatenate: {inputs: [input, g]}, dense: {name: d, "
        "units: 3, activation: tanh}], states: {g: 3}, next: {g: d}, inputs: [input, h]}], states: "
        "{h: 3}, next: {h: inner}, return_sequences: true}",
        {{{5, 4, 2, 3}, Element::float32}}};
    CHECK(nested.parameters() == std::vector<std::string>{"inner/d/kernel", "inner/d/bias"});
    nested.randomize();
    nested.run();
    CHECK(gradient_error(nested) < 1e-3);
}

TEST_CASE("scan: what padded steps hold changes no bit, be it NaN") {
    for (const std::string attributes : {simple, intricate})
        for (const Use& use : all_uses(attributes)) {
            if (!use.lengths)
                continue;
            CAPTURE(use.written());
            const std::vector<std::int64_t> states =
                attributes == simple ? std::vector<std::int64_t>{5} : std::vector<std::int64_t>{4, 6, 2};
            LayerUnderTest plain{"scan", use.written(), use.inputs(states, 4)};
            LayerUnderTest padded{"scan", use.written(), use.inputs(states, 4)};
            fill(plain, 4);
            fill(padded, 4);
            const auto lengths = padded.input(padded.inputs() - 1).as<std::int32_t>();
            CHECK(std::ranges::count(lengths, 0) > 0);
            CHECK(std::ranges::count(lengths, 4) > 0);
            for (std::size_t i = 0; i < 5; ++i)
                for (std::size_t step = static_cast<std::size_t>(lengths[i]); step < 4; ++step) {
                    const std::size_t at = (i * 4 + step) * 6;
                    std::ranges::fill(padded.input(0).as().subspan(at, 6), std::numeric_limits<float>::quiet_NaN());
                    const std::size_t width = padded.output_gradient().as().size() / 20;
                    const std::size_t place = use.backwards ? 3 - step : step;
                    if (use.sequences)
                        std::ranges::fill(padded.output_gradient().as().subspan((i * 4 + place) * width, width),
                                          std::numeric_limits<float>::quiet_NaN());
                }
            plain.run();
            padded.run();
            CHECK(same_bits(results(plain), results(padded)));
            CHECK(std::ranges::none_of(results(padded), [](float v) { return std::isnan(v); }));
        }
}

TEST_CASE("scan: the same bits with any number of threads, and for a sample whatever lies beside it") {
    const std::string attributes =
        "network: [concatenate: {inputs: [input, h]}, dense: {name: d, units: 5, activation: tanh}, dropout: {name: y, "
        "rate: 0.5}], states: {h: 5}, next: {h: y}, return_sequences: true";
    std::vector<float> first;
    for (const std::size_t threads : {1, 2, 3, 8}) {
        LayerUnderTest scan{
            Kind::layer, "scan", text("{", attributes, "}"), {{{19, 6, 7}}}, {.shard = 4, .threads = threads}};
        scan.randomize();
        scan.run();
        if (first.empty())
            first = results(scan);
        CHECK(same_bits(first, results(scan)));
    }
    std::vector<float> y;
    for (const std::int64_t shard : {1, 2, 5, 19}) {
        LayerUnderTest scan{Kind::layer, "scan", text("{", attributes, "}"), {{{19, 6, 7}}}, {.shard = shard}};
        scan.randomize();
        scan.run();
        const auto now = std::as_const(scan).output().as();
        if (y.empty())
            y.assign(now.begin(), now.end());
        CHECK(std::memcmp(y.data(), now.data(), now.size_bytes()) == 0);
    }
}

TEST_CASE("scan: each step draws random numbers of its own, forward and backward the same") {
    for (const std::string attributes :
         {"{network: [dropout: {name: d, rate: 0.5}, add: {inputs: [d, h]}], states: {h: 64}, next: {h: h}, "
          "return_sequences: true}",
          "{network: {dropout: {rate: 0.5}}, return_sequences: true}"}) {
        LayerUnderTest scan{"scan", attributes, {{{2, 3, 64}}}};
        scan.randomize();
        std::ranges::fill(scan.input(0).as(), 1.0F);
        std::ranges::fill(scan.output_gradient().as(), 1.0F);
        scan.run();
        const auto y = std::as_const(scan).output().as();
        CHECK_FALSE(std::ranges::equal(y.first(64), y.subspan(64, 64)));
        CHECK_FALSE(std::ranges::equal(y.first(64), y.subspan(3 * 64, 64)));
        CHECK(std::ranges::equal(y, scan.input_gradient(0).as()));
    }
}

TEST_CASE("scan: a token out of range ends the run, with node, step and sample") {
    const auto stopped_by = [](const std::string& attributes) -> std::string {
        LayerUnderTest scan{Kind::layer, "scan", attributes, {{{3, 4}, Element::int32}}, {.shard = 2, .threads = 1}};
        scan.randomize();
        scan.input(0).as<std::int32_t>()[2 * 4 + 3] = 12;
        try {
            scan.run();
        } catch (const SampleError& error) {
            return text("sample ", error.sample(), ": ", error.what());
        }
        return "";
    };
    const std::string told = "embedding 'e' (test:1:19), step 3: token 12; there are 10, counted from 0";
    CHECK(stopped_by("{network: [embedding: {name: e, input_dim: 10, output_dim: 2}, add: {inputs: [e, h]}], states: "
                     "{h: 2}, next: {h: add_1}}") == "sample 2: test:1:2: scan 'scan': " + told);
    CHECK(stopped_by("{network: [embedding: {name: e, input_dim: 10, output_dim: 2}]}") ==
          "sample 2: test:1:2: scan 'scan': " + told);
}

TEST_CASE("scan: a length beyond the sequence ends the run") {
    LayerUnderTest scan{"scan", text("{", simple, "}"), {{{3, 4, 2}}, {{3}, Element::int32}}};
    scan.randomize();
    scan.input(1).as<std::int32_t>()[1] = 5;
    CHECK_THROWS_WITH_AS(scan.run(), "test:1:2: scan 'scan': length 5; the sequence has 4 steps", SampleError);
}

TEST_CASE("time_distributed: each step is a row of a batch, bit for bit") {
    LayerUnderTest steps{"time_distributed", "{layer: {dense: {units: 4, activation: relu}}}", {{{5, 3, 6}}}};
    LayerUnderTest rows{Kind::layer, "dense", "{units: 4}", {{{15, 6}}}, {.shard = 6}};
    CHECK(steps.parameters() == std::vector<std::string>{"dense_1/kernel", "dense_1/bias"});
    steps.randomize();
    copy(rows.input(0), steps.input(0));
    copy(rows.parameter("kernel"), steps.parameter("dense_1/kernel"));
    copy(rows.parameter("bias"), steps.parameter("dense_1/bias"));
    rows.run();
    steps.run();
    Array y = std::as_const(rows).output();
    Array dy = steps.output_gradient();
    for (std::size_t i = 0; i < y.as().size(); ++i) {
        dy.as()[i] = y.as()[i] > 0 ? dy.as()[i] : 0;
        y.as()[i] = std::max(y.as()[i], 0.0F);
    }
    CHECK(steps.output().shape() == Shape{5, 3, 4});
    CHECK(std::memcmp(steps.output().view().data, y.view().data, y.type().bytes()) == 0);
    copy(rows.output_gradient(), dy);
    rows.run();
    CHECK(std::memcmp(steps.input_gradient(0).view().data, rows.input_gradient(0).view().data,
                      steps.input_gradient(0).type().bytes()) == 0);
    CHECK(std::memcmp(steps.parameter_gradient("dense_1/kernel").view().data,
                      rows.parameter_gradient("kernel").view().data, 24 * sizeof(float)) == 0);
    CHECK(gradient_error(steps) < 1e-3);
}
