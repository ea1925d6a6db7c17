#include <doctest/doctest.h>

#include <fstream>

#include "core/program/sections.hpp"
#include "core/program/yaml.hpp"
#include "tests/core/program/small_types.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

const std::string whole = R"(data:
  source: {idx: {images: a.gz, labels: b.gz}}
  test: {synthetic: {shape: [8, 8, 1]}}
  holdout: 0.25
  shuffle: false
  classes: [0, one, true]
  on_bad_sample: skip
network:
  - conv2d: {name: c, filters: 8, kernel_size: 3, activation: relu}
  - flatten
  - dense: {units: 10}
loss: softmax_cross_entropy
metrics: [accuracy, {accuracy: {name: again, inputs: [dense_1, label]}}]
train:
  epochs: 3
  batch: 64
  shard: 8
  seed: 4294967295
  precision: float32
  optimizer: {swa: {base: {sgd: {learning_rate: 0.1}}, start: {epoch: 6}}}
  early_stopping: {metric: accuracy, patience: 2}
  best: {metric: accuracy}
  save_every: {step: 100}
  max_time: 60
)";

Program parse(const std::string& text) {
    return parse_program(text, "a.yaml", "/", {}, small_types());
}

}  // namespace

TEST_CASE("program: every section is read") {
    const Program p = parse(whole);
    CHECK(p.name == "a");
    CHECK(p.data.source.type == "idx");
    CHECK(p.data.source.attributes.get<std::string>("images") == "a.gz");
    CHECK(p.data.test->type == "synthetic");
    CHECK(p.data.holdout == 0.25);
    CHECK_FALSE(p.data.shuffle);
    CHECK(p.data.classes == std::vector<std::string>{"0", "one", "true"});
    CHECK(p.data.on_bad_sample == "skip");
    REQUIRE(p.networks.size() == 1);
    CHECK(p.networks[0].name == "main");
    CHECK(p.networks[0].nodes.size() == 4);
    REQUIRE(p.phases.size() == 1);
    const PhaseText& phase = p.phases[0];
    CHECK(phase.name == "main");
    CHECK(phase.updates == std::vector<std::string>{"main"});
    REQUIRE(phase.losses.size() == 1);
    CHECK(phase.losses[0].name == "softmax_cross_entropy");
    REQUIRE(phase.metrics.size() == 2);
    CHECK(phase.metrics[1].name == "again");
    CHECK(phase.metrics[1].inputs.size() == 2);
    const TrainText& t = *p.train;
    CHECK(t.epochs == 3);
    CHECK(t.batch == 64);
    CHECK(t.shard == 8);
    CHECK(t.seed == 4294967295U);
    CHECK(t.precision == "float32");
    CHECK(t.optimizer->type == "swa");
    CHECK(t.optimizer->attributes.typed("base").attributes.typed("learning_rate").type == "constant");
    CHECK(t.early_stopping->metric == "accuracy");
    CHECK(t.early_stopping->patience == 2);
    CHECK(t.best_metric == "accuracy");
    CHECK(t.save_every->steps({}) == 100);
    CHECK(*t.max_time == 60);
    CHECK(to_string(t.position) == "a.yaml:15:3");
}

TEST_CASE("program: what is left out has its default") {
    const Program p = parse("data: {source: {synthetic: {shape: [8]}}}\nnetwork: [flatten]\n");
    CHECK(p.phases.at(0).losses.empty());
    CHECK_FALSE(p.train);
    CHECK(p.phases.at(0).metrics.empty());
    CHECK(p.data.shuffle);
    CHECK_FALSE(p.data.holdout);
    const Program q = parse(with_network("  - dense: {units: 3}\n", "train: {optimizer: sgd}\n"));
    CHECK(q.train->epochs == 1);
    CHECK(q.train->batch == 32);
    CHECK(q.train->shard == 16);
    CHECK(q.train->seed == 1);
    CHECK(q.train->precision == "float32");
    CHECK(q.train->best_metric == "loss");
    CHECK_FALSE(q.train->early_stopping);
}

TEST_CASE("program: the effective text has every default and gives the same program again") {
    const Program p = parse(whole);
    const std::string text = to_yaml(p.text);
    CHECK(text.find("kernel_initializer: zeros") != std::string::npos);
    CHECK(text.find("early_stopping: {metric: accuracy, patience: 2, minimum_change: 0.0}") != std::string::npos);
    const Program q = parse(text);
    CHECK(q.text == p.text);
    CHECK(to_yaml(q.text) == text);
    REQUIRE(q.networks[0].nodes.size() == p.networks[0].nodes.size());
    for (std::size_t i = 0; i < p.networks[0].nodes.size(); ++i)
        CHECK(q.networks[0].nodes[i].name == p.networks[0].nodes[i].name);
}

TEST_CASE("program: each fault of a section has its message") {
    const std::string good = with_network("  - dense: {units: 3}\n");
    const std::pair<std::string, std::string> cases[] = {
        {"", "a.yaml: the file is empty; a program has at least 'data' and 'network'"},
        {"[a]", "a.yaml:1:1: a program is a map of sections (data, network, ...), not a list"},
        {"network: [flatten]", "a.yaml:1:1: the program wants 'data': data: {source: {idx: {...}}}"},
        {"data: {source: {synthetic: {shape: [8]}}}",
         "a.yaml:1:1: the program wants 'network': network: [TYPE, TYPE: {...}]"},
        {"data: {}\nnetwork: [flatten]", "a.yaml:1:7: 'data' wants 'source', a data set: source: {idx: {...}}"},
        {"data: 3\nnetwork: [flatten]",
         "a.yaml:1:7: 'data' is a map of source, test, holdout, shuffle, classes or on_bad_sample, not 3"},
        {good + "trian: {}", "a.yaml:5:1: a program has no 'trian'; did you mean 'train'?"},
        {good + "epochs: 3", "a.yaml:5:1: a program has no 'epochs'; it belongs in 'train'"},
        {good + "epoch: 3", "a.yaml:5:1: a program has no 'epoch'; did you mean 'epochs' in 'train'?"},
        {good + "networks: {}",
         "a.yaml:3:3: beside 'networks' and 'phases' there is no 'network': move it into 'networks'"},
        {good + "colour: red",
         "a.yaml:5:1: a program has no 'colour'; it has data, model, network, loss, metrics, networks, phases, "
         "samples, warnings, train"},
        {good + "train: {epoch: 3}", "a.yaml:5:9: 'train' has no 'epoch'; did you mean 'epochs'?"},
        {good + "train: {holdout: 3}", "a.yaml:5:9: 'train' has no 'holdout'; it belongs in 'data'"},
        {good + "train: {loss: 3}", "a.yaml:5:9: 'train' has no 'loss'; it belongs at the top level"},
        {good + "train: {optimizer: {sgd: {}}, momentum: 0.9}",
         "a.yaml:5:31: 'train' has no 'momentum'; it belongs to the attributes of 'sgd'"},
        {good + "train: {epochs: 3}", "a.yaml:5:8: 'train' wants 'optimizer': optimizer: {TYPE: {...}}"},
        {good + "train: {optimizer: sgd, epochs: 0}",
         "a.yaml:5:33: train 'epochs' is 0; it must be at least 1 and at most 1000000000"},
        {good + "train: {optimizer: sgd, precision: float16}",
         "a.yaml:5:36: train 'precision' is 'float16'; did you mean 'float32'?"},
        {good + "train: {optimizer: sgd, max_time: 0}", "a.yaml:5:35: train 'max_time' is 0; it must be above 0"},
        {good + "train: {optimizer: sgdd}", "a.yaml:5:20: there is no optimizer 'sgdd'; did you mean 'sgd'?"},
        {good + "train: {optimizer: {sgd: {momentun: 1}}}",
         "a.yaml:5:27: sgd has no attribute 'momentun'; did you mean 'momentum'?"},
        {good + "train: {optimizer: {sgd: {learning_rate: {cosin: {}}}}}",
         "a.yaml:5:43: there is no schedule 'cosin'; did you mean 'cosine'?"},
        {good + "train: {optimizer: sgd, best: {metric: acuracy}}\nmetrics: [accuracy]",
         "a.yaml:5:40: the program has no metric 'acuracy'; did you mean 'accuracy'?"},
        {good + "train: {optimizer: sgd, early_stopping: {metric: acc}}",
         "a.yaml:5:50: the program has no metric 'acc'; it has loss; what is to be measured stands under 'metrics'"},
        {good + "train: {optimizer: sgd, early_stopping: {patienc: 3}}",
         "a.yaml:5:42: 'train.early_stopping' has no 'patienc'; did you mean 'patience'?"},
        {good + "train: {optimizer: sgd, save_every: 3}",
         "a.yaml:5:37: 'save_every' is 3; it wants one number with its unit: {step: 800}, {epoch: 6} or {fraction: "
         "0.75}"},
        {good + "metrics: accuracy", "a.yaml:5:10: 'metrics' is a list: [accuracy], not 'accuracy'"},
        {good + "metrics: [accuracy, accuracy]",
         "a.yaml:5:21: another metric is called 'accuracy'; give this one a name: {accuracy: {name: ..., ...}}"},
        {good + "metrics: [{accuracy: {repeat: 2}}]", "a.yaml:5:31: a metric cannot be repeated"},
        {"data: {source: {synthetic: {shape: [8]}}, holdout: 1.5}\nnetwork: [flatten]",
         "a.yaml:1:52: data 'holdout' is 1.5; it must be a whole number of samples, or a fraction below 1"},
        {"data: {source: {synthetic: {shape: [8]}}}\nnetwork: [flatten]\ntrain: {optimizer: sgd}",
         "a.yaml:3:8: to train, the program wants 'loss': loss: softmax_cross_entropy"},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        CHECK(refusal(text) == expected);
    }
}

TEST_CASE("program: a file is read by its name, relative paths start at its folder") {
    const std::filesystem::path file = std::filesystem::current_path() / "small.yaml";
    std::ofstream(file) << with_network("  - dense: {units: 3}\n");
    const Program p = load_program(file, {}, small_types());
    CHECK(p.name == "small");
    CHECK(p.folder == file.parent_path());
    CHECK(p.networks[0].nodes[0].use.position.file == file.string());
    std::filesystem::remove(file);
    CHECK_THROWS_WITH_AS((void)load_program(file, {}, small_types()),
                         (file.string() + ": there is no such file").c_str(), InputError);
}

TEST_CASE("program: a chain of 10,000 nodes is read and built") {
    std::string nodes;
    for (int i = 0; i < 10'000; ++i)
        nodes += "  - dense: {units: 10, activation: relu}\n";
    const Program p = parse(with_network(nodes));
    CHECK(build_graph(p, image_and_label(), small_types()).graph.size() == 20'003);
    CHECK(parse(to_yaml(p.text)).text == p.text);
}

TEST_CASE("program: the JSON schema has every section and type") {
    const std::string schema = graph_file_schema(small_types());
    for (const char* name :
         {"\"early_stopping\"", "\"kernel_initializer\"", "\"on_bad_sample\"", "\"mlp\"", "\"block\""})
        CHECK_MESSAGE(schema.find(name) != std::string::npos, name);
}
