#include "tests/core/plugin/fixtures.hpp"

#include <cstring>
#include <fstream>
#include <iterator>
#include <string_view>

#include "plexus/error.hpp"

namespace plexus::test {

std::filesystem::path fixture(const std::string& name) {
    return std::filesystem::path{FIXTURES} / name / (name + ".so");
}

std::filesystem::path load_and_exit() {
    return LOAD_AND_EXIT;
}

std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream stream{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

std::filesystem::path written(const std::string& folder, const std::string& name, const std::string& bytes) {
    const auto file = std::filesystem::absolute(folder) / name;
    std::filesystem::create_directories(file.parent_path());
    // Not over a library that is loaded: its pages would change.
    std::filesystem::remove(file);
    std::ofstream{file, std::ios::binary} << bytes;
    return file;
}

std::string with_stamp(std::string plugin, const std::function<void(StampFields&)>& change) {
    const auto owner = plugin.find(std::string_view{"\x01\0\0\0Plexus\0\0", 12});
    if (owner == std::string::npos)
        throw std::logic_error("the fixture has no stamp");
    StampFields fields;
    std::memcpy(&fields, plugin.data() + owner + 12, sizeof fields);
    change(fields);
    std::memcpy(plugin.data() + owner + 12, &fields, sizeof fields);
    return plugin;
}

std::string refusal(const std::filesystem::path& plugin) {
    try {
        const Environment environment{{.plugins = {plugin}, .search_shipped = false}};
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

Environment searching(const std::filesystem::path& folder, std::string rename_prefix) {
    return Environment{{.plugin_directories = {folder}, .search_shipped = false, .rename_prefix = rename_prefix}};
}

}  // namespace plexus::test
