#include "apps/runner/scaffold/scaffold.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "plexus/error.hpp"
#include "plexus/nearest.hpp"
#include "plexus/text.hpp"

namespace runner {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_name = 40;  // the stamp holds 47 characters

bool is_small(char c) {
    return c >= 'a' && c <= 'z';
}

bool may_follow(char c) {
    return is_small(c) || (c >= '0' && c <= '9') || c == '_';
}

// "MyLayer", "my-layer" and "My Layer" as they should have been written.
std::string small_name(const std::string& written) {
    std::string name;
    for (std::size_t i = 0; i < written.size(); ++i) {
        const auto c = static_cast<unsigned char>(written[i]);
        const bool starts_word = std::isupper(c) && i > 0 && std::islower(static_cast<unsigned char>(written[i - 1]));
        if (starts_word && !name.ends_with('_'))
            name += '_';
        if (std::isalnum(c))
            name += static_cast<char>(std::tolower(c));
        else if (!name.empty() && !name.ends_with('_'))
            name += '_';
    }
    while (!name.empty() && !is_small(name.front()))
        name.erase(name.begin());
    while (name.ends_with('_'))
        name.pop_back();
    return name.substr(0, longest_name);
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

void write(const fs::path& file, const std::string& content) {
    fs::create_directories(file.parent_path());
    std::ofstream out{file, std::ios::binary};
    out << content << std::flush;
    if (!out)
        throw plexus::RunError(plexus::text(file.string(), ": cannot be written: ", std::strerror(errno)));
}

}  // namespace

const Template& template_of(const std::string& kind) {
    std::vector<std::string> kinds;
    for (const Template& each : templates()) {
        if (each.kind == kind)
            return each;
        kinds.emplace_back(each.kind);
    }
    throw plexus::InputError(
        plexus::text("there is no kind '", kind, "'", plexus::suggestion(kind, kinds, "there are")));
}

void require_type_name(const std::string& name) {
    const bool fits =
        !name.empty() && name.size() <= longest_name && is_small(name.front()) && std::ranges::all_of(name, may_follow);
    if (!fits) {
        const std::string better = small_name(name);
        throw plexus::InputError(plexus::text(
            "'", name,
            "' is no name of a type: it begins with a small letter and goes on with small letters, digits and ",
            "_, at most ", longest_name, " of them", better.empty() ? "" : "; take '" + better + "'"));
    }
    // Words that graph files or CMake have for something else.
    constexpr std::array<std::string_view, 14> taken{"name",    "inputs",     "repeat",  "all",       "help",
                                                     "clean",   "test",       "install", "check",     "train",
                                                     "package", "preinstall", "runner",  "edit_cache"};
    if (std::ranges::find(taken, name) != taken.end())
        throw plexus::InputError(
            plexus::text("'", name, "' means something else in graph files or in CMake; take '", "my_", name, "'"));
}

std::vector<fs::path> write_plugin(const Template& from, const std::string& name, const fs::path& folder) {
    if (fs::exists(folder))
        throw plexus::InputError(
            plexus::text(folder.string(), " is there already; take another name, or another folder with --out"));
    const std::string old_name{from.type}, old_class = class_name(old_name);
    std::vector<fs::path> written;
    for (const TemplateFile& file : from.files) {
        std::string path{file.path}, content{file.content};
        for (std::string* text : {&path, &content}) {
            replace_all(*text, old_name, name);
            replace_all(*text, old_class, class_name(name));
        }
        write(folder / path, content);
        written.emplace_back(path);
    }
    return written;
}

std::string class_name(const std::string& name) {
    std::string result;
    bool starts_word = true;
    for (const char c : name) {
        if (c != '_')
            result += starts_word ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
        starts_word = c == '_';
    }
    return result;
}

}  // namespace runner
