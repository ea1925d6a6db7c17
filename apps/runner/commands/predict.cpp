// runner predict: what the network in a checkpoint says about files of one's own.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "apps/runner/commands/commands.hpp"
#include "apps/runner/options/arguments.hpp"
#include "apps/runner/terminal/print.hpp"
#include "apps/runner/terminal/quantity.hpp"
#include "apps/runner/terminal/table.hpp"
#include "plexus/analysis.hpp"
#include "plexus/error.hpp"
#include "plexus/evaluation.hpp"
#include "plexus/write_hdf5.hpp"

namespace runner {
namespace {

using plexus::Prediction;

/// Answers, and the names that the outputs have.
struct Answers {
    std::vector<Prediction> predictions;
    std::vector<std::string> classes;
    std::size_t top = 1;
    bool ranked = false;  ///< the outputs are probabilities of classes

    [[nodiscard]] std::string class_name(std::size_t index) const {
        return index < classes.size() ? classes[index] : std::to_string(index);
    }
};

// A network that ends in probabilities says so by what it says: nothing below 0, and a sum of 1.
bool are_probabilities(const std::vector<float>& output) {
    const double sum = std::accumulate(output.begin(), output.end(), 0.0);
    return output.size() > 1 && std::abs(sum - 1) < 1e-3 &&
           std::ranges::all_of(output, [](float value) { return value >= 0; });
}

/// Places of the largest values, largest first; of equals the first.
std::vector<std::size_t> top_of(const std::vector<float>& output, std::size_t count) {
    std::vector<std::size_t> places(output.size());
    std::iota(places.begin(), places.end(), std::size_t{0});
    std::ranges::stable_sort(places, [&](std::size_t a, std::size_t b) { return output[a] > output[b]; });
    places.resize(std::min(count, places.size()));
    return places;
}

// JSON knows doubles alone: the one with as few digits as the float needs.
double as_double(float value) {
    return std::isfinite(value) ? std::stod(fmt::format("{}", value)) : static_cast<double>(value);
}

nlohmann::ordered_json as_json(const Answers& answers) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Prediction& prediction : answers.predictions) {
        nlohmann::ordered_json top = nlohmann::ordered_json::array();
        if (answers.ranked)
            for (const std::size_t place : top_of(prediction.output, answers.top))
                top.push_back(
                    {{"class", answers.class_name(place)}, {"probability", as_double(prediction.output[place])}});
        std::vector<double> output(prediction.output.size());
        std::ranges::transform(prediction.output, output.begin(), as_double);
        list.push_back({{"input", prediction.input}, {"top", std::move(top)}, {"output", std::move(output)}});
    }
    return list;
}

std::string as_table(const Answers& answers) {
    constexpr std::size_t shown = 8;
    std::vector<Table::Column> columns{{"input", Table::Align::left}};
    if (answers.ranked)
        for (std::size_t i = 0; i < std::min(answers.top, answers.predictions.front().output.size()); ++i)
            columns.insert(columns.end(), {{"class", Table::Align::left}, {"probability", Table::Align::right}});
    else
        columns.push_back({"output", Table::Align::left});
    Table table{std::move(columns)};
    for (const Prediction& prediction : answers.predictions) {
        std::vector<std::string> cells{prediction.input};
        if (answers.ranked) {
            for (const std::size_t place : top_of(prediction.output, answers.top))
                cells.insert(cells.end(), {answers.class_name(place), fmt::format("{:.4f}", prediction.output[place])});
        } else {
            std::string values;
            for (std::size_t i = 0; i < std::min(shown, prediction.output.size()); ++i)
                values += (i == 0 ? "" : " ") + brief(prediction.output[i]);
            if (prediction.output.size() > shown)
                values += fmt::format(" ... ({} values)", prediction.output.size());
            cells.push_back(std::move(values));
        }
        table.row(std::move(cells));
    }
    return table.text();
}

std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos)
        return text;
    std::string result = "\"";
    for (const char c : text)
        result += c == '"' ? "\"\"" : std::string(1, c);
    return result + '"';
}

std::string as_csv(const Answers& answers) {
    std::string text = "input";
    for (std::size_t i = 0; i < answers.predictions.front().output.size(); ++i)
        text += "," + csv_field(answers.class_name(i));
    text += '\n';
    for (const Prediction& prediction : answers.predictions) {
        text += csv_field(prediction.input);
        for (const float value : prediction.output)
            text += fmt::format(",{}", value);
        text += '\n';
    }
    return text;
}

/// All outputs as [N, ...].
plexus::Array as_array(const Answers& answers, const plexus::Shape& output) {
    plexus::Array array{plexus::TensorType{output.batch(static_cast<std::int64_t>(answers.predictions.size()))}};
    auto place = array.as<float>().begin();
    for (const Prediction& prediction : answers.predictions)
        place = std::ranges::copy(prediction.output, place).out;
    return array;
}

void write_text(const std::filesystem::path& file, const std::string& text) {
    std::ofstream stream{file, std::ios::binary | std::ios::trunc};
    stream << text;
    if (!stream.flush())
        throw plexus::RunError(file.string() + ": cannot be written");
}

void write(const plexus::Environment& environment, const std::filesystem::path& file, const Answers& answers,
           const plexus::Shape& output) {
    const std::string ending = file.extension().string();
    if (ending == ".json") {
        write_text(file, as_json(answers).dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
    } else if (ending == ".csv") {
        write_text(file, as_csv(answers));
    } else if (ending == ".h5" || ending == ".hdf5") {
        const plexus::Array outputs = as_array(answers, output);
        std::vector<plexus::Hdf5Item> items{{"/output", outputs.view()}, {"/input"}};
        for (const Prediction& prediction : answers.predictions)
            items.back().texts.push_back(prediction.input);
        if (!answers.classes.empty())
            items.push_back({"/classes", {}, answers.classes});
        plexus::write_hdf5(file, items);
    } else {
        const plexus::Array outputs = as_array(answers, output);
        plexus::write_array(environment, file, outputs.view());
    }
}

void check_ending(const std::filesystem::path& file) {
    const std::string ending = file.extension().string();
    for (const char* known : {".h5", ".hdf5", ".csv", ".json", ".npy"})
        if (ending == known)
            return;
    throw plexus::InputError(file.string() + ": --out writes .h5, .csv, .json or .npy");
}

int run(const Arguments& arguments) {
    plexus::PredictionOptions options{arguments.inputs().front()};
    options.resize = arguments.has("resize");
    options.threads = arguments.threads();
    options.network = arguments.value("network");
    options.node = arguments.value("node");
    Answers answers;
    answers.top = arguments.number("top", 1, 1, 1'000'000);
    const std::string data = arguments.value("data");
    if (arguments.inputs().size() == 1 && data.empty())
        throw plexus::InputError("predict wants a checkpoint and at least one input, or --data; see predict --help");
    const std::filesystem::path out = arguments.value("out");
    if (!out.empty())
        check_ending(out);
    const plexus::Environment environment{arguments.environment()};
    plexus::Predictor predictor{environment, options};
    answers.classes = predictor.classes();
    for (std::size_t i = 1; i < arguments.inputs().size(); ++i)
        for (Prediction& prediction : predictor.predict(arguments.inputs()[i]))
            answers.predictions.push_back(std::move(prediction));
    if (!data.empty())
        std::ranges::move(predictor.predict_data(data), std::back_inserter(answers.predictions));
    if (answers.predictions.empty())
        throw plexus::InputError("there is no sample in " + (data.empty() ? arguments.inputs()[1] : data));
    answers.ranked = std::ranges::all_of(answers.predictions, are_probabilities, &Prediction::output);
    if (!out.empty()) {
        write(environment, out, answers, predictor.output());
        if (!arguments.quiet())
            note(fmt::format("wrote {} to {}\n", counted(answers.predictions.size(), "prediction"), out.string()));
    }
    if (arguments.json())
        print_json(as_json(answers));
    else if (out.empty())
        print(as_table(answers));
    return 0;
}

}  // namespace

Command predict_command() {
    return {
        .name = "predict",
        .usage = "FILE [INPUT...] [options]",
        .summary = "what the network in a checkpoint says about files of your own",
        .description =
            "Reads images (png, jpeg), arrays (npy) or datasets (file.h5:/path) and prints the most probable classes. "
            "Scaling of the input and names of the classes are in the checkpoint; nothing else is needed. An answer "
            "does not depend on what else is asked with it.",
        .minimum_inputs = 1,
        .maximum_inputs = 1'000'000,
        .wanted = "a checkpoint and at least one input",
        .options =
            {
                {"top", "K", "how many classes to name, most probable first", "1"},
                {"out", "FILE", "write all outputs to a .h5, .csv, .json or .npy file", "", false, 'o'},
                {"data", "GRAPH", "the samples of this graph's data section: its test, else its holdout, else all"},
                {"network", "NAME", "of a program of several networks: the one that answers"},
                {"node", "NAME", "of a program of one network: what this node puts out"},
                {"resize", "", "scale images of another size; without it they are refused"},
            },
        .examples = {"predict runs/mnist_cnn/best.h5 digit.png --top 3",
                     "predict runs/mnist_cnn/best.h5 digits.npy --out answers.csv"},
        .run = run,
    };
}

}  // namespace runner
