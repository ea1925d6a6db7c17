// Long files and long functions say why.
#include <doctest/doctest.h>

#include "tests/laws/source_tree.hpp"

using namespace plexus::test;

namespace {

constexpr std::size_t longest_file = 500;
constexpr std::size_t longest_public_header = 200;
constexpr std::size_t longest_function = 60;

// "Long because ..." or "long, for ..." in the file's first comment.
bool says_why(const SourceFile& file) {
    for (const std::string& line : file.lines) {
        if (!line.starts_with("//"))
            return false;
        if (line.find("Long") != std::string::npos || line.find(" long") != std::string::npos)
            return true;
    }
    return false;
}

std::size_t indent_of(const std::string& line) {
    return line.find_first_not_of(' ');
}

struct Function {
    std::size_t first;
    std::size_t last;
};

// By the looks that .clang-format gives: a function ends at a line that is '}' alone, and begins at the nearest line
// before with the same indent; only the body and the rest of the signature lie between, and are indented further.
std::vector<Function> functions_of(const SourceFile& file) {
    std::vector<Function> functions;
    for (std::size_t end = 0; end < file.lines.size(); ++end) {
        const std::size_t indent = indent_of(file.lines[end]);
        if (indent == std::string::npos || file.lines[end].substr(indent) != "}" || indent > 4)
            continue;
        std::size_t begin = end;
        while (begin > 0 && (indent_of(file.lines[begin - 1]) != indent || file.lines[begin - 1][indent] == '#'))
            --begin;
        const std::string& first = file.lines[begin > 0 ? begin - 1 : 0];
        if (first.find('(') != std::string::npos && first.find("TEST_SUITE") == std::string::npos)
            functions.push_back({begin - 1, end});
    }
    return functions;
}

}  // namespace

TEST_CASE("sizes: a long file, or a file with a long function, says why in its first comment") {
    std::size_t functions_seen = 0;
    for (const char* top : {"core", "plugins", "apps", "tests"}) {
        for (const SourceFile& file : sources_below(top)) {
            if (says_why(file))
                continue;
            const std::string path = file.path.string();
            CHECK_MESSAGE(file.lines.size() <= longest_file, path, " has ", file.lines.size(), " lines");
            for (const Function& function : functions_of(file)) {
                ++functions_seen;
                CHECK_MESSAGE(function.last - function.first + 1 <= longest_function, path, ":", function.first + 1,
                              ": a function of ", function.last - function.first + 1, " lines");
            }
        }
    }
    CHECK(functions_seen > 500);
}

TEST_CASE("sizes: a public header has under 200 lines, and its first line says what it is") {
    for (const SourceFile& file : sources_below("core/include")) {
        const std::string path = file.path.string();
        CHECK_MESSAGE(file.lines.size() < longest_public_header, path, " has ", file.lines.size(), " lines");
        CHECK_MESSAGE(file.lines.at(0).starts_with("// "), path);
    }
    for (const char* top : {"core", "plugins", "apps", "tests"})
        for (const SourceFile& file : sources_below(top))
            if (file.path.extension() == ".hpp")
                CHECK_MESSAGE(file.lines.at(0).starts_with("// "), file.path.string(),
                              ": the first line says what the file is");
}

TEST_CASE("sizes: lines have at most 120 columns, and nothing is left to do") {
    const std::string todo = std::string{"TO"} + "DO";
    for (const char* top : {"core", "plugins", "apps", "tests"}) {
        for (const SourceFile& file : sources_below(top)) {
            for (std::size_t i = 0; i < file.lines.size(); ++i) {
                const std::string& line = file.lines[i];
                std::size_t columns = 0;
                for (const char c : line)
                    columns += (static_cast<unsigned char>(c) & 0xC0) != 0x80;  // UTF-8: not the bytes that follow
                const bool raw = line.find("R\"") != std::string::npos || line.find("://") != std::string::npos;
                CHECK_MESSAGE((columns <= 120 || raw), file.path.string(), ":", i + 1, " has ", columns, " columns");
                CHECK_MESSAGE(line.find(todo) == std::string::npos, file.path.string(), ":", i + 1);
            }
        }
    }
}
