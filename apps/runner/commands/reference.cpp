#include "apps/runner/commands/reference.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "plexus/analysis.hpp"
#include "plexus/error.hpp"
#include "plexus/text.hpp"

namespace runner {
namespace {

using plexus::Environment;
using plexus::Kind;
using plexus::RunError;
using plexus::Schema;
using plexus::text;

/// As the folders below plugins/ are called.
std::string folder_of(Kind kind) {
    if (kind == Kind::dataset)
        return "datasets";
    return text(to_string(kind), kind == Kind::loss ? "es" : "s");
}

std::string title_of(Kind kind) {
    std::string title = kind == Kind::dataset ? "data sets" : folder_of(kind);
    title.front() = static_cast<char>(title.front() - 'a' + 'A');
    return title;
}

/// A '|' would end the cell.
std::string cell(const std::string& content) {
    std::string escaped;
    for (const char c : content)
        escaped += c == '|' ? std::string{"\\|"} : std::string(1, c);
    return escaped;
}

/// The plugin's file without its folder, which is another on each machine.
// Without the version that the core's own library has behind its name.
std::string plugin_of(const Environment& environment, const Schema& schema) {
    const std::string file =
        std::filesystem::path{origin_of(environment, schema.kind(), schema.type())}.filename().string();
    const std::size_t ending = file.find(".so.");
    return ending == std::string::npos ? file : file.substr(0, ending + 3);
}

void write_page(const std::filesystem::path& file, const std::string& content) {
    std::error_code failed;
    std::filesystem::create_directories(file.parent_path(), failed);
    if (failed)
        throw RunError(text(file.parent_path().string(), ": the folder cannot be made: ", failed.message()));
    std::ofstream stream{file, std::ios::binary | std::ios::trunc};
    stream << content;
    if (!stream.flush())
        throw RunError(text(file.string(), ": cannot be written: ", std::strerror(errno)));
}

}  // namespace

std::size_t write_reference(const Environment& environment, const std::filesystem::path& folder) {
    std::string index = "# Reference\n\nEvery registered type has a page, written by `runner plugins --reference`.\n";
    std::size_t count = 0;
    for (const Kind kind : all_kinds) {
        const std::vector<const Schema*> schemas = types_of(environment, kind);
        if (schemas.empty())
            continue;
        index += text("\n## ", title_of(kind), "\n\n| type | what it does | plugin |\n|---|---|---|\n");
        for (const Schema* schema : schemas) {
            const std::string plugin = plugin_of(environment, *schema);
            const std::string page = text(folder_of(kind), "/", schema->type(), ".md");
            index += text("| [", schema->type(), "](", page, ") | ", cell(schema->help()), " | `", plugin, "` |\n");
            write_page(folder / page, text(reference_page(*schema), "\nRegistered by `", plugin, "`.\n"));
            ++count;
        }
    }
    write_page(folder / "README.md", index);
    return count;
}

}  // namespace runner
