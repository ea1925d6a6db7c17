#include "core/train/stored_program.hpp"

#include "core/plugin/folder_factory.hpp"
#include "core/program/yaml.hpp"

namespace plexus {
namespace {

void move_paths(Value& value, const FolderFactory& factory, const std::filesystem::path& folder) {
    if (value.is_map()) {
        for (Member& member : value.map())
            move_paths(member.value, factory, folder);
    } else if (value.is_list()) {
        for (Value& item : value.list())
            move_paths(item, factory, folder);
    } else if (value.is_string() && factory.relative_paths().contains(value.string())) {
        const auto target = std::filesystem::absolute(factory.folder() / value.string()).lexically_normal();
        value = Value(target.lexically_relative(std::filesystem::absolute(folder).lexically_normal()).generic_string());
    }
}

}  // namespace

Value text_for_folder(const Session& session, const std::filesystem::path& folder) {
    Value text = session.program.text;
    if (const auto* factory = dynamic_cast<const FolderFactory*>(session.factory.get()))
        if (Value* data = text.find("data"))
            move_paths(*data, *factory, folder);
    return text;
}

Value read_program_text(const std::string& text, const std::string& origin) {
    return read_yaml(text, origin);
}

}  // namespace plexus
