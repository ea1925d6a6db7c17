#include "core/program/read_sections.hpp"

#include <algorithm>
#include <cmath>

#include "core/diagnostic/nearest.hpp"
#include "core/plugin/types.hpp"
#include "core/program/expand.hpp"
#include "core/program/sections.hpp"
#include "core/schema/scalar.hpp"
#include "plexus/text.hpp"

namespace plexus {

namespace {

/// `name` and `inputs` around the attributes of one use, as they stand in an effective program.
Value written_out(const std::string& name, const TypedValue& use, const std::vector<Value>& inputs, double weight = 1) {
    Value::Map attributes;
    if (!name.empty())
        attributes.push_back({"name", name, {}});
    for (const Member& member : use.attributes.values().map())
        attributes.push_back(member);
    if (!inputs.empty())
        attributes.push_back({"inputs", inputs, {}});
    if (weight != 1)
        attributes.push_back({"weight", weight, {}});
    if (attributes.empty())
        return use.type;
    return Value(Value::Map{{use.type, Value(std::move(attributes)), use.position}});
}

/// Takes `weight` out of a loss: the sum's, not the type's.
double take_weight(Value& written) {
    Value* const attributes = written.is_map() && written.map().size() == 1 ? &written.map().front().value : nullptr;
    const Value* const weight = attributes != nullptr ? attributes->find("weight") : nullptr;
    if (weight == nullptr)
        return 1;
    if (!weight->is_number() || !std::isfinite(weight->number()))
        throw InputError(weight->position, text("a loss's 'weight' is a number, not ", describe(*weight)));
    const double value = weight->number();
    std::erase_if(attributes->map(), [](const Member& member) { return member.name == "weight"; });
    return value;
}

JudgeText read_judge(Kind kind, Value written, const Types& types, Value& effective) {
    JudgeText judge;
    if (kind == Kind::loss)
        judge.weight = take_weight(written);
    const Item item = read_item(written, to_string(kind));
    if (item.repeat != nullptr)
        throw InputError(item.repeat->position, text("a ", to_string(kind), " cannot be repeated"));
    judge.name = item.name == nullptr ? *item.use.type : item_names({written}, to_string(kind)).front();
    judge.use = types.resolve(kind, plain_use(item), reserved_names);
    judge.inputs = item_inputs(item);
    effective = written_out(item.name == nullptr ? std::string() : judge.name, judge.use, judge.inputs, judge.weight);
    return judge;
}

/// Class names are often written as numbers; here they are text.
Value with_named_classes(Value written) {
    Value* const classes = written.find("classes");
    if (classes == nullptr || !classes->is_list())
        return written;
    for (Value& name : classes->list())
        if (name.is_integer() || name.is_bool()) {
            const Position position = name.position;
            name = write_scalar(name);
            name.position = position;
        }
    return written;
}

/// Reads a section inside `train` and puts it, with its defaults, in the place of what was written.
std::optional<Attributes> inner_section(const std::string& name, const Attributes& train, const Types& types,
                                        Value& effective) {
    if (!train.has(name))
        return std::nullopt;
    Attributes inner = check_section("train." + name, train.raw(name), types);
    effective.set(name, inner.values());
    return inner;
}

/// Networks inside of a node are expanded as that around it, whatever type has them.
void expand_inner_networks(Value& use, const Types& types) {
    if (!use.is_map() || use.map().size() != 1 || !use.map().front().value.is_map())
        return;
    const Schema* schema = types.find(Kind::layer, use.map().front().name);
    Value& attributes = use.map().front().value;
    const auto of_form = [&](AttributeSpec::Form form, auto visit) {
        for (std::size_t i = 0; schema != nullptr && i < schema->attributes().size(); ++i)
            if (const AttributeSpec& spec = schema->attributes()[i]; spec.form == form)
                if (Value* found = attributes.find(spec.name))
                    visit(*found);
    };
    std::vector<Value*> references;
    of_form(AttributeSpec::Form::references, [&](Value& names) {
        for (Value* name : references_in(names))
            references.push_back(name);
    });
    of_form(AttributeSpec::Form::network, [&](Value& nodes) {
        if (!nodes.is_null())
            (void)read_inner_network(Value(nodes), references, types, nodes);
    });
}

NetworkText read_nodes(const std::string& name, const Value& written, std::span<Value* const> references,
                       const Types& types, Value& effective) {
    NetworkText network{name, {}, written.position};
    Value::List texts;
    for (FlatNode& node : expand_nodes(written, types, references)) {
        expand_inner_networks(node.use, types);
        TypedValue use = types.resolve(Kind::layer, node.use, reserved_names);
        texts.push_back(written_out(node.name, use, node.inputs));
        network.nodes.push_back({std::move(node.name), std::move(use), std::move(node.inputs)});
    }
    effective = std::move(texts);
    return network;
}

[[noreturn]] void refuse_attribute(const Member& call) {
    static const std::vector<std::string> known{"name", "inputs", "repeat"};
    const Member& unknown = call.value.map().front();
    throw InputError(unknown.position, text("a call of network '", call.name, "' has no '", unknown.name, "'",
                                            suggestion(unknown.name, known, "it has")));
}

}  // namespace

void refuse_same_name(const std::vector<JudgeText>& others, const JudgeText& own, const char* what) {
    const auto same =
        std::find_if(others.begin(), others.end(), [&](const JudgeText& other) { return other.name == own.name; });
    if (same != others.end() || own.name == "loss")
        throw InputError(own.use.position, text("another ", what, " is called '", own.name,
                                                "'; give this one a name: {", own.use.type, ": {name: ..., ...}}"));
}

DataText read_data(const Value& written, const Types& types, Value& effective) {
    const Attributes data = check_section("data", with_named_classes(written), types);
    if (!data.has("source"))
        throw InputError(written.position, "'data' wants 'source', a data set: source: {idx: {...}}");
    DataText result;
    result.source = data.typed("source");
    if (data.has("test"))
        result.test = data.typed("test");
    if (data.has("holdout"))
        result.holdout = data.get<double>("holdout");
    if (result.holdout && *result.holdout >= 1 && *result.holdout != std::floor(*result.holdout))
        throw data.error("holdout", text("data 'holdout' is ", write_number(*result.holdout),
                                         "; it must be a whole number of samples, or a fraction below 1"));
    result.shuffle = data.get<bool>("shuffle");
    if (data.has("classes"))
        result.classes = data.get<std::vector<std::string>>("classes");
    result.on_bad_sample = data.get<std::string>("on_bad_sample");
    result.position = written.position;
    effective = data.values();
    return result;
}

TrainText read_train(const Value& written, const Types& types, Value& effective) {
    const Attributes train = check_section("train", written, types);
    effective = train.values();
    TrainText result;
    result.epochs = train.get<std::int64_t>("epochs");
    result.batch = train.get<std::int64_t>("batch");
    result.shard = train.get<std::int64_t>("shard");
    result.seed = static_cast<std::uint32_t>(train.get<std::int64_t>("seed"));
    result.precision = train.get<std::string>("precision");
    const Value* precision = written.find("precision");
    result.precision_position = precision != nullptr ? precision->position : written.position;
    if (train.has("optimizer"))
        result.optimizer = train.typed("optimizer");
    if (train.has("epoch_of")) {
        result.epoch_of = train.get<std::string>("epoch_of");
        result.epoch_of_position = train.raw("epoch_of").position;
    }
    if (const auto early = inner_section("early_stopping", train, types, effective))
        result.early_stopping = {early->get<std::string>("metric"), early->get<std::int64_t>("patience"),
                                 early->get<double>("minimum_change")};
    if (const auto best = inner_section("best", train, types, effective))
        result.best_metric = best->get<std::string>("metric");
    if (train.has("save_every"))
        result.save_every = Duration::from(train, "save_every");
    if (train.has("max_time"))
        result.max_time = train.get<double>("max_time");
    result.position = written.position;
    return result;
}

std::vector<JudgeText> read_losses(const Value& written, const Types& types, Value& effective) {
    if (!written.is_list())
        return {read_judge(Kind::loss, written, types, effective)};
    if (written.list().empty())
        throw InputError(written.position, "'loss' is a loss, or a list of at least one");
    std::vector<JudgeText> losses;
    Value::List texts;
    for (const Value& item : written.list()) {
        JudgeText loss = read_judge(Kind::loss, item, types, texts.emplace_back());
        refuse_same_name(losses, loss, "loss");
        losses.push_back(std::move(loss));
    }
    effective = std::move(texts);
    return losses;
}

std::vector<JudgeText> read_metrics(const Value& written, const Types& types, Value& effective) {
    if (!written.is_list())
        throw InputError(written.position, text("'metrics' is a list: [accuracy], not ", describe(written)));
    std::vector<JudgeText> metrics;
    Value::List texts;
    for (const Value& item : written.list()) {
        JudgeText metric = read_judge(Kind::metric, item, types, texts.emplace_back());
        refuse_same_name(metrics, metric, "metric");
        metrics.push_back(std::move(metric));
    }
    effective = std::move(texts);
    return metrics;
}

NetworkText read_network(const std::string& name, const Value& written, const Types& types, Value& effective) {
    return read_nodes(name, written, {}, types, effective);
}

std::vector<NodeText> read_calls(const Value& written, std::span<const NetworkText> networks, const Types& types,
                                 Value& effective) {
    std::vector<std::string> names;
    for (const NetworkText& network : networks)
        names.push_back(network.name);
    std::vector<NodeText> nodes;
    Value::List texts;
    for (FlatNode& node : expand_nodes(written, types)) {
        const Member& member = node.use.map().front();
        const bool is_call = std::find(names.begin(), names.end(), member.name) != names.end();
        if (!is_call && types.find(Kind::layer, member.name) == nullptr && !nearest(member.name, names).empty())
            throw InputError(member.position, text("there is no layer and no network '", member.name,
                                                   "'; did you mean '", nearest(member.name, names), "'?"));
        if (is_call && member.value.is_map() && !member.value.map().empty())
            refuse_attribute(member);
        if (!is_call)
            expand_inner_networks(node.use, types);
        TypedValue use =
            is_call ? TypedValue{member.name, Attributes(Value(Value::Map{}), {}, member.position), member.position}
                    : types.resolve(Kind::layer, node.use, reserved_names);
        texts.push_back(written_out(node.name, use, node.inputs));
        nodes.push_back({std::move(node.name), std::move(use), std::move(node.inputs), is_call});
    }
    effective = std::move(texts);
    return nodes;
}

NetworkText read_inner_network(const Value& written, std::span<Value* const> references, const Types& types,
                               Value& effective) {
    Value list = written;
    if (!written.is_list()) {
        list = Value(Value::List{written});
        list.position = written.position;
    }
    NetworkText network = read_nodes("step", list, references, types, effective);
    effective.position = list.position;
    return network;
}

std::vector<Value*> references_in(Value& attribute) {
    std::vector<Value*> references;
    if (attribute.is_string())
        references.push_back(&attribute);
    if (attribute.is_map())
        for (Member& member : attribute.map())
            if (member.value.is_string())
                references.push_back(&member.value);
    return references;
}

}  // namespace plexus
