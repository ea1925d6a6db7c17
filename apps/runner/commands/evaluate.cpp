// runner evaluate: the metrics of a checkpoint on a data set.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "apps/runner/commands/commands.hpp"
#include "apps/runner/options/arguments.hpp"
#include "apps/runner/terminal/print.hpp"
#include "apps/runner/terminal/quantity.hpp"
#include "apps/runner/terminal/table.hpp"
#include "apps/runner/terminal/terminal.hpp"
#include "plexus/evaluation.hpp"

namespace runner {
namespace {

using plexus::Evaluation;
using plexus::NamedMatrix;

nlohmann::ordered_json as_json(const NamedMatrix& matrix) {
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < matrix.rows; ++i) {
        const auto first = matrix.values.begin() + static_cast<std::ptrdiff_t>(i * matrix.columns);
        rows.push_back(std::vector<double>(first, first + static_cast<std::ptrdiff_t>(matrix.columns)));
    }
    return rows;
}

nlohmann::ordered_json as_json(const Evaluation& evaluation) {
    nlohmann::ordered_json result{
        {"metrics", nlohmann::ordered_json::object()}, {"samples", evaluation.samples}, {"data", evaluation.data}};
    for (const auto& [name, value] : evaluation.metrics)
        result["metrics"][name] = value;
    for (const NamedMatrix& matrix : evaluation.matrices)
        result["matrices"][matrix.name] = as_json(matrix);
    return result;
}

std::string class_name(const Evaluation& evaluation, std::size_t index) {
    return index < evaluation.classes.size() ? evaluation.classes[index] : std::to_string(index);
}

// Rows are what a sample is, columns what the network said.
std::string as_text(const Evaluation& evaluation, const NamedMatrix& matrix) {
    std::vector<Table::Column> columns{{"", Table::Align::left}};
    for (std::size_t j = 0; j < matrix.columns; ++j)
        columns.push_back({printable(class_name(evaluation, j)), Table::Align::right});
    Table table{std::move(columns)};
    for (std::size_t i = 0; i < matrix.rows; ++i) {
        std::vector<std::string> cells{class_name(evaluation, i)};
        for (std::size_t j = 0; j < matrix.columns; ++j)
            cells.push_back(fmt::format("{:g}", matrix.values[i * matrix.columns + j]));
        table.row(std::move(cells));
    }
    return fmt::format("\n{} (a row for each true class)\n{}", printable(matrix.name), table.text(2));
}

int run(const Arguments& arguments) {
    plexus::EvaluationOptions options{arguments.inputs().front()};
    options.data = arguments.value("data");
    options.overrides = arguments.overrides();
    options.threads = arguments.threads();
    const plexus::Environment environment{arguments.environment()};
    const Evaluation evaluation = plexus::evaluate(environment, options);
    if (arguments.json()) {
        print_json(as_json(evaluation));
        return 0;
    }
    Table table{{{"", Table::Align::left}, {"", Table::Align::left}}};
    for (const auto& [name, value] : evaluation.metrics)
        table.row({name, brief(value)});
    table.row({"samples", fmt::format("{} ({})", grouped(evaluation.samples), evaluation.data)});
    print(table.text());
    for (const NamedMatrix& matrix : evaluation.matrices)
        print(as_text(evaluation, matrix));
    return 0;
}

}  // namespace

Command evaluate_command() {
    return {
        .name = "evaluate",
        .usage = "FILE [options]",
        .summary = "the metrics of a checkpoint on a data set",
        .description =
            "Computes loss and metrics of the network in a checkpoint on the test data of its program; without any, "
            "on what was held out; without that, on all of its data. The graph comes out of the checkpoint.",
        .wanted = "a checkpoint",
        .options =
            {
                {"data", "GRAPH", "a graph file whose data section is used instead of the checkpoint's"},
                {"set", "PATH=VALUE", "change the program, as in data.test.idx.images=mine.gz", "", true},
            },
        .examples = {"evaluate runs/mnist_mlp/best.h5", "evaluate runs/mnist_mlp/best.h5 --json"},
        .run = run,
    };
}

}  // namespace runner
