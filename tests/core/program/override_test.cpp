#include <doctest/doctest.h>

#include "tests/core/program/small_types.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

const std::string base = with_network(
    "  - conv2d: {name: conv1, filters: 8, kernel_size: 3}\n"
    "  - dense: {units: 5}\n"
    "  - block: {name: b, nodes: [dense: {name: d, units: 4}]}\n",
    "metrics: [accuracy]\ntrain: {epochs: 2, optimizer: {sgd: {learning_rate: 0.1}}}\n");

/// A part of the effective program after overrides, in flow style.
std::string after(const std::vector<Override>& changes, std::initializer_list<const char*> path) {
    const Program p = parse_program(base, "a.yaml", "/", changes, small_types());
    const Value* at = &p.text;
    for (const char* name : path)
        at = at->is_list() ? &at->list()[static_cast<std::size_t>(std::atoi(name))] : at->find(name);
    return to_string(*at);
}

}  // namespace

TEST_CASE("--set: values are YAML, at any depth, and later ones win") {
    CHECK(after({{"train.epochs", "3"}}, {"train", "epochs"}) == "3");
    CHECK(after({{"train.epochs", "3"}, {"train.epochs", "4"}}, {"train", "epochs"}) == "4");
    CHECK(after({{"train.max_time", "1e3"}}, {"train", "max_time"}) == "1000.0");
    CHECK(after({{"train.optimizer", "{swa: {base: sgd}}"}},
                {"train", "optimizer", "swa", "base", "sgd", "momentum"}) == "0.0");
    CHECK(after({{"data.classes", "[a, b]"}}, {"data", "classes"}) == "[a, b]");
    CHECK(after({{"train.best.metric", "accuracy"}}, {"train", "best"}) == "{metric: accuracy}");
}

TEST_CASE("--set: a typed value's type may be written or left out") {
    for (const char* path : {"train.optimizer.learning_rate", "train.optimizer.sgd.learning_rate"})
        CHECK(after({{path, "0.5"}}, {"train", "optimizer", "sgd", "learning_rate"}) == "{constant: {value: 0.5}}");
    CHECK(after({{"train.optimizer.learning_rate.cosine.initial", "1.5"}},
                {"train", "optimizer", "sgd", "learning_rate"}) == "{cosine: {initial: 1.5}}");
    CHECK(after({{"train.optimizer", "sgd"}, {"train.optimizer.momentum", "0.9"}},
                {"train", "optimizer", "sgd", "momentum"}) == "0.9");
}

TEST_CASE("--set: nodes are addressed by name, given or automatic, or by number") {
    CHECK(after({{"network.conv1.filters", "16"}}, {"network", "0", "conv2d", "filters"}) == "16");
    CHECK(after({{"network.conv1.conv2d.filters", "16"}}, {"network", "0", "conv2d", "filters"}) == "16");
    CHECK(after({{"network.dense_1.units", "6"}}, {"network", "1", "dense", "units"}) == "6");
    CHECK(after({{"network.1.units", "6"}}, {"network", "1", "dense", "units"}) == "6");
    CHECK(after({{"network.b.d.units", "6"}}, {"network", "2", "dense"}) == "{name: b_d, units: 6}");
    CHECK(after({{"network.b.nodes.d.units", "6"}}, {"network", "2", "dense"}) == "{name: b_d, units: 6}");
    CHECK(after({{"network.b.repeat", "2"}}, {"network", "3", "dense"}) == "{name: b_2_d, units: 4}");
    CHECK(after({{"network.conv1.activation", "relu"}}, {"network", "1", "relu", "name"}) == "conv1_relu");
    CHECK(after({{"metrics.accuracy.name", "acc"}}, {"metrics", "0"}) == "{accuracy: {name: acc}}");
}

TEST_CASE("--set: each fault has its message") {
    const std::pair<Override, std::string> cases[] = {
        {{"train.epoch", "3"}, "--set train.epoch=3: 'train' has no 'epoch'; did you mean 'epochs'?"},
        {{"trian.epochs", "3"}, "--set trian.epochs=3: a program has no 'trian'; did you mean 'train'?"},
        {{"epochs", "3"}, "--set epochs=3: a program has no 'epochs'; it belongs in 'train'"},
        {{"train.epochs", "many"}, "--set train.epochs=many: train 'epochs' must be a whole number, not 'many'"},
        {{"network.conv2.filters", "3"},
         "--set network.conv2.filters=3: 'network' has no node 'conv2'; did you mean 'conv1'?"},
        {{"network.conv1.filter", "3"},
         "--set network.conv1.filter=3: 'network.conv1' is 'conv2d', which has no 'filter'; did you mean 'filters'?"},
        {{"network.9.filters", "3"},
         "--set network.9.filters=3: 'network' has 3 items, counted from 0; there is no '9'"},
        {{"network.conv1.filters.x", "3"},
         "--set network.conv1.filters.x=3: 'network.conv1.filters' is 8, so it has no 'x'"},
        {{"train.optimizer.adam", "{}"},
         "--set train.optimizer.adam={}: 'train.optimizer' is 'sgd', which has no 'adam'; it has sgd, name, inputs, "
         "repeat, "
         "learning_rate, momentum"},
        {{"train.optimizer.momentun", "0.9"},
         "--set train.optimizer.momentun=0.9: 'train.optimizer' is 'sgd', which has no 'momentun'; did you mean "
         "'momentum'?"},
        {{"train..epochs", "3"},
         "--set train..epochs=3: the path is written as names with dots between them: train.epochs"},
        {{"", "3"}, "--set =3: the path is written as names with dots between them: train.epochs"},
        {{"train.epochs", "[1"},
         "--set train.epochs=[1:1:1: a list or a map cannot be a key; is a bracket not closed?"},
        {{"metrics.acuracy.name", "a"},
         "--set metrics.acuracy.name=a: 'metrics' has no metric 'acuracy'; did you mean 'accuracy'?"},
    };
    for (const auto& [change, expected] : cases) {
        CAPTURE(change.path);
        CHECK(refusal(base, {change}) == expected);
    }
    CHECK(refusal("data: {source: {synthetic: {shape: [8]}}}\nmodel: mlp\n", {{"network.hidden.units", "3"}}) ==
          "--set network.hidden.units=3: the network is made by model mlp; set the model's attributes: --set "
          "model.ATTRIBUTE=VALUE");
    CHECK(refusal(with_network("  - twin: {name: t}\n"), {{"network.t.unit", "3"}}) ==
          "--set network.t.unit=3: 'network.t' is 'twin', which has no 'unit'; did you mean 'units'?");
    CHECK(refusal(with_network("  - twin: {name: t}\n"), {{"network.t.units", "3"}}) == "");
    CHECK(refusal("data: {source: {synthetic: {shape: [8]}}}\nmodel: mlp\n", {{"model.units", "0"}}) ==
          "--set model.units=0: mlp 'units' is 0; it must be at least 1");
}
