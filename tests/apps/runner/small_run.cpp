#include "tests/apps/runner/small_run.hpp"

#include "tests/support/paths.hpp"

namespace plexus::test {
namespace {

constexpr int side = 8;

std::string big_endian(std::uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes += static_cast<char>(value >> shift & 0xffU);
    return bytes;
}

std::string idx(const std::vector<std::uint32_t>& sizes, const std::string& values) {
    std::string bytes{'\0', '\0', '\x08', static_cast<char>(sizes.size())};
    for (const std::uint32_t size : sizes)
        bytes += big_endian(size);
    return bytes + values;
}

}  // namespace

const std::vector<std::string>& SmallRun::classes() {
    static const std::vector<std::string> names{"upright", "level", "dark"};
    return names;
}

std::vector<std::uint8_t> SmallRun::picture(int label, int sample) {
    std::vector<std::uint8_t> pixels;
    std::uint32_t noise = static_cast<std::uint32_t>(sample) * 2654435761U + 1;
    for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x) {
            noise = noise * 1664525U + 1013904223U;
            const bool bright = (label == 0 && x % 4 < 2) || (label == 1 && y % 4 < 2);
            pixels.push_back(static_cast<std::uint8_t>((bright ? 160 : 0) + (noise >> 24) % 64));
        }
    return pixels;
}

SmallRun::SmallRun(int samples, const std::string& train) {
    std::string images, labels;
    for (int i = 0; i < samples; ++i) {
        for (const std::uint8_t pixel : picture(i % 3, i))
            images += static_cast<char>(pixel);
        labels += static_cast<char>(i % 3);
    }
    const auto count = static_cast<std::uint32_t>(samples);
    write_text(path("images.idx"), idx({count, side, side}, images));
    write_text(path("labels.idx"), idx({count}, labels));
    write_text(path("graph.yaml"), R"(data:
  source: {idx: {images: images.idx, labels: labels.idx}}
  test: {idx: {images: images.idx, labels: labels.idx}}
  holdout: 48
  classes: [upright, level, dark]
network:
  - rescaling: {scale: 0.00392156862745098}
  - flatten
  - dense: {name: fc1, units: 16, activation: relu}
  - dense: {name: fc2, units: 3}
loss: softmax_cross_entropy
metrics: [accuracy]
train: {)" + train + R"(, optimizer: {sgd: {learning_rate: 0.1, momentum: 0.9}}}
)");
}

std::vector<std::string> SmallRun::words(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), test::runner().string());
    return arguments;
}

Outcome SmallRun::runner(std::vector<std::string> arguments) const {
    return run(words(std::move(arguments)), options());
}

std::string SmallRun::digest(const std::string& file) const {
    return runner({"inspect", file, "--digest"}).out;
}

}  // namespace plexus::test
