#include "apps/runner/commands/check_plugin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "apps/runner/terminal/print.hpp"
#include "apps/runner/terminal/progress.hpp"
#include "apps/runner/terminal/quantity.hpp"
#include "apps/runner/terminal/table.hpp"
#include "apps/runner/terminal/terminal.hpp"
#include "plexus/error.hpp"
#include "plexus/plugin_check.hpp"

namespace runner {
namespace {

using nlohmann::ordered_json;
using plexus::CheckedType;
using plexus::CheckFinding;
using Plugin = plexus::Environment::PluginInfo;

// The command that was given, without its choice of types, checks and cases.
std::string command(const Arguments& arguments) {
    std::string line = fmt::format("{} check {}", arguments.program(), shell_word(arguments.inputs().front()));
    for (const char* option : {"plugin-dir", "seed"})
        for (const std::string& value : arguments.values(option))
            line += fmt::format(" --{} {}", option, shell_word(value));
    return line;
}

// That tries a type which nothing was known to try with, once somebody has filled in what is in capitals.
std::string with_case(const Arguments& arguments, const CheckedType& checked) {
    return command(arguments) + " --case " + shell_word(checked.case_to_fill_in);
}

// The command that shows a finding again, in one process, for a debugger.
std::string again(const Arguments& arguments, const CheckedType& checked, const CheckFinding& finding) {
    std::string line = command(arguments);
    const std::string& smallest = finding.smallest.empty() ? finding.subject : finding.smallest;
    line += " --only " + shell_word(finding.check);
    // What is wrong with the schema, or with all that it leads to, has no case to name.
    const bool has_case =
        finding.check != "schema" &&
        (smallest.starts_with(checked.type + " ") || finding.check == to_string(checked.kind) || arguments.has("case"));
    line += has_case ? " --case " + shell_word(smallest) : " --type " + checked.type;
    return line + " --in-process";
}

ordered_json as_json(const Arguments& arguments, const Plugin& plugin, const std::vector<CheckedType>& all) {
    ordered_json types = ordered_json::array();
    ordered_json untried = ordered_json::array();
    bool passed = true;
    for (const CheckedType& checked : all) {
        ordered_json findings = ordered_json::array();
        for (const CheckFinding& finding : checked.findings)
            findings.push_back({{"check", finding.check},
                                {"case", finding.subject},
                                {"what", finding.what},
                                {"smallest", finding.smallest.empty() ? finding.subject : finding.smallest},
                                {"again", again(arguments, checked, finding)}});
        passed = passed && checked.findings.empty();
        ordered_json not_tried;
        if (!checked.not_tried.empty()) {
            untried.push_back(checked.type);
            not_tried = {
                {"why", checked.not_tried}, {"case", checked.case_to_fill_in}, {"try", with_case(arguments, checked)}};
        }
        types.push_back({{"kind", to_string(checked.kind)},
                         {"type", checked.type},
                         {"cases", checked.cases},
                         {"passed", checked.passed},
                         {"left_out", checked.left_out},
                         {"surrogate_gradient", checked.surrogate_gradient},
                         {"not_tried", std::move(not_tried)},
                         {"findings", std::move(findings)},
                         {"seconds", checked.seconds}});
    }
    return {{"name", plugin.name}, {"version", plugin.version},       {"file", plugin.path.string()},
            {"passed", passed},    {"not_tried", std::move(untried)}, {"types", std::move(types)}};
}

std::string listed(const std::vector<std::string>& names) {
    return fmt::format("{}", fmt::join(names, ", "));
}

std::string verdict(const CheckedType& checked) {
    if (checked.findings.empty() && !checked.not_tried.empty())
        return "not tried, see below";
    if (checked.findings.empty())
        return counted(checked.passed.size(), "check") + " passed";
    std::vector<std::string> failed;
    for (const CheckFinding& finding : checked.findings)
        if (std::ranges::find(failed, finding.check) == failed.end())
            failed.push_back(finding.check);
    return "fails: " + listed(failed);
}

std::string as_text(const Arguments& arguments, const CheckedType& checked, const CheckFinding& finding) {
    std::string page = bold(stdout, fmt::format("{}: {}", printable(checked.type), finding.check)) + "\n";
    page += "  " + printable(finding.what, "\n") + "\n";
    Table facts{{{""}, {""}}};
    if (finding.subject != checked.type)
        facts.row({"case", printable(finding.subject)});
    if (!finding.smallest.empty())
        facts.row({"smallest", printable(finding.smallest)});
    facts.row({"again", again(arguments, checked, finding)});
    return page + facts.text(2);
}

std::string untried_as_text(const Arguments& arguments, const CheckedType& checked) {
    std::string page = bold(stdout, fmt::format("{}: not tried", printable(checked.type))) + "\n";
    page += "  what it wants is not in its schema; name a case, with what is in capitals filled in\n";
    Table facts{{{""}, {""}}};
    facts.row({"it said", printable(checked.not_tried)});
    facts.row({"try", printable(with_case(arguments, checked))});
    return page + facts.text(2);
}

std::string as_text(const Arguments& arguments, const Plugin& plugin, const std::vector<CheckedType>& all) {
    std::string page = printable(fmt::format("{} {} fits this Plexus and registers {}\n", plugin.name, plugin.version,
                                             counted(plugin.types.size(), "type")),
                                 "\n");
    Table types{{{""}, {""}, {"", Table::Align::right}, {""}}};
    for (const CheckedType& checked : all)
        types.row({std::string{to_string(checked.kind)}, printable(checked.type),
                   checked.cases == 0 ? "" : counted(checked.cases, "case"), verdict(checked)});
    page += types.text(2);
    for (const CheckedType& checked : all) {
        if (!checked.surrogate_gradient.empty())
            page += printable(fmt::format("\n{}: gradients are not compared, for backward() is declared to be {}\n",
                                          checked.type, checked.surrogate_gradient),
                              "\n");
        for (const CheckFinding& finding : checked.findings)
            page += "\n" + as_text(arguments, checked, finding);
        if (!checked.not_tried.empty())
            page += "\n" + untried_as_text(arguments, checked);
        if (!checked.left_out.empty())
            page += fmt::format("\n{}: not done before that is mended: {}\n", printable(checked.type),
                                listed(checked.left_out));
    }
    return page;
}

plexus::PluginCheckOptions check_options(const Arguments& arguments) {
    constexpr std::uint64_t day = 86'400;
    return {.type = arguments.value("type"),
            .check = arguments.value("only"),
            .use = arguments.value("case"),
            .seed = static_cast<std::uint32_t>(arguments.number("seed", 1, 0, 0xFFFFFFFFU)),
            .in_process = arguments.has("in-process"),
            .patience = std::chrono::seconds{arguments.number("patience", 60, 0, day)}};
}

}  // namespace

int check_plugin(const Arguments& arguments, const std::filesystem::path& file) {
    for (const char* option : {"set", "data"})
        if (arguments.has(option))
            throw plexus::InputError(fmt::format("--{} is for a graph; {} is a plugin", option, file.string()));
    plexus::Environment::Options options = arguments.environment();
    options.plugins.push_back(file);
    const plexus::Environment environment{options};
    const Plugin& plugin = environment.plugins().front();

    Progress progress(stderr);
    std::size_t done = 0;
    plexus::PluginCheckOptions settings = check_options(arguments);
    if (!arguments.quiet())
        settings.on_check = [&](plexus::Kind, const std::string& type, const std::string& check) {
            // A check is done when the next begins; ten to a type, more or less.
            const double share = static_cast<double>(done++) / static_cast<double>(10 * plugin.types.size());
            if (progress.due())
                progress.draw(printable(type), std::min(share, 1.0), check);
        };
    const std::vector<CheckedType> checked = plexus::check_plugin(environment, plugin, settings);
    progress.clear();
    if (arguments.json())
        print_json(as_json(arguments, plugin, checked));
    else
        print(as_text(arguments, plugin, checked));
    finish_output();
    const auto failed = std::ranges::count_if(checked, [](const auto& type) { return !type.findings.empty(); });
    if (failed != 0 && !arguments.quiet())
        note(printable(
                 fmt::format("{}: {} of {} not as promised", file.string(), failed, counted(checked.size(), "type"))) +
             "\n");
    const auto untried = std::ranges::count_if(checked, [](const auto& type) { return !type.not_tried.empty(); });
    if (untried != 0 && !arguments.quiet())
        note(printable(fmt::format("{}: {} of {} not tried", file.string(), untried, counted(checked.size(), "type"))) +
             "\n");
    // Without the plugin's static destructors: what they do must not change the verdict.
    std::_Exit(failed == 0 ? 0 : 2);
}

}  // namespace runner
