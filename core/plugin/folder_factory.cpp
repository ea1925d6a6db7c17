#include "core/plugin/folder_factory.hpp"

#include "core/diagnostic/nearest.hpp"
#include "plexus/text.hpp"

namespace plexus {

std::unique_ptr<Schedule> FolderFactory::schedule(const TypedValue& value) const {
    return types_.schedule(value, *this);
}

std::unique_ptr<Optimizer> FolderFactory::optimizer(const TypedValue& value) const {
    return types_.optimizer(value, *this);
}

std::unique_ptr<Initializer> FolderFactory::initializer(const TypedValue& value) const {
    return types_.initializer(value, *this);
}

std::filesystem::path FolderFactory::path(const Attributes& attributes, std::string_view name) const {
    const auto written = attributes.get<std::string>(name);
    if (std::filesystem::path(written).is_relative())
        relative_paths_.insert(written);
    // An absolute path replaces the folder.
    return (folder_ / written).lexically_normal();
}

const Format& FolderFactory::format(const std::filesystem::path& file) const {
    if (const Format* found = types_.format_of(file))
        return *found;
    std::string known;
    for (const std::string& ending : types_.endings())
        known += (known.empty() ? "" : ", ") + ending;
    throw InputError(text(file.string(), ": no format reads files of this name; known endings are ",
                          known.empty() ? "none" : known));
}

const Format& FolderFactory::format_named(std::string_view name) const {
    // A data set asks for the name that it knows, also where everything was registered under another.
    if (const Format* found = types_.format(types_.rename_prefix() + std::string{name}))
        return *found;
    std::vector<std::string> names;
    for (const Schema* schema : types_.all(Kind::format))
        names.push_back(schema->type());
    throw InputError(text("there is no format '", name, "'", suggestion(name, names, "known are")));
}

bool FolderFactory::has_format(const std::filesystem::path& file) const {
    return types_.format_of(file) != nullptr;
}

}  // namespace plexus
