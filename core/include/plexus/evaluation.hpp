// Metrics of a checkpoint's network on a data set, and predictions on inputs of one's own.
#pragma once
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "plexus/environment.hpp"
#include "plexus/override.hpp"
#include "plexus/tensor.hpp"
#include "plexus/training.hpp"

namespace plexus {

/// What is evaluated, on what.
struct EvaluationOptions {
    std::filesystem::path checkpoint;      ///< a file
    std::filesystem::path data = {};       ///< a graph file whose data section is used; empty: the checkpoint's
    std::vector<Override> overrides = {};  ///< applied in this order
    std::size_t threads = 0;               ///< 0: as many as the machine has
};

/// What a metric counts in two dimensions: a confusion matrix.
struct NamedMatrix {
    std::string name;            ///< as the metric calls it
    std::size_t rows = 0;        ///< at least 1
    std::size_t columns = 0;     ///< at least 1
    std::vector<double> values;  ///< row-major
};

/// Loss and metrics over a whole data set.
struct Evaluation {
    NamedValues metrics;                ///< "loss" first
    std::vector<NamedMatrix> matrices;  ///< in the order of the program's metrics
    std::size_t samples = 0;            ///< that they were taken over
    std::string data;                   ///< "test", "holdout" or "source": the part of the data section that was used
    std::vector<std::string> classes;   ///< names, for the matrices; may be empty
};

/// On data.test if the data section has one, else its holdout, else all of its source.
[[nodiscard]] PLEXUS_API Evaluation evaluate(const Environment& environment, const EvaluationOptions& options);

/// How a checkpoint is asked.
struct PredictionOptions {
    std::filesystem::path checkpoint;  ///< a file
    bool resize = false;               ///< scale images of another size; else they are refused
    std::size_t threads = 0;           ///< 0: as many as the machine has
    std::string network = {};          ///< of a program of several: which one answers
    std::string node = {};             ///< of a program of one network: this node's output, not the network's
};

/// What the network says to one sample.
struct Prediction {
    std::string input;          ///< the file, with "[i]" where it holds several samples
    std::vector<float> output;  ///< probabilities where the loss says how they are made
};

/// Loads a checkpoint once and answers any number of questions. An answer does not depend on what else is asked, down
/// to its bits.
class PLEXUS_API Predictor {
public:
    /// Throws InputError for a file that is no checkpoint, or of which types are not registered. The environment must
    /// live longer.
    Predictor(const Environment& environment, const PredictionOptions& options);
    Predictor(Predictor&&) noexcept;
    ~Predictor();

    /// Of the network's input, one sample: [28, 28, 1].
    [[nodiscard]] const TensorType& input() const noexcept;
    [[nodiscard]] const Shape& output() const noexcept;  ///< of one sample
    /// Names of the classes, one for each number of the output; empty where the data had none.
    [[nodiscard]] const std::vector<std::string>& classes() const noexcept;
    /// Samples [N, ...] of the input's type.
    [[nodiscard]] Array predict(const Array& samples);
    /// An image, an array with one sample or several, or `file.h5:/path`. Throws InputError naming the file.
    [[nodiscard]] std::vector<Prediction> predict(const std::string& input);
    /// The data section of a graph file: its test, else its holdout, else all of its source; named "test[7]". Throws
    /// InputError, also for samples of another form than the network's input.
    [[nodiscard]] std::vector<Prediction> predict_data(const std::filesystem::path& graph);

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace plexus
