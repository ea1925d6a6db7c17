#include "tests/core/train/trained.hpp"

#include <fstream>
#include <sstream>

#include "plexus/text.hpp"
#include "tests/support/stepper.hpp"

namespace plexus::test {

void Watcher::on_step(const StepReport&) {
    if (++steps == stop_after_)
        stop = true;
}

TrainingResult train_in(const std::filesystem::path& folder, const std::string& program, Watcher& watcher,
                        TrainingOptions options) {
    options.graph = folder.string() + ".yaml";
    options.out = folder;
    options.threads = options.threads == 0 ? 2 : options.threads;
    std::ofstream(options.graph) << program;
    if (options.resume.empty())
        std::filesystem::remove_all(folder);
    return train(shipped_plugins(), options, watcher, watcher.stop);
}

std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

std::string rich_program(int epochs) {
    return text(R"(
data: {source: {synthetic: {shape: [8, 8, 1], classes: 3, samples: 60}}, holdout: 12}
network:
  - conv2d: {filters: 4, kernel_size: 3}
  - batch_normalization
  - relu
  - flatten
  - dropout: {rate: 0.3}
  - dense: {units: 3}
loss: softmax_cross_entropy
metrics: [accuracy, confusion_matrix]
train:
  epochs: )",
                epochs, R"(
  batch: 10
  shard: 4
  optimizer:
    swa:
      base: {sgd: {learning_rate: {cosine: {initial: 0.1, warmup: {step: 3}}}, momentum: 0.9}}
      start: {epoch: 2}
      frequency: {epoch: 1}
      learning_rate: 0.05
)");
}

std::string alternating_program(int epochs) {
    return text(R"(
data: {source: {synthetic: {shape: [6, 6, 1], classes: 3, samples: 48}}}
networks:
  generator:
    - dense: {units: 8}
    - batch_normalization
    - relu
    - dense: {units: 36, activation: sigmoid}
    - reshape: {target_shape: [6, 6, 1]}
  critic:
    - flatten
    - dense: {units: 8, activation: relu}
    - dropout: {rate: 0.25}
    - dense: {units: 1}
phases:
  - critic:
      nodes:
        - rescaling: {name: scaled, scale: 0.00392156862745098}
        - critic: {name: on_real}
        - normal_noise: {name: z, shape: [5]}
        - generator: {name: fakes}
        - critic: {name: on_fakes}
      loss:
        - sigmoid_cross_entropy: {name: real, inputs: on_real, target: 1}
        - sigmoid_cross_entropy: {name: forged, inputs: on_fakes, target: 0}
      metrics:
        - binary_accuracy: {name: of_real, inputs: on_real, target: 1}
      updates: critic
      optimizer: {rmsprop: {learning_rate: 0.01, clip_norm: 1}}
      steps: 3
  - generator:
      nodes: [critic: {name: verdict, inputs: fakes}]
      loss: {sigmoid_cross_entropy: {inputs: verdict, target: 1}}
      updates: generator
      optimizer: {ema: {base: {adam: {learning_rate: 0.01}}, decay: 0.8}}
      gradient_norm: true
samples: {network: generator, every: {step: 2}, count: 9}
warnings: [{metrics: [of_real], above: 2, steps: 4, reason: never}]
train: {batch: 10, shard: 4, epochs: )",
                epochs, "}\n");
}

}  // namespace plexus::test
