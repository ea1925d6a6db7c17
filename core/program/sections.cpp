#include "core/program/sections.hpp"

#include <algorithm>

#include "core/diagnostic/nearest.hpp"
#include "core/plugin/types.hpp"
#include "core/schema/json_schema.hpp"
#include "core/schema/scalar.hpp"
#include "plexus/text.hpp"

namespace plexus {

namespace {

using Form = AttributeSpec::Form;

Schema program_schema() {
    Schema s(Kind::model, "program", "everything that a run needs to know");
    s.any("data", {}, "where samples come from");
    s.any("model", {}, "a template that makes the network, instead of 'network'");
    s.any("network", {}, "the nodes, each reading the one before unless 'inputs' says otherwise");
    s.any("loss", {}, "what training makes small: a loss, or a list of them, whose sum it is");
    s.any("metrics", {}, "what evaluation counts, a list");
    s.any("networks", {}, "several networks by their names, instead of 'network'; phases call them");
    s.any("phases", {}, "what a step consists of, where there is more than one network or loss; a list");
    s.any("samples", {}, "pictures that a network makes while it learns");
    s.any("warnings", {}, "what to tell whoever watches the training, a list");
    s.any("train", {}, "how to train; without it the program runs forward only");
    return s;
}

Schema data_schema() {
    Schema s(Kind::model, "data", "where samples come from");
    s.typed("source", Kind::dataset, "", "the data set to train on");
    s.typed("test", Kind::dataset, "", "the data set to evaluate on at the end");
    s.optional("holdout", Form::number,
               "samples kept for evaluation, from the end: a number of them, or a fraction below 1; without it, those "
               "that the data set itself holds out")
        .at_least(0);
    s.attribute("shuffle", true, "whether each epoch has an order of its own");
    s.optional("classes", Form::strings, "names of the classes; without it the data set's own");
    s.attribute("on_bad_sample", "stop", "what a sample that cannot be read does").choices({"stop", "skip"});
    return s;
}

Schema train_schema() {
    constexpr double many = 1e6;
    Schema s(Kind::model, "train", "how to train");
    s.attribute("epochs", 1, "passes over the training data").range(1, 1e9);
    s.attribute("batch", 32, "samples per step").range(1, many);
    s.attribute("shard", 16, "samples per slice of a batch, the unit of parallel work; results depend on it")
        .range(1, many);
    s.attribute("seed", 1, "of all random numbers").range(0, 4294967295.0);
    s.attribute("precision", "float32",
                "what products are made of; weights, sums, losses and statistics are float32 in each. bf16 wants a "
                "processor with instructions for it, emulated_bf16 only computes as if there were")
        .choices({"float32", "bf16", "emulated_bf16"});
    s.typed("optimizer", Kind::optimizer, "", "how gradients change the weights");
    s.optional("epoch_of", Form::string, "the phase whose pass over the data is an epoch; without it, the first");
    s.any("early_stopping", {}, "when to stop before the last epoch");
    s.any("best", {}, "which metric decides what best.h5 holds");
    s.any("save_every", {}, "time between checkpoints, {epoch: 1} or {step: 500}");
    s.optional("max_time", Form::number, "seconds after which training stops and saves").above(0);
    return s;
}

Schema phase_schema() {
    constexpr double many = 1e6;
    Schema s(Kind::model, "phase", "a kind of step: what it computes, makes small, and changes for that");
    s.any("nodes", {}, "layers and calls of networks, each reading the one before unless 'inputs' says otherwise");
    s.any("loss", {}, "what the phase makes small: a loss, or a list of them, whose sum it is");
    s.any("metrics", {}, "what is counted, a list");
    s.any("updates", {}, "the networks that learn: a name, or a list of them");
    s.typed("optimizer", Kind::optimizer, "", "how gradients change these; without it, that of 'train'");
    s.attribute("every", 1, "the phase falls due in each so many rounds").range(1, many);
    s.attribute("steps", 1, "so many times in a row, on new data each time").range(1, many);
    s.attribute("gradient_norm", false, "whether the norm of all its gradients together is reported");
    return s;
}

Schema samples_schema() {
    Schema s(Kind::model, "samples", "pictures that a network makes, always from the same inputs, while it learns");
    s.required("network", Form::string, "the network whose output they are, as its first call reads its inputs");
    s.any("every", Value::Map{{"epoch", Value{1}, {}}}, "time between them, {epoch: 1} or {step: 500}");
    s.attribute("count", 64, "how many in one picture").range(1, 4096);
    s.optional("range", Form::numbers, "the values that are black and white, [0, 1] without it");
    return s;
}

Schema warning_schema() {
    Schema s(Kind::model, "warning", "what to tell whoever watches the training, once it has come to that");
    s.required("metrics", Form::strings, "names of metrics of training, all of which must be beyond the bound");
    s.optional("above", Form::number, "a bound");
    s.optional("below", Form::number, "a bound");
    s.attribute("steps", 500, "the steps over which each metric is taken").range(1, 1e9);
    s.required("reason", Form::string, "what it means");
    return s;
}

Schema early_stopping_schema() {
    Schema s(Kind::model, "early_stopping", "when to stop before the last epoch");
    s.attribute("metric", "loss", "of the holdout: loss, or a metric's name");
    s.attribute("patience", 1, "epochs without improvement that are allowed").at_least(1);
    s.attribute("minimum_change", 0.0, "a smaller improvement does not count").at_least(0);
    return s;
}

Schema best_schema() {
    Schema s(Kind::model, "best", "which metric decides what best.h5 holds");
    s.attribute("metric", "loss", "of the holdout: loss, or a metric's name");
    return s;
}

std::vector<std::string> keys(const Schema& schema) {
    std::vector<std::string> names;
    for (const AttributeSpec& spec : schema.attributes())
        names.push_back(spec.name);
    return names;
}

bool declares(const Schema& schema, std::string_view name) {
    const auto& all = schema.attributes();
    return std::any_of(all.begin(), all.end(), [&](const AttributeSpec& spec) { return spec.name == name; });
}

/// "; it belongs to the attributes of 'sgd'": what was written beside a typed value but is one of its attributes.
std::string owner_in(const Schema& schema, const Value& written, const std::string& name, const Types& types) {
    for (const AttributeSpec& spec : schema.attributes()) {
        const Value* use = spec.form == Form::typed ? written.find(spec.name) : nullptr;
        if (use == nullptr || (use->is_map() && use->map().size() != 1) || (!use->is_map() && !use->is_string()))
            continue;
        const std::string& type = use->is_map() ? use->map().front().name : use->string();
        if (const Schema* found = types.find(spec.kind, type); found != nullptr && declares(*found, name))
            return text("; it belongs to the attributes of '", type, "'");
    }
    return {};
}

std::string place_of(const Section& section) {
    return section.path.empty() ? "at the top level" : "in '" + section.path + "'";
}

std::string advice(const Schema& schema, const Value& written, const std::string& name, const Types& types) {
    if (std::string owner = owner_in(schema, written, name, types); !owner.empty())
        return owner;
    const std::vector<std::string> own = keys(schema);
    const bool is_near = !nearest(name, own).empty();
    // The key of an inner section says less than a near one of this: 'metric' is meant to be 'metrics'.
    for (const Section& other : program_sections())
        if (declares(other.schema, name) && !(is_near && other.path.find('.') != std::string::npos))
            return "; it belongs " + place_of(other);
    if (!is_near)
        for (const Section& other : program_sections())
            if (const std::string near = nearest(name, keys(other.schema)); !near.empty())
                return text("; did you mean '", near, "' ", place_of(other), "?");
    return suggestion(name, own, "it has");
}

}  // namespace

std::span<const Section> program_sections() {
    static const std::vector<Section> sections{{"", program_schema()},
                                               {"data", data_schema()},
                                               {"phases", phase_schema()},
                                               {"samples", samples_schema()},
                                               {"warnings", warning_schema()},
                                               {"train", train_schema()},
                                               {"train.early_stopping", early_stopping_schema()},
                                               {"train.best", best_schema()}};
    return sections;
}

const Schema* find_section(std::string_view path) {
    for (const Section& section : program_sections())
        if (section.path == path)
            return &section.schema;
    return nullptr;
}

std::string graph_file_schema(const Types& types) {
    std::vector<std::pair<std::string, const Schema*>> sections;
    for (const Section& section : program_sections())
        sections.emplace_back(section.path, &section.schema);
    std::vector<const Schema*> all;
    for (int kind = 0; kind <= static_cast<int>(Kind::model); ++kind)
        for (const Schema* schema : types.all(static_cast<Kind>(kind)))
            all.push_back(schema);
    return json_schema(sections, all);
}

void check_keys(std::string_view path, const Value& written, const Types& types) {
    const Schema& schema = *find_section(path);
    const std::string title = path.empty()         ? "a program"
                              : path == "phases"   ? "a phase"
                              : path == "warnings" ? "a warning"
                                                   : "'" + std::string(path) + "'";
    if (!written.is_map())
        throw InputError(written.position,
                         text(title, " is a map of ", alternatives(keys(schema)), ", not ", describe(written)));
    for (const Member& member : written.map())
        if (!declares(schema, member.name))
            throw InputError(member.position,
                             text(title, " has no '", member.name, "'", advice(schema, written, member.name, types)));
}

Attributes check_section(std::string_view path, const Value& written, const Types& types) {
    check_keys(path, written, types);
    const auto resolve = [](const void* registry, Kind kind, const Value& value) {
        return static_cast<const Types*>(registry)->resolve(kind, value);
    };
    return find_section(path)->validate(written, written.position, {}, resolve, &types);
}

}  // namespace plexus
