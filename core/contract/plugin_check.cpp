#include "plexus/plugin_check.hpp"

#include <algorithm>
#include <map>

#include "core/contract/behaviour_checks.hpp"
#include "core/contract/checks.hpp"
#include "core/contract/child.hpp"
#include "core/contract/running.hpp"
#include "core/contract/schema_check.hpp"
#include "core/contract/smallest.hpp"
#include "core/plugin/types.hpp"
#include "plexus/error.hpp"
#include "plexus/nearest.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds longest_search{10};  // for a smaller case
constexpr char field = '\x1f';

// What a child says beside its findings: the case that it is at, the ways to use the type that it found, why it could
// try none.
constexpr std::string_view at_case = "at", found_case = "case", none_tried = "none";

void tell_finding(const Finding& finding) {
    tell(text(finding.check, field, finding.subject, field, finding.what));
}

std::vector<std::string> fields_of(const std::string& line) {
    std::vector<std::string> fields{""};
    for (const char c : line)
        if (c == field)
            fields.emplace_back();
        else
            fields.back() += c;
    return fields;
}

// One type. Each check has a child of its own, so that one that crashes keeps none of the others from being done.
class TypeCheck {
public:
    TypeCheck(const Environment& environment, const Schema& schema, const PluginCheckOptions& options)
        : environment_(environment), schema_(schema), options_(options) {
        result_.kind = schema.kind();
        result_.type = schema.type();
        result_.surrogate_gradient = schema.surrogate_gradient();
    }

    CheckedType run() {
        const auto start = Clock::now();
        if (wants("schema"))
            check_schema_and_end();
        if (has_examples(schema_.kind()))
            check_examples();
        else if (wants(to_string(schema_.kind())) || options_.check == "examples")
            check_uses();
        result_.seconds = std::chrono::duration<double>(Clock::now() - start).count();
        return std::move(result_);
    }

private:
    [[nodiscard]] bool wants(std::string_view check) const {
        return options_.check.empty() ? options_.use.empty() || check != "schema" : options_.check == check;
    }

    [[nodiscard]] ChildOptions child_options() const {
        return {.patience = options_.patience, .fork = !options_.in_process};
    }

    [[nodiscard]] CheckSettings settings() const { return {.seed = options_.seed, .fork = !options_.in_process}; }

    // The same fault in another use is none that has to be told again.
    [[nodiscard]] bool is_news(const std::vector<std::string>& fields) const {
        return std::ranges::none_of(result_.findings, [&](const CheckFinding& finding) {
            return finding.check == fields[0] && finding.what == fields[2];
        });
    }

    // A library's static objects are destroyed whatever type is used: any child will do.
    void check_schema_and_end() {
        const auto work = [&] {
            for (const Finding& finding : check_schema(schema_, environment_.types()))
                tell_finding(finding);
        };
        ChildOptions options = child_options();
        options.destroys = true;
        do_check("schema", work, options);
    }

    bool do_check(const std::string& name, const std::function<void()>& work) {
        return do_check(name, work, child_options());
    }

    // Returns whether there was nothing to object to.
    bool do_check(const std::string& name, const std::function<void()>& work, const ChildOptions& options) {
        if (options_.on_check)
            options_.on_check(schema_.kind(), schema_.type(), name);
        const std::size_t before = result_.findings.size();
        std::string subject = schema_.type();
        const ChildEnd end = in_child(work, options);
        for (const std::string& line : end.lines) {
            const std::vector<std::string> fields = fields_of(line);
            if (fields[0] == at_case)
                subject = fields[1];
            else if (fields[0] == found_case)
                cases_.push_back(example_from(fields[1], schema_.kind(), environment_));
            else if (fields[0] == none_tried)
                result_.not_tried = fields[1];
            else if (fields.size() == 3 && is_news(fields))
                result_.findings.push_back({fields[0], fields[1], fields[2], {}});
        }
        if (!end.fault.empty())
            result_.findings.push_back({name, subject, end.fault, {}});
        const bool passed = result_.findings.size() == before;
        if (passed && result_.not_tried.empty())
            result_.passed.push_back(name);
        return passed;
    }

    void check_uses() {
        const UseSettings with{.written = options_.use,
                               .fork = !options_.in_process,
                               .trying = [](const std::string& use) { tell(text(at_case, field, use)); }};
        do_check(std::string(to_string(schema_.kind())), [&] {
            const UsesTried tried = check_other(schema_, environment_, with);
            for (const Finding& finding : tried.findings)
                tell_finding(finding);
            if (!tried.refusal.empty())
                tell(text(none_tried, field, tried.refusal));
        });
        if (!result_.not_tried.empty())
            result_.case_to_fill_in = use_to_fill_in(schema_, environment_.types());
    }

    void check_examples() {
        if (!find_cases())
            return leave_out_from(0);
        const auto& checks = example_checks();
        for (std::size_t i = 0; i < checks.size(); ++i) {
            const bool declared_otherwise = checks[i].is_of_derivative && !schema_.surrogate_gradient().empty();
            if (!wants(checks[i].name) || declared_otherwise)
                continue;
            if (checks[i].looks_at_numbers && !domains_chosen_)
                choose_domains();
            const bool passed = do_check(checks[i].name, [&] { run_cases(checks[i]); });
            if (!passed)
                shrink(checks[i]);
            if (!passed && checks[i].comes_first)
                return leave_out_from(i + 1);
        }
    }

    bool find_cases() {
        if (!options_.use.empty())
            return take_case(example_from(options_.use, schema_.kind(), environment_));
        const bool found = do_check("examples", [&] {
            Findings findings;
            const auto trying = [](const Example& example) { tell(text(at_case, field, to_string(example))); };
            for (const Example& example : examples_of(environment_, schema_, findings, trying))
                tell(text(found_case, field, to_string(example)));
            for (const Finding& finding : findings)
                tell_finding(finding);
        });
        result_.cases = cases_.size();
        return found;
    }

    bool take_case(const Example& example) {
        const bool planned = do_check("examples", [&] {
            try {
                tell(text(at_case, field, to_string(example)));
                static_cast<void>(modes_of(example));
            } catch (const InputError& error) {
                tell_finding(
                    {"examples", to_string(example), text("cannot be planned: ", without_places(error.what()))});
            }
        });
        cases_.push_back(example);
        return planned;
    }

    // Not before it is known that no memory is harmed. What goes wrong here goes wrong again in the check.
    void choose_domains() {
        domains_chosen_ = true;
        const ChildEnd end = in_child(
            [&] {
                for (std::size_t i = 0; i < cases_.size(); ++i)
                    if (wants_unit_numbers(cases_[i]))
                        tell(std::to_string(i));
            },
            child_options());
        for (const std::string& line : end.lines)
            cases_[std::stoul(line)].domain = Domain::unit;
    }

    static bool wants_unit_numbers(const Example& example) {
        try {
            return example.domain == Domain::normal && domain_of(example) == Domain::unit;
        } catch (const SampleError&) {
            return false;
        }
    }

    // Where a class is counted from 0, a length is not: the example becomes one that is not refused.
    [[nodiscard]] Findings run_case(const ExampleCheck& check, Example& example) const {
        try {
            return check.run(example, settings());
        } catch (const SampleError&) {
            if (example.domain != Domain::normal)
                throw;
        }
        example.domain = Domain::counted;
        tell(text(at_case, field, to_string(example)));
        return check.run(example, settings());
    }

    // The first case that fails is enough.
    void run_cases(const ExampleCheck& check) const {
        std::size_t refused = 0;
        for (Example example : cases_) {
            tell(text(at_case, field, to_string(example)));
            Findings findings;
            try {
                findings = run_case(check, example);
            } catch (const SampleError& error) {
                // It cannot use such data, and says so as it should; but some it must be able to use.
                if (++refused == cases_.size())
                    tell(text(check.name, field, to_string(example), field,
                              "refuses the data of this case and of every other: ", error.what()));
                continue;
            }
            if (findings.empty())
                continue;
            tell(text(findings.front().check, field, to_string(example), field, findings.front().what));
            return;
        }
    }

    void shrink(const ExampleCheck& check) {
        CheckFinding& finding = result_.findings.back();
        if (options_.in_process || !options_.use.empty())
            return;
        const auto deadline = Clock::now() + longest_search;
        const auto fails = [&](const Example& candidate) {
            if (Clock::now() > deadline)
                return false;
            const ChildEnd end = in_child(
                [&] {
                    try {
                        for (const Finding& each : check.run(candidate, settings()))
                            tell_finding(each);
                    } catch (const InputError&) {
                        return;  // cannot be planned
                    }
                },
                child_options());
            return !end.lines.empty() || !end.fault.empty();
        };
        const std::string small =
            to_string(smallest(example_from(finding.subject, schema_.kind(), environment_), fails));
        if (small != finding.subject)
            finding.smallest = small;
    }

    void leave_out_from(std::size_t first) {
        const auto& checks = example_checks();
        for (std::size_t i = first; i < checks.size(); ++i)
            if (wants(checks[i].name))
                result_.left_out.emplace_back(checks[i].name);
    }

    const Environment& environment_;
    const Schema& schema_;
    const PluginCheckOptions& options_;
    CheckedType result_;
    std::vector<Example> cases_;
    bool domains_chosen_ = false;
};

void require_known(const std::string& what, const std::string& name, const std::vector<std::string>& known) {
    if (!name.empty() && std::ranges::find(known, name) == known.end())
        throw InputError(text("there is no ", what, " '", name, "'", suggestion(name, known, "there are")));
}

// A type that has inputs has them in its case, after the attributes; other types have attributes alone.
bool has_inputs(const std::string& use) {
    return use.find(" on ") != std::string::npos && !use.ends_with('}');
}

std::vector<const Schema*> chosen_types(const Environment& environment, const Environment::PluginInfo& plugin,
                                        const PluginCheckOptions& options) {
    const std::string only = options.use.empty() ? options.type : options.use.substr(0, options.use.find(' '));
    std::vector<std::string> names;
    std::vector<const Schema*> chosen;
    for (const auto& [kind, type] : plugin.types) {
        names.push_back(type);
        for (const Schema* schema : environment.types().all(kind))
            if (schema->type() == type && (only.empty() || only == type))
                chosen.push_back(schema);
    }
    require_known("type", only, names);
    if (options.use.empty())
        return chosen;
    if (only.empty())
        throw InputError(text("'", options.use, "' is no case; it begins with the name of a type"));
    const Kind kind = chosen.front()->kind();
    std::erase_if(chosen,
                  [&](const Schema* schema) { return has_examples(schema->kind()) != has_inputs(options.use); });
    if (!chosen.empty())
        return chosen;
    if (!has_examples(kind))
        throw InputError(
            text(only, " is no layer, loss or metric: its case has no inputs, as in '", only, " {attribute: value}'"));
    static_cast<void>(example_from(options.use, kind, environment));  // says how a case is written
    return chosen;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> check_names() {
    std::vector<std::pair<std::string, std::string>> names{
        {"schema", "attributes have help, defaults and ranges that are held to"},
        {"examples", "some input is taken, with attributes made from the schema"}};
    for (const ExampleCheck& check : example_checks())
        names.emplace_back(check.name, check.promise);
    for (const auto& [kind, promise] :
         std::map<Kind, const char*>{{Kind::optimizer, "parameters change, to the same bits in whatever tiles"},
                                     {Kind::schedule, "values are finite, and depend on the progress alone"},
                                     {Kind::initializer, "all values are assigned, finite, and decided by the key"},
                                     {Kind::dataset, "samples are the same in whatever order they are read"},
                                     {Kind::format, "what was written is read, and what is damaged refused"},
                                     {Kind::model, "the template expands to a network that can be planned"}})
        names.emplace_back(to_string(kind), promise);
    return names;
}

std::vector<CheckedType> check_plugin(const Environment& environment, const Environment::PluginInfo& plugin,
                                      const PluginCheckOptions& options) {
    std::vector<std::string> checks;
    for (const auto& [name, promise] : check_names())
        checks.push_back(name);
    require_known("check", options.check, checks);
    std::vector<CheckedType> checked;
    for (const Schema* schema : chosen_types(environment, plugin, options))
        checked.push_back(TypeCheck{environment, *schema, options}.run());
    return checked;
}

}  // namespace plexus
