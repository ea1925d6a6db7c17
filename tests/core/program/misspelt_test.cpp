#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "core/program/yaml.hpp"
#include "tests/core/program/small_types.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

const std::string whole = R"(data:
  source: {idx: {images: a.gz, labels: b.gz}}
  test: {synthetic: {shape: [8, 8, 1], classes: 3}}
  holdout: 6000
  shuffle: true
  classes: [a, b, c]
  on_bad_sample: skip
network:
  - conv2d: {name: conv1, filters: 8, kernel_size: 3, strides: 2, padding: same, use_bias: true, activation: relu}
  - block: {repeat: 2, nodes: [dropout: {rate: 0.5}]}
  - conv2d: {filters: 8, kernel_size: 3, kernel_initializer: {uniform: {scale: 1}}}
  - flatten
  - dense: {name: fc1, units: 10, inputs: flatten_1}
loss: softmax_cross_entropy
metrics: [accuracy]
train:
  epochs: 15
  batch: 128
  shard: 16
  seed: 1
  precision: float32
  optimizer:
    swa:
      base: {sgd: {learning_rate: {cosine: {initial: 0.1, warmup: {step: 200}}}, momentum: 0.9}}
      start: {epoch: 6}
  early_stopping: {metric: loss, patience: 3}
  best: {metric: accuracy}
  save_every: {epoch: 1}
  max_time: 3600
)";

/// Places of all keys of a value, in the text.
void keys(const Value& value, std::vector<std::pair<std::string, Position>>& found) {
    if (value.is_list())
        for (const Value& item : value.list())
            keys(item, found);
    if (value.is_map())
        for (const Member& member : value.map()) {
            found.emplace_back(member.name, member.position);
            keys(member.value, found);
        }
}

std::size_t offset(const std::string& text, const Position& position) {
    std::size_t start = 0;
    for (int line = 1; line < position.line; ++line)
        start = text.find('\n', start) + 1;
    return start + static_cast<std::size_t>(position.column) - 1;
}

std::vector<std::string> misspelt(const std::string& key) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < key.size(); ++i) {
        all.push_back(key.substr(0, i) + key.substr(i + 1));
        all.push_back(key.substr(0, i) + "x" + key.substr(i + 1));
        all.push_back(key.substr(0, i) + "x" + key.substr(i));
        if (i > 0 && key[i] != key[i - 1])
            all.push_back(key.substr(0, i - 1) + key[i] + key[i - 1] + key.substr(i + 1));
    }
    return all;
}

}  // namespace

TEST_CASE("program: of all keys misspelt by one letter, at least 95 in 100 are reported with the right one") {
    REQUIRE(refusal(whole) == "");
    std::vector<std::pair<std::string, Position>> found;
    keys(read_yaml(whole, "a.yaml"), found);
    int tried = 0;
    int refused = 0;
    int right = 0;
    for (const auto& [key, position] : found)
        for (const std::string& wrong : misspelt(key)) {
            if (wrong.empty() || wrong == key)
                continue;
            std::string text = whole;
            text.replace(offset(text, position), key.size(), wrong);
            const std::string message = refusal(text);
            ++tried;
            refused += message.starts_with("a.yaml:");
            const bool is_right = message.find("did you mean '" + key + "'?") != std::string::npos &&
                                  message.starts_with(to_string(position) + ": ");
            right += is_right;
            if (!is_right)
                MESSAGE(key << " -> " << wrong << ": " << message);
        }
    MESSAGE(right << " of " << tried);
    CHECK(tried > 1000);
    CHECK(refused == tried);
    CHECK(right >= 0.95 * tried);
}
