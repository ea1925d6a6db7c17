// A run from end to end as a person goes: train, evaluate, predict, inspect, go on.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "plexus/analysis.hpp"
#include "plexus/hdf5.hpp"
#include "plexus/write_hdf5.hpp"
#include "tests/apps/runner/small_run.hpp"

using namespace plexus;
using namespace plexus::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

Array picture(int label, int sample) {
    Array array{TensorType{{8, 8, 1}, Element::uint8}};
    std::ranges::copy(SmallRun::picture(label, sample), array.as<std::uint8_t>().begin());
    return array;
}

std::size_t lines_of(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

}  // namespace

TEST_CASE("train leaves the files of a run and says what to do next") {
    const SmallRun small;
    const Outcome outcome = small.runner({"train", "graph.yaml", "--out", "a"});
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
    for (const std::string name : {"last.h5", "best.h5", "metrics.csv", "metrics.jsonl", "graph.yaml", "run.json"})
        CHECK_MESSAGE(fs::exists(small.path("a") / name), name);
    CHECK(fs::exists(small.path("a/best.h5")));
    for (const std::string part : {"finished after 3 epochs, 15 steps", "test loss", "test accuracy", "a/best.h5",
                                   "\nNext:\n", " evaluate ", " inspect ", " predict "})
        CHECK_MESSAGE(outcome.out.find(part) != std::string::npos, outcome.out);
    CHECK(!has_control_bytes(outcome.out));

    // In a pipe progress is one line for each epoch.
    CHECK(!has_control_bytes(outcome.err));
    for (const std::string part : {"\nepoch 1/3  loss ", "\nepoch 2/3  loss ", "\nepoch 3/3  loss ", "| holdout loss "})
        CHECK_MESSAGE(outcome.err.find(part) != std::string::npos, outcome.err);

    const std::string metrics = read_text(small.path("a/metrics.csv"));
    CHECK(metrics.starts_with("epoch,step,split,metric,value\n"));
    CHECK(json::parse(read_text(small.path("a/run.json"))).is_object());

    // The effective program is a program.
    const Outcome again = small.runner({"check", "a/graph.yaml"});
    CHECK_MESSAGE(again.code == 0, again.err);
}

TEST_CASE("train refuses a folder with a run in it, unless told what to do with it") {
    const SmallRun small{96, "epochs: 1, batch: 32"};
    REQUIRE(small.runner({"train", "graph.yaml", "-o", "a", "--quiet"}).code == 0);
    const std::string before = read_text(small.path("a/last.h5"));
    const Outcome refused = small.runner({"train", "graph.yaml", "-o", "a"});
    CHECK(refused.code == 2);
    CHECK_MESSAGE(refused.err.find("--overwrite") != std::string::npos, refused.err);
    CHECK(read_text(small.path("a/last.h5")) == before);
    const Outcome overwritten = small.runner({"train", "graph.yaml", "-o", "a", "--overwrite", "--seed", "2"});
    CHECK_MESSAGE(overwritten.code == 0, overwritten.err);
    CHECK(read_text(small.path("a/last.h5")) != before);
}

TEST_CASE("--quiet prints the result and nothing else; --json prints it as JSON on stdout") {
    const SmallRun small{96, "epochs: 1, batch: 32"};
    const Outcome quiet = small.runner({"train", "graph.yaml", "--quiet"});
    CHECK(quiet.code == 0);
    CHECK(quiet.err == "");
    CHECK(quiet.out.find("runs/graph/best.h5") != std::string::npos);
    const Outcome outcome = small.runner({"train", "graph.yaml", "--json", "--out", "b"});
    const json result = json::parse(outcome.out);
    CHECK(result["ending"] == "finished");
    CHECK(result["epochs"] == 1);
    CHECK(result["saved"] == true);
    CHECK(result["test"].contains("loss"));
    CHECK(result["test"].contains("accuracy"));
    CHECK(fs::exists(small.path(result["best"])));
    CHECK(fs::exists(small.path(result["last"])));
}

TEST_CASE("equal seeds give equal weights for any number of threads; another seed gives others") {
    const SmallRun small;
    for (const std::string threads : {"1", "2", "5"})
        REQUIRE(small.runner({"train", "graph.yaml", "-o", "t" + threads, "--threads", threads, "--quiet"}).code == 0);
    REQUIRE(small.runner({"train", "graph.yaml", "-o", "other", "--seed", "5", "--quiet"}).code == 0);
    const std::string digest = small.digest("t1/last.h5");
    CHECK(digest.size() == 33);
    CHECK(small.digest("t2/last.h5") == digest);
    CHECK(small.digest("t5/last.h5") == digest);
    CHECK(small.digest("other/last.h5") != digest);
    CHECK(small.runner({"inspect", "t1/last.h5", "t2/last.h5"}).code == 0);
    const Outcome differ = small.runner({"inspect", "t1/last.h5", "other/last.h5"});
    CHECK(differ.code == 1);
    CHECK(differ.out.find("/networks/main/fc1/kernel") != std::string::npos);
}

TEST_CASE("evaluate gives the metrics that train gave, from the checkpoint alone") {
    const SmallRun small;
    const json trained = json::parse(small.runner({"train", "graph.yaml", "-o", "a", "--json"}).out);
    const Outcome outcome = small.runner({"evaluate", "a/best.h5", "--json"});
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
    const json facts = json::parse(outcome.out);
    CHECK(facts["samples"] == 192);
    CHECK(facts["metrics"]["loss"].get<double>() == doctest::Approx(trained["test"]["loss"].get<double>()));
    CHECK(facts["metrics"]["accuracy"].get<double>() == doctest::Approx(trained["test"]["accuracy"].get<double>()));
    CHECK(facts["metrics"]["accuracy"].get<double>() > 0.9);
    const Outcome text = small.runner({"evaluate", "a/best.h5"});
    CHECK(text.out.find("accuracy  ") != std::string::npos);
    CHECK(text.out.find("192 (test)") != std::string::npos);

    write_text(small.path("other.yaml"), read_text(small.path("graph.yaml")));
    CHECK(small.runner({"evaluate", "a/best.h5", "--data", "other.yaml"}).code == 0);
    CHECK(small.runner({"evaluate", "a/best.h5", "--data", "nowhere.yaml"}).code == 2);
}

TEST_CASE("predict names the class of a picture, alone as in company") {
    const SmallRun small;
    REQUIRE(small.runner({"train", "graph.yaml", "-o", "a", "--quiet"}).code == 0);
    const Environment environment;
    for (int label = 0; label < 3; ++label)
        write_array(environment, small.path(SmallRun::classes()[static_cast<std::size_t>(label)] + ".png"),
                    picture(label, 1000 + label).view());
    const Outcome alone = small.runner({"predict", "a/best.h5", "level.png", "--top", "2", "--json"});
    REQUIRE_MESSAGE(alone.code == 0, alone.err);
    const json answer = json::parse(alone.out)[0];
    CHECK(answer["input"] == "level.png");
    CHECK(answer["top"].size() == 2);
    CHECK(answer["top"][0]["class"] == "level");
    CHECK(answer["top"][0]["probability"].get<double>() >= answer["top"][1]["probability"].get<double>());
    CHECK(answer["output"].size() == 3);
    const json all =
        json::parse(small.runner({"predict", "a/best.h5", "upright.png", "level.png", "dark.png", "--json"}).out);
    REQUIRE(all.size() == 3);
    CHECK(all[1]["output"] == answer["output"]);
    for (std::size_t i = 0; i < 3; ++i)
        CHECK(all[i]["top"][0]["class"] == SmallRun::classes()[i]);

    const Outcome table = small.runner({"predict", "a/best.h5", "dark.png", "--top", "1"});
    CHECK(table.out.starts_with("input"));
    CHECK(table.out.find("dark.png  dark ") != std::string::npos);

    // The checkpoint alone is enough: nothing else is in the folder that it is moved to.
    const TemporaryFolder empty;
    fs::copy(small.path("a/best.h5"), empty / "best.h5");
    fs::copy(small.path("dark.png"), empty / "dark.png");
    const Outcome moved = run_runner({"predict", "best.h5", "dark.png", "--json"}, {empty.path()});
    CHECK_MESSAGE(moved.code == 0, moved.err);
    CHECK(json::parse(moved.out)[0]["output"] == all[2]["output"]);
}

TEST_CASE("predict writes its outputs to .h5, .csv, .json and .npy") {
    const SmallRun small;
    REQUIRE(small.runner({"train", "graph.yaml", "-o", "a", "--quiet"}).code == 0);
    const Environment environment;
    write_array(environment, small.path("one.png"), picture(0, 1).view());
    write_array(environment, small.path("two.png"), picture(1, 2).view());
    for (const std::string ending : {"h5", "csv", "json", "npy"}) {
        const Outcome outcome = small.runner({"predict", "a/best.h5", "one.png", "two.png", "--out", "out." + ending});
        CHECK_MESSAGE(outcome.code == 0, outcome.err);
        CHECK(outcome.out == "");
        CHECK(outcome.err == "wrote 2 predictions to out." + ending + "\n");
    }
    const json answers = json::parse(read_text(small.path("out.json")));
    const Array outputs = Hdf5File{small.path("out.h5")}.read("/output", Element::float32);
    CHECK(outputs.shape() == Shape{2, 3});
    CHECK(outputs.as()[5] == answers[1]["output"][2].get<float>());
    const std::string csv = read_text(small.path("out.csv"));
    CHECK(csv.starts_with("input,upright,level,dark\none.png,"));
    CHECK(lines_of(csv) == 3);
}

TEST_CASE("predict refuses what does not fit, with the file's name") {
    const SmallRun small{96, "epochs: 1, batch: 32"};
    REQUIRE(small.runner({"train", "graph.yaml", "-o", "a", "--quiet"}).code == 0);
    Array wide{TensorType{{8, 9, 1}, Element::uint8}};
    write_array(Environment{}, small.path("wide.png"), wide.view());
    const Outcome refused = small.runner({"predict", "a/best.h5", "wide.png"});
    CHECK(refused.code == 2);
    CHECK_MESSAGE(refused.err.find("wide.png") != std::string::npos, refused.err);
    CHECK_MESSAGE(refused.err.find("--resize") != std::string::npos, refused.err);
    const Outcome resized = small.runner({"predict", "a/best.h5", "wide.png", "--resize"});
    CHECK_MESSAGE(resized.code == 0, resized.err);
    CHECK(small.runner({"predict", "a/best.h5", "nowhere.png"}).code == 2);
}

TEST_CASE("a checkpoint of a run is inspected with its history, its digest and its pictures") {
    const SmallRun small;
    REQUIRE(small.runner({"train", "graph.yaml", "-o", "a", "--quiet"}).code == 0);
    const json facts = json::parse(small.runner({"inspect", "a/last.h5", "--json"}).out);
    CHECK(facts["attributes"]["epoch"] == "3");
    CHECK(facts["attributes"]["step"] == "15");
    CHECK(facts["classes"] == json(SmallRun::classes()));
    CHECK(facts["history"].size() >= 6);
    CHECK(facts["graph"].get<std::string>().find("fc1") != std::string::npos);
    CHECK(facts["tensors"][0]["path"] == "/networks/main/fc1/kernel");
    // The first layer reads pictures, so its kernel can be looked at.
    const Outcome image = small.runner({"inspect", "a/last.h5", "/networks/main/fc1/kernel", "--image", "fc1.png"});
    CHECK_MESSAGE(image.code == 0, image.err);
    CHECK(read_text(small.path("fc1.png")).substr(1, 3) == "PNG");
}

TEST_CASE("train --dry-run keeps nothing") {
    const SmallRun small;
    const Outcome outcome = small.runner({"train", "graph.yaml", "-o", "a", "--dry-run"});
    CHECK_MESSAGE(outcome.code == 0, outcome.err);
    CHECK(outcome.out.starts_with("dry run: "));
    CHECK(!fs::exists(small.path("a")));
}

TEST_CASE("train, generate and predict: a program of two networks") {
    const SmallRun small;
    write_text(small.path("two.yaml"), R"(data: {source: {synthetic: {shape: [4, 4, 1], classes: 3, samples: 32}}}
networks:
  coder:
    - flatten
    - dense: {units: 2}
  painter:
    - dense: {units: 16, activation: sigmoid}
    - reshape: {target_shape: [4, 4, 1]}
phases:
  - both:
      nodes:
        - rescaling: {name: small, scale: 0.00392156862745098}
        - coder: {name: code}
        - painter: {name: again}
      loss: {mean_squared_error: {inputs: [again, small]}}
      updates: [coder, painter]
samples: {network: painter, count: 4}
train: {epochs: 1, batch: 8, optimizer: {sgd: {learning_rate: 0.1}}}
)");
    const Outcome trained = small.runner({"train", "two.yaml", "-o", "two"});
    CHECK_MESSAGE(trained.code == 0, trained.err);
    CHECK(trained.out.find(" generate two/best.h5 --network painter\n") != std::string::npos);
    CHECK(trained.out.find(" predict ") == std::string::npos);
    CHECK(fs::exists(small.path("two/samples/step_000004.png")));
    const Outcome no_image = small.runner({"check", "two.yaml", "--set", "samples.network=coder"});
    CHECK(no_image.code == 2);
    CHECK(no_image.err.find("network 'coder' puts out float32 [2]; a picture is made of") != std::string::npos);
    CHECK(small.runner({"check", "two.yaml", "--set", "phases.both.loss.weight=0.5"}).code == 0);
    const Outcome plane =
        small.runner({"generate", "two/best.h5", "--network", "painter", "--plane", "--count", "9", "-o", "p.png"});
    CHECK(plane.out == "9 samples of 'painter' in p.png\n");
    const Outcome code = small.runner(
        {"predict", "two/best.h5", "two/samples/step_000004.png", "--network", "coder", "--resize", "--json"});
    CHECK_MESSAGE(code.code == 0, code.err);
    CHECK(json::parse(code.out)[0]["output"].size() == 2);
    const Outcome which = small.runner({"predict", "two/best.h5", "two/samples/step_000004.png"});
    CHECK(which.code == 2);
    CHECK(which.err.find("say which with --network; there are 'coder', 'painter'") != std::string::npos);
    const Outcome text = small.runner({"generate", "two/best.h5", "--network", "painter", "--prime", "a"});
    CHECK(text.code == 2);
    CHECK(text.err.find("--prime is of text, --network of what a network makes out of noise") != std::string::npos);
}

TEST_CASE("on a terminal there is a bar with throughput, loss and time left; not with --quiet") {
    // script(1) gives the runner a terminal and writes what it saw to stdout.
    const SmallRun small{4800, "epochs: 2, batch: 32"};
    const auto seen = [&](const std::string& options, std::vector<std::pair<std::string, std::string>> variables) {
        ProcessOptions process = small.options();
        process.variables = std::move(variables);
        const std::string line = small.words({"train"})[0] + " train graph.yaml --overwrite -o a" + options;
        return run({"script", "-qec", line, "/dev/null"}, process).out;
    };
    // The first step is drawn whatever the machine's speed.
    const std::string bar = seen("", {{"TERM", "xterm"}, {"LC_ALL", "C.UTF-8"}});
    for (const std::string part : {"\r\x1b[K", "epoch 1/2 ", "\u2591", "loss ", " samples/s", " left"})
        CHECK_MESSAGE(bar.find(part) != std::string::npos, bar);
    CHECK(seen("", {{"TERM", "xterm"}, {"LC_ALL", "C"}}).find("epoch 1/2 [") != std::string::npos);
    CHECK(seen("", {{"TERM", "dumb"}}).find('\x1b') == std::string::npos);
    CHECK(seen(" --quiet", {{"TERM", "xterm"}}).find('\x1b') == std::string::npos);
    // NO_COLOR speaks of colours: the bar is drawn without any.
    CHECK(seen("", {{"TERM", "xterm"}, {"NO_COLOR", "1"}}).find("\x1b[1m") == std::string::npos);
}

TEST_CASE("a network whose outputs are no probabilities predicts plain numbers") {
    const SmallRun small;
    write_text(small.path("numbers.yaml"),
               R"(data: {source: {synthetic: {shape: [4], kind: regression, targets: 2, samples: 64}}}
network:
  - dense: {units: 2}
loss: mean_squared_error
train: {epochs: 1, batch: 32, optimizer: {sgd: {learning_rate: 0.1}}}
)");
    const Outcome trained = small.runner({"train", "numbers.yaml", "-o", "n", "--quiet"});
    REQUIRE_MESSAGE(trained.code == 0, trained.err);
    Array samples{TensorType{{2, 4}}};
    samples.as()[5] = 1;
    write_array(Environment{}, small.path("x.npy"), samples.view());
    const Outcome outcome = small.runner({"predict", "n/best.h5", "x.npy"});
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
    CHECK(outcome.out.starts_with("input     output\nx.npy[0]  "));
    const json answers = json::parse(small.runner({"predict", "n/best.h5", "x.npy", "--json"}).out);
    REQUIRE(answers.size() == 2);
    CHECK(answers[0]["top"].empty());
    CHECK(answers[1]["output"].size() == 2);
    // The same numbers out of a dataset of an HDF5 file.
    const std::vector<Hdf5Item> items{{"/some/x", samples.view()}, {"/names", {}, {"a", "b"}}};
    write_hdf5(small.path("x.h5"), items);
    const Outcome from_hdf5 = small.runner({"predict", "n/best.h5", "x.h5:/some/x", "--json"});
    REQUIRE_MESSAGE(from_hdf5.code == 0, from_hdf5.err);
    CHECK(json::parse(from_hdf5.out)[1]["output"] == answers[1]["output"]);
}
