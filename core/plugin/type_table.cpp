#include "core/plugin/type_table.hpp"

#include <algorithm>
#include <cctype>

#include "core/diagnostic/thrown.hpp"
#include "core/plugin/folder_factory.hpp"
#include "core/plugin/loader.hpp"
#include "core/plugin/renamed_model.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

}  // namespace

Types::~Types() = default;

TypeTable::TypeTable(std::string rename_prefix) : prefix_(std::move(rename_prefix)) {}
TypeTable::~TypeTable() = default;

std::vector<const Schema*> TypeTable::add(const std::string& origin, void (*register_types)(Registry&)) {
    staged_.clear();
    PluginUse use;
    use.title = use.library = origin;
    try {
        const PluginCall call(use, "while it registered its types");
        register_types(*this);
    } catch (const std::exception& error) {
        staged_.clear();
        throw Misfit(text("registers no types: ", error.what()));
    } catch (...) {
        staged_.clear();
        throw Misfit("registers no types: it threw something that is no std::exception");
    }

    // All names are looked at before one is taken.
    std::vector<std::pair<Kind, std::string>> names;
    for (Entry& entry : staged_) {
        if (!prefix_.empty())
            entry.schema.rename(prefix_);
        std::pair key{entry.schema.kind(), entry.schema.type()};
        const auto taken = entries_.find(key);
        if (taken != entries_.end() || std::ranges::find(names, key) != names.end())
            throw InputError(text(to_string(key.first), " '", key.second, "' is registered by both ",
                                  taken != entries_.end() ? taken->second.origin : origin, " and ", origin,
                                  taken != entries_.end() ? "; leave out one of the two files, or rename the type"
                                                          : "; a plugin may register a name once"));
        for (const std::string& ending : entry.schema.extensions())
            if (const auto other = endings_.find(lower(ending)); other != endings_.end())
                throw InputError(text("files '.", ending, "' are claimed by both ", other->second->origin, " and ",
                                      origin, "; leave out one of the two files"));
        names.push_back(std::move(key));
    }

    std::vector<const Schema*> added;
    for (std::size_t i = 0; i < staged_.size(); ++i) {
        staged_[i].origin = origin;
        Entry& entry = entries_.emplace(names[i], std::move(staged_[i])).first->second;
        for (const std::string& ending : entry.schema.extensions())
            endings_.emplace(lower(ending), &entry);
        added.push_back(&entry.schema);
    }
    staged_.clear();
    return added;
}

void TypeTable::finish(SearchReport report) {
    search_ = std::move(report);
    const FolderFactory here{*this, {}};
    for (auto& [key, entry] : entries_)
        if (key.first == Kind::format)
            entry.format = make<Format>(Kind::format, resolve(Kind::format, key.second, {}), here);
}

const Schema* TypeTable::find(Kind kind, std::string_view type) const {
    const Entry* found = entry(kind, type);
    return found ? &found->schema : nullptr;
}

std::vector<const Schema*> TypeTable::all(Kind kind) const {
    std::vector<const Schema*> result;
    for (const auto& [key, entry] : entries_)
        if (key.first == kind)
            result.push_back(&entry.schema);
    return result;
}

std::string TypeTable::origin(Kind kind, std::string_view type) const {
    const Entry* found = entry(kind, type);
    return found ? found->origin : std::string{};
}

template <class Base>
std::unique_ptr<Base> TypeTable::make(Kind kind, const TypedValue& value, const Factory& factory) const {
    const Entry* found = entry(kind, value.type);
    if (!found)
        throw unknown(kind, value.type, value.position);
    const PluginUse use{value.type, value.position, found->origin};
    return call_plugin(use, "in its constructor", Blame::run,
                       [&] { return std::get<Maker<Base>>(found->make)(value.attributes, factory); });
}

std::unique_ptr<Layer> TypeTable::layer(Kind kind, const TypedValue& value, const Factory& factory) const {
    return make<Layer>(kind, value, factory);
}

std::unique_ptr<Optimizer> TypeTable::optimizer(const TypedValue& value, const Factory& factory) const {
    return make<Optimizer>(Kind::optimizer, value, factory);
}

std::unique_ptr<Schedule> TypeTable::schedule(const TypedValue& value, const Factory& factory) const {
    return make<Schedule>(Kind::schedule, value, factory);
}

std::unique_ptr<Initializer> TypeTable::initializer(const TypedValue& value, const Factory& factory) const {
    return make<Initializer>(Kind::initializer, value, factory);
}

std::unique_ptr<Dataset> TypeTable::dataset(const TypedValue& value, const Factory& factory) const {
    return make<Dataset>(Kind::dataset, value, factory);
}

const Format* TypeTable::format(std::string_view type) const {
    const Entry* found = entry(Kind::format, type);
    return found ? found->format.get() : nullptr;
}

const Format* TypeTable::format_of(const std::filesystem::path& file) const {
    // From the first dot on, so that the longest ending comes first: "a.tar.gz" is "tar.gz" before it is "gz".
    const std::string name = lower(file.filename().string());
    for (auto dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1))
        if (const auto found = endings_.find(name.substr(dot + 1)); found != endings_.end())
            return found->second->format.get();
    return nullptr;
}

std::vector<std::string> TypeTable::endings() const {
    std::vector<std::string> result;
    for (const auto& [ending, entry] : endings_)
        result.push_back(ending);
    return result;
}

Value TypeTable::expand_model(const TypedValue& value) const {
    const Entry* found = entry(Kind::model, value.type);
    if (!found)
        throw unknown(Kind::model, value.type, value.position);
    const PluginUse use{value.type, value.position, found->origin};
    Value expanded = call_plugin(use, "while it was expanded", Blame::run,
                                 [&] { return std::get<ModelFunction>(found->make)(value.attributes); });
    if (!prefix_.empty())
        rename_types(expanded, *this, prefix_);
    return expanded;
}

std::unique_ptr<Factory> TypeTable::factory(std::filesystem::path folder) const {
    return std::make_unique<FolderFactory>(*this, std::move(folder));
}

Schema& TypeTable::add_layer(Kind kind, std::string name, std::string help, Maker<Layer> make) {
    return stage(kind, std::move(name), std::move(help), std::move(make));
}

Schema& TypeTable::add_optimizer(std::string name, std::string help, Maker<Optimizer> make) {
    return stage(Kind::optimizer, std::move(name), std::move(help), std::move(make));
}

Schema& TypeTable::add_schedule(std::string name, std::string help, Maker<Schedule> make) {
    return stage(Kind::schedule, std::move(name), std::move(help), std::move(make));
}

Schema& TypeTable::add_initializer(std::string name, std::string help, Maker<Initializer> make) {
    return stage(Kind::initializer, std::move(name), std::move(help), std::move(make));
}

Schema& TypeTable::add_dataset(std::string name, std::string help, Maker<Dataset> make) {
    return stage(Kind::dataset, std::move(name), std::move(help), std::move(make));
}

Schema& TypeTable::add_format(std::string name, std::string help, Maker<Format> make) {
    return stage(Kind::format, std::move(name), std::move(help), std::move(make));
}

Schema& TypeTable::add_model(std::string name, std::string help, ModelFunction expand) {
    return stage(Kind::model, std::move(name), std::move(help), expand);
}

Schema& TypeTable::stage(Kind kind, std::string name, std::string help, AnyMaker make) {
    return staged_.emplace_back(Schema{kind, std::move(name), std::move(help)}, std::move(make), std::string{}, nullptr)
        .schema;
}

const TypeTable::Entry* TypeTable::entry(Kind kind, std::string_view type) const {
    const auto found = entries_.find({kind, std::string{type}});
    return found == entries_.end() ? nullptr : &found->second;
}

}  // namespace plexus
