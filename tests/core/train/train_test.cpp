#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "plexus/analysis.hpp"
#include "plexus/checkpoint.hpp"
#include "plexus/error.hpp"
#include "plexus/text.hpp"
#include "tests/core/train/trained.hpp"
#include "tests/support/stepper.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

std::string failure(const std::filesystem::path& folder, const std::string& program) {
    Watcher watcher;
    try {
        train_in(folder, program, watcher);
    } catch (const RunError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("train: the loss falls, and the folder holds what a run leaves") {
    Watcher watcher;
    const TrainingResult result = train_in("trained", rich_program(6), watcher);
    CHECK(result.ending == TrainingResult::Ending::finished);
    CHECK(result.epochs == 6);
    CHECK(result.steps == 30);
    CHECK(watcher.epochs.back().training[0].second < watcher.epochs.front().training[0].second);
    for (const char* name : {"last.h5", "best.h5", "metrics.csv", "graph.yaml", "run.json"})
        CHECK(std::filesystem::exists(std::filesystem::path("trained") / name));
}

TEST_CASE("train: what a metric reports under its type's name is called as its node is") {
    Watcher watcher;
    train_in("named", R"(
data: {source: {synthetic: {shape: [4], classes: 3, samples: 40}}}
network: [{dense: {units: 3}}]
loss: softmax_cross_entropy
metrics:
  - accuracy
  - mean: {name: logits, inputs: dense_1}
  - mean: {name: pixels, inputs: input}
  - top_k_accuracy: {name: narrow, k: 1}
  - top_k_accuracy: {name: wide, k: 2}
train: {epochs: 1, batch: 10, optimizer: sgd}
)",
             watcher);
    std::string names;
    for (const auto& [name, value] : watcher.epochs.back().training)
        names += name + " ";
    CHECK(names == "loss accuracy logits pixels narrow_top_1_accuracy wide_top_2_accuracy ");
}

TEST_CASE("train: a target that is a number needs no labels; weights are clipped, and their average is saved") {
    Watcher watcher;
    train_in("constant", R"(
data: {source: {synthetic: {shape: [4], classes: 3, samples: 40}}}
network: [{dense: {name: score, units: 1}}]
loss: {sigmoid_cross_entropy: {target: 0.9}}
metrics: [{binary_accuracy: {target: 1}}]
train:
  epochs: 2
  batch: 10
  optimizer: {ema: {base: {weight_clipping: {base: {sgd: {learning_rate: 5}}, limit: 0.25}}, decay: 0.5}}
)",
             watcher);
    CHECK(watcher.epochs.back().training[1].first == "binary_accuracy");
    const Checkpoint file("constant/last.h5");
    const CheckpointTensor* average = file.find("/networks/main/score/kernel");
    const CheckpointTensor* iterate = file.find("/training/main/iterate/main/score/kernel");
    REQUIRE(average != nullptr);
    REQUIRE(iterate != nullptr);
    CHECK(file.find("/training/main/slots/moving_average/main/score/kernel") != nullptr);
    for (std::size_t i = 0; i < 4; ++i)
        CHECK(std::abs(iterate->values.as()[i]) <= 0.25F);
    CHECK(!std::ranges::equal(average->values.as(), iterate->values.as()));
}

TEST_CASE("train: early stopping ends a run that no longer gains") {
    Watcher watcher;
    const TrainingResult result = train_in("patience", R"(
data: {source: {synthetic: {shape: [4], classes: 3, samples: 40}}, holdout: 10}
network: [{dense: {units: 3}}]
loss: softmax_cross_entropy
train: {epochs: 50, batch: 10, optimizer: {sgd: {learning_rate: 0.0}}, early_stopping: {metric: loss, patience: 3}}
)",
                                           watcher);
    CHECK(result.ending == TrainingResult::Ending::early_stopping);
    CHECK(result.epochs == 4);
}

TEST_CASE("train: an average has statistics of its own, and training goes on from the iterate") {
    Watcher watcher;
    train_in("averaged", rich_program(5), watcher);
    const Checkpoint file("averaged/last.h5");
    const CheckpointTensor* average = file.find("/networks/main/conv2d_1/kernel");
    const CheckpointTensor* iterate = file.find("/training/main/iterate/main/conv2d_1/kernel");
    REQUIRE(average != nullptr);
    REQUIRE(iterate != nullptr);
    CHECK(average->values.as()[0] != iterate->values.as()[0]);
    CHECK(file.find("/networks/main/batch_normalization_1/moving_mean")->values.as()[0] !=
          file.find("/training/main/iterate/main/batch_normalization_1/moving_mean")->values.as()[0]);
}

TEST_CASE("train: a loss that is not finite names node and tensor, and stops") {
    CHECK(failure("infinite", R"(
data: {source: {synthetic: {shape: [4], classes: 3, samples: 40}}}
network: [{rescaling: {name: big, scale: 1.0e+38}}, {rescaling: {name: bigger, scale: 1.0e+38}}, {dense: {units: 3}}]
loss: softmax_cross_entropy
train: {epochs: 1, batch: 10, optimizer: {sgd: {learning_rate: 0.1}}}
)") == "step 1, epoch 1: the loss is not finite; the first value that is not: rescaling 'bigger', forward: output 0 "
       "of sample 0, at [0] of [4]; "
       "nothing was updated by this step. A smaller learning rate, clip_norm, or a look at the data may help; nothing "
       "had been saved yet");
}

TEST_CASE("train: what explodes over time is found at the sample and the step where it began") {
    const auto program = [](const std::string& explodes) {
        return "data: {source: {synthetic: {shape: [20, 2], classes: 3, samples: 40}}}\n"
               "network:\n  - simple_rnn: {name: wild, units: 3, activation: relu, return_sequences: true, "
               "kernel_initializer: {constant: {value: 1.0}}, recurrent_initializer: {constant: {value: " +
               explodes +
               "}}}\n  - global_average_pool1d\n  - dense: {units: 3}\nloss: softmax_cross_entropy\n"
               "train: {epochs: 1, batch: 10, optimizer: {sgd: {learning_rate: 0.1}}}\n";
    };
    const std::string forward = failure("exploding", program("1.0e+6"));
    CHECK_MESSAGE(forward.starts_with("step 1, epoch 1: the loss is not finite; the first value that is not: "
                                      "simple_rnn 'wild', forward: output 0 of sample 0, at [6, 0] of [20, 3]; in "
                                      "what backward needs, saved 0 of sample 0, at [6, 0] of [20, 3]; nothing was "),
                  forward);
}

TEST_CASE("train: a normalization knows its data before the first step") {
    Watcher watcher;
    train_in("normalized", R"(
data: {source: {synthetic: {shape: [5], classes: 3, samples: 64}}}
network: [{rescaling: {scale: 4.0, offset: 3.0}}, {normalization: {name: n}}, {dense: {units: 3}}]
loss: softmax_cross_entropy
train: {epochs: 1, batch: 16, optimizer: {sgd: {learning_rate: 0.1}}}
)",
             watcher);
    const Checkpoint file("normalized/last.h5");
    for (const float mean : file.find("/networks/main/n/mean")->values.as())
        CHECK(mean == doctest::Approx(3).epsilon(0.9));
    for (const float variance : file.find("/networks/main/n/variance")->values.as())
        CHECK(variance > 0.5F);
}

TEST_CASE("train: a sample that cannot be read stops the run, or is skipped and listed where that is asked for") {
    std::filesystem::remove_all("pictures");
    for (const char* folder : {"pictures/cat", "pictures/dog"})
        std::filesystem::create_directories(folder);
    Array image({{4, 4, 1}, Element::uint8});
    for (int i = 0; i < 8; ++i) {
        image.as<std::uint8_t>()[0] = static_cast<std::uint8_t>(30 * i);
        write_array(shipped_plugins(), text("pictures/", i % 2 == 0 ? "cat/" : "dog/", i, ".png"), image.view());
    }
    std::ofstream("pictures/cat/2.png") << "no picture";
    const auto program = [](const char* how) {
        return text(
            "data: {source: {image_folder: {folder: pictures, channels: 1, size: [4, 4]}}, on_bad_sample: ", how,
            "}\nnetwork: [rescaling: {scale: 0.01}, flatten, dense: {units: 2}]\nloss: softmax_cross_entropy\n"
            "train: {epochs: 1, batch: 8, optimizer: {sgd: {learning_rate: 0.1}}}\n");
    };
    CHECK(failure("bad_stops", program("stop")).find("2.png") != std::string::npos);
    Watcher watcher;
    train_in("bad_skipped", program("skip"), watcher);
    REQUIRE(watcher.notices.size() == 1);
    CHECK(watcher.notices[0] == "1 samples could not be read and were skipped: 1");
}

TEST_CASE("train: a label out of range is named with its sample of the data, wherever the shuffle has put it") {
    std::ofstream("labels.csv") << "x,class\n1,a\n2,b\n3,a\n4,b\n5,c\n6,a\n7,b\n";
    CHECK(failure("labels", R"(
data: {source: {csv: {file: labels.csv, label: class}}, test: {csv: {file: labels.csv, label: class}}}
network: [{dense: {units: 2}}]
loss: softmax_cross_entropy
train: {epochs: 1, batch: 2, shard: 1, optimizer: sgd}
)") == "labels.yaml:4:7: softmax_cross_entropy 'softmax_cross_entropy': label 2; there are 2 classes, counted from 0 "
       "(sample 4 of data.source)");
}
