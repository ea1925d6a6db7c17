// A program that has Plexus inside: it trains a graph, says how that goes, measures the best weights and asks them.
#include <plexus/environment.hpp>
#include <plexus/error.hpp>
#include <plexus/evaluation.hpp>
#include <plexus/training.hpp>

#include <algorithm>
#include <atomic>
#include <cstdio>

namespace {

/// Called while training runs, on the thread that called train().
class Printer final : public plexus::TrainingObserver {
public:
    void on_start(const plexus::TrainingFacts& facts) override {
        std::printf("%lld parameters, %zu samples\n", static_cast<long long>(facts.parameters), facts.training_samples);
    }
    void on_epoch(const plexus::EpochReport& report) override {
        std::printf("epoch %lld of %lld:", static_cast<long long>(report.epoch), static_cast<long long>(report.epochs));
        for (const auto& [name, value] : report.holdout)
            std::printf(" %s %.3f", name.c_str(), value);
        std::printf("\n");
    }
    void on_notice(const std::string& text) override { std::fprintf(stderr, "%s\n", text.c_str()); }
};

void train_and_ask(const plexus::Environment& environment, const char* graph, const char* folder) {
    Printer printer;
    const std::atomic<bool> stop{false};  // true ends the training with a checkpoint; a signal handler may set it
    const plexus::TrainingResult result =
        plexus::train(environment, {.graph = graph, .out = folder, .overwrite = true}, printer, stop);

    const plexus::Evaluation measured = plexus::evaluate(environment, {.checkpoint = result.best});
    for (const auto& [name, value] : measured.metrics)
        std::printf("%s %s %.3f\n", measured.data.c_str(), name.c_str(), value);

    plexus::Predictor predictor{environment, {.checkpoint = result.best}};
    plexus::Array samples{{predictor.input().shape.batch(2), predictor.input().element}};
    std::ranges::fill(samples.as().last(samples.as().size() / 2), 1.0F);  // the first sample is all 0, the second all 1
    const plexus::Array answers = predictor.predict(samples);
    for (std::size_t i = 0; i < answers.as().size(); ++i)
        std::printf("%.3f%c", static_cast<double>(answers.as()[i]),
                    (i + 1) * 2 % answers.as().size() == 0 ? '\n' : ' ');
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 3) {
        std::fprintf(stderr, "usage: %s GRAPH RUN_FOLDER [PLUGIN_FOLDER...]\n", arguments[0]);
        return 2;
    }
    try {
        // Made before any other thread: the shipped plugins are found beside the library, others are named.
        const plexus::Environment environment{{.plugin_directories = {arguments + 3, arguments + count}}};
        train_and_ask(environment, arguments[1], arguments[2]);
        return 0;
    } catch (const plexus::InputError& error) {
        std::fprintf(stderr, "%s\n", error.what());  // where, what, and what to do
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
