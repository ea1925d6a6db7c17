// Steps of an optimizer on one parameter, as the executor does them: in tiles.
#pragma once
#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/plan/step_state.hpp"
#include "plexus/optimizer.hpp"
#include "tests/plugins/fixture.hpp"
#include "tests/plugins/made.hpp"

namespace plexus::test {

class Training {
public:
    Training(const std::string& written, std::vector<float> start)
        : optimizer_{optimizer(written)}, weights{std::move(start)} {
        OptimizerContext context{layout_};
        optimizer_->declare(context);
        slots_.assign(layout_.slots.size(), std::vector<float>(weights.size()));
        counters_.resize(layout_.counters.size());
        bases_.resize(static_cast<std::size_t>(Base::first_slot));
        for (auto& slot : slots_)
            bases_.push_back(reinterpret_cast<std::byte*>(slot.data()));
    }

    /// One step, in tiles of `tile` elements.
    void step(std::span<const float> gradient, const Progress& progress = {}, std::size_t tile = 5) {
        double squares = 0;
        for (const float g : gradient)
            squares += static_cast<double>(g) * g;
        optimizer_->begin_step(progress, counters_);
        for (std::size_t first = 0; first < weights.size(); first += tile) {
            const std::size_t size = std::min(tile, weights.size() - first);
            UpdateState state{};
            state.parameter = std::span{weights}.subspan(first, size);
            state.gradient = gradient.subspan(first, size);
            state.slots = bases_.data() + static_cast<std::size_t>(Base::first_slot);
            state.offset = first * sizeof(float);
            state.counters = counters_;
            state.learning_rate = optimizer_->learning_rate(progress);
            state.gradient_norm = std::sqrt(squares);
            optimizer_->update(UpdateContext{state});
        }
    }

    [[nodiscard]] const Optimizer& subject() const { return *optimizer_; }
    [[nodiscard]] const OptimizerLayout& layout() const { return layout_; }
    [[nodiscard]] const std::vector<double>& counters() const { return counters_; }
    [[nodiscard]] const std::vector<float>& slot(std::size_t i) const { return slots_.at(i); }

private:
    std::unique_ptr<Optimizer> optimizer_;
    OptimizerLayout layout_;
    std::vector<std::vector<float>> slots_;
    std::vector<double> counters_;
    std::vector<std::byte*> bases_;

public:
    std::vector<float> weights;
};

/// A gradient that pulls weight i towards i / 4, with noise: the same in float and in double.
template <class T>
std::vector<T> noisy_gradient(const std::vector<T>& weights, int step) {
    std::vector<T> gradient;
    for (std::size_t i = 0; i < weights.size(); ++i)
        gradient.push_back(weights[i] - static_cast<T>(i) / 4 +
                           static_cast<T>((step * 7 + static_cast<int>(i) * 5) % 11 - 5) / 8);
    return gradient;
}

/// The largest error of the weights after each of 20 steps that PyTorch did with the settings of that name.
inline double error_against_torch(const char* written, const char* name) {
    const Fixture torch{"optimizers"};
    std::vector<float> start(9), gradients(180);
    torch.copy("start", std::span{start});
    torch.copy("gradients", std::span{gradients});
    Training training{written, start};
    double error = 0;
    for (std::size_t step = 0; step < 20; ++step) {
        training.step(std::span{gradients}.subspan(9 * step, 9));
        error = std::max(error, largest_error(training.weights, std::span{torch[name]}.subspan(9 * step, 9)));
    }
    return error;
}

/// What clip_norm multiplies a gradient by; 0 stands for none.
inline double clipping_factor(const std::vector<double>& gradient, double clip_norm) {
    double squares = 0;
    for (const double g : gradient)
        squares += g * g;
    return clip_norm > 0 ? std::min(1.0, clip_norm / (std::sqrt(squares) + 1e-6)) : 1.0;
}

/// Before a step of a run of 10 epochs with 10 steps each.
inline Progress progress_after(std::uint64_t steps) {
    return {.step = steps, .epoch = steps / 10, .steps_per_epoch = 10, .total_steps = 100};
}

}  // namespace plexus::test
