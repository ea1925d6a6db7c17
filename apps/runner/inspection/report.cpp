#include "apps/runner/inspection/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "apps/runner/inspection/statistics.hpp"
#include "apps/runner/terminal/quantity.hpp"
#include "apps/runner/terminal/table.hpp"
#include "apps/runner/terminal/terminal.hpp"

namespace runner {
namespace {

using plexus::Checkpoint;
using plexus::CheckpointTensor;
using plexus::HistoryRow;

constexpr auto right = Table::Align::right;

std::vector<std::string> parts_of(const std::string& path) {
    std::vector<std::string> parts;
    std::size_t begin = 1;
    for (std::size_t end = 0; end != std::string::npos; begin = end + 1) {
        end = path.find('/', begin);
        parts.push_back(path.substr(begin, end - begin));
    }
    return parts;
}

std::string share_of(std::size_t part, std::size_t whole) {
    return part == 0 ? "0" : percent(static_cast<double>(part) / static_cast<double>(whole));
}

void add_tensor(Table& table, const std::string& name, const CheckpointTensor& tensor) {
    const Statistics s = statistics(as_doubles(tensor.values.view()));
    std::string remark;
    if (s.nans + s.infinities > 0)
        remark += fmt::format("{} NaN, {} infinite", grouped(s.nans), grouped(s.infinities));
    if (!tensor.checked)
        remark += remark.empty() ? "unchecked" : "; unchecked";
    table.row({name, to_string(tensor.values.shape()), std::string{to_string(tensor.values.type().element)},
               brief(s.mean), brief(s.deviation), brief(s.minimum), brief(s.maximum), brief(s.norm),
               share_of(s.zeros, s.elements), remark});
}

// Groups that a tensor does not share with the one before it get lines of their own.
std::string tensor_tree(const Checkpoint& checkpoint, const std::string& path) {
    Table table{{{"tensor"},
                 {"shape"},
                 {"type"},
                 {"mean", right},
                 {"std", right},
                 {"min", right},
                 {"max", right},
                 {"norm", right},
                 {"zeros", right},
                 {""}}};
    std::vector<std::string> before;
    for (const CheckpointTensor& tensor : checkpoint.tensors()) {
        if (!is_below(tensor.path, path))
            continue;
        const std::vector<std::string> parts = parts_of(tensor.path);
        const std::size_t shared = static_cast<std::size_t>(std::ranges::mismatch(before, parts).in1 - before.begin());
        for (std::size_t depth = shared; depth + 1 < parts.size(); ++depth)
            table.row({std::string(2 * depth, ' ') + parts[depth] + "/"});
        add_tensor(table, std::string(2 * (parts.size() - 1), ' ') + parts.back(), tensor);
        before.assign(parts.begin(), parts.end() - 1);
    }
    return table.empty() ? "no tensors\n" : table.text();
}

std::string histogram_text(const CheckpointTensor& tensor) {
    const std::vector<double> values = as_doubles(tensor.values.view());
    const Statistics s = statistics(values);
    if (s.finite == 0)
        return "no finite values\n";
    const Histogram bars = histogram(values, s);
    if (bars.width == 0)
        return fmt::format("all {} are {}\n", counted(s.finite, "finite value"), brief(s.minimum));
    constexpr std::size_t longest = 50;
    const std::size_t most = *std::ranges::max_element(bars.counts);
    Table table{{{"from", right}, {"values", right}, {""}}};
    for (std::size_t i = 0; i < Histogram::parts; ++i)
        table.row({brief(bars.minimum + static_cast<double>(i) * bars.width), grouped(bars.counts[i]),
                   std::string((bars.counts[i] * longest + most - 1) / most, '#')});
    return table.text(2);
}

std::string few_values(const CheckpointTensor& tensor) {
    constexpr std::size_t few = 16;
    const std::vector<double> values = as_doubles(tensor.values.view());
    if (values.empty() || values.size() > few)
        return {};
    std::string text = "values:";
    for (const double value : values)
        text += " " + brief(value);
    return text + "\n";
}

std::int64_t weights_in(const Checkpoint& checkpoint) {
    std::int64_t sum = 0;
    for (const CheckpointTensor& tensor : checkpoint.tensors())
        if (is_below(tensor.path, "/networks"))
            sum += tensor.values.shape().elements();
    return sum;
}

}  // namespace

std::string history_table(const Checkpoint& checkpoint) {
    std::vector<std::string> names;  // in order of first appearance
    std::vector<std::pair<std::pair<std::int64_t, std::int64_t>, std::map<std::string, double>>> rows;
    for (const HistoryRow& row : checkpoint.history()) {
        const std::string name = row.split + " " + row.metric;
        if (std::ranges::find(names, name) == names.end())
            names.push_back(name);
        const std::pair place{row.epoch, row.step};
        if (rows.empty() || rows.back().first != place)
            rows.push_back({place, {}});
        rows.back().second[name] = row.value;
    }
    if (rows.empty())
        return "no history\n";
    std::vector<Table::Column> columns{{"epoch", right}, {"step", right}};
    for (const std::string& name : names)
        columns.push_back({printable(name), right});
    Table table{std::move(columns)};
    for (const auto& [place, values] : rows) {
        std::vector<std::string> cells{grouped(place.first), grouped(place.second)};
        for (const std::string& name : names) {
            const auto value = values.find(name);
            cells.push_back(value == values.end() ? "" : brief(value->second));
        }
        table.row(std::move(cells));
    }
    return table.text();
}

std::string overview(const std::string& file, const Checkpoint& checkpoint) {
    Table facts{{{""}, {""}}};
    for (const auto& [name, value] : checkpoint.attributes())
        facts.row({name, value});
    facts.row({"weights", grouped(weights_in(checkpoint)) + " numbers below /networks"});
    if (!checkpoint.classes().empty()) {
        std::string names;
        for (const std::string& name : checkpoint.classes())
            names += (names.empty() ? "" : ", ") + printable(name);
        facts.row({"classes", fmt::format("{}: {}", checkpoint.classes().size(),
                                          names.size() > 60 ? names.substr(0, 57) + "..." : names)});
    }
    std::string text = bold(stdout, printable(file)) + "\n" + facts.text(2) + "\n" + tensor_tree(checkpoint, "") + "\n";
    text += "history\n" + history_table(checkpoint);
    const auto lines = std::ranges::count(checkpoint.graph(), '\n');
    return text + (checkpoint.graph().empty() ? "\nno graph\n"
                                              : fmt::format("\nthe graph that made it has {}: --graph prints it\n",
                                                            counted(static_cast<std::uint64_t>(lines), "line")));
}

std::string closer_look(const Checkpoint& checkpoint, const std::string& path) {
    constexpr std::size_t few = 8;
    std::vector<const CheckpointTensor*> chosen;
    for (const CheckpointTensor& tensor : checkpoint.tensors())
        if (is_below(tensor.path, path))
            chosen.push_back(&tensor);
    std::string text = tensor_tree(checkpoint, path);
    if (chosen.size() > few)
        return text;
    for (const CheckpointTensor* tensor : chosen)
        text += "\n" + bold(stdout, printable(tensor->path)) + "\n" + histogram_text(*tensor) + few_values(*tensor);
    return text;
}

std::string comparison_text(const Comparison& comparison, const std::string& first, const std::string& second) {
    if (comparison.equal())
        return fmt::format("no differences ({} agree bit for bit)\n", counted(comparison.same, "tensor"));
    std::string text;
    const auto list = [&](const std::string& file, const std::vector<std::string>& paths) {
        if (!paths.empty())
            text += "only in " + printable(file) + "\n";
        for (const std::string& path : paths)
            text += "  " + printable(path) + "\n";
    };
    list(first, comparison.only_first);
    list(second, comparison.only_second);
    Table attributes{{{"attribute"}, {printable(first)}, {printable(second)}}};
    for (const AttributeDifference& attribute : comparison.attributes)
        attributes.row({attribute.name, attribute.first, attribute.second});
    if (!attributes.empty())
        text += attributes.text() + "\n";
    Table tensors{{{"tensor"}, {"values that differ", right}, {"largest change", right}, {"relative change", right}}};
    for (const TensorDifference& tensor : comparison.changed)
        if (tensor.types.empty())
            tensors.row({tensor.path, fmt::format("{} of {}", grouped(tensor.values), grouped(tensor.elements)),
                         brief(tensor.largest_change), brief(tensor.relative_change)});
        else
            tensors.row({tensor.path, tensor.types});
    if (!tensors.empty())
        text += tensors.text();
    text += fmt::format("{} {} bit for bit\n", counted(comparison.same, "tensor"),
                        comparison.same == 1 ? "agrees" : "agree");
    if (comparison.graphs_differ)
        text += "the graphs differ\n";
    if (comparison.classes_differ)
        text += "the class names differ\n";
    if (comparison.histories_differ)
        text += "the histories differ\n";
    return text;
}

}  // namespace runner
