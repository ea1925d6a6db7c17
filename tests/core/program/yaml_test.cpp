#include "core/program/yaml.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "core/program/program.hpp"

using namespace plexus;

namespace {

Value read(const std::string& text) {
    return read_yaml(text, "a.yaml");
}

std::string refusal(const std::string& text) {
    try {
        (void)read(text);
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

std::string file_refusal(const std::filesystem::path& file) {
    try {
        (void)read_text_file(file);
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("yaml: every key and value has its position") {
    const Value v = read("a:\n  - {b: 1, c: two}\n  - flat\n");
    CHECK(to_string(v) == "{a: [{b: 1, c: two}, flat]}");
    CHECK(to_string(v.map()[0].position) == "a.yaml:1:1");
    const Value::List& list = v.find("a")->list();
    CHECK(to_string(list[0].position) == "a.yaml:2:5");
    CHECK(to_string(list[0].map()[1].position) == "a.yaml:2:12");
    CHECK(to_string(list[0].map()[1].value.position) == "a.yaml:2:15");
    CHECK(to_string(list[1].position) == "a.yaml:3:5");
    CHECK(read("# only a comment\n").is_null());
    CHECK(to_string(read("\xef\xbb\xbf"
                         "a: 1")) == "{a: 1}");
}

TEST_CASE("yaml: words in quotes are text") {
    CHECK(to_string(read("['12', \"true\", 12, true, 010, ~]")) == "['12', 'true', 12, true, 10, null]");
}

TEST_CASE("yaml: each fault has its message") {
    const std::pair<std::string, std::string> cases[] = {
        {"a: 1\nb: 2\na: 3", "a.yaml:3:1: 'a' stands here a second time; the first is at line 1"},
        {"a: {b: 1, b: 2}", "a.yaml:1:11: 'b' stands here a second time; the first is at line 1"},
        {"a: &x 3", "a.yaml:1:4: anchors ('&x') are not read; write the value out where it is used"},
        {"a: *x", "a.yaml:1:4: this is no YAML: aliases ('*...') are not read; write the value out"},
        {"a: !!int 3", "a.yaml:1:4: tags ('tag:yaml.org,2002:int') are not read; leave it out"},
        {"a: !x {}", "a.yaml:1:4: tags ('!x') are not read; leave it out"},
        {"a: 1\n---\nb: 2", "a.yaml:2:1: a second document begins here; a file holds one"},
        {"[a]: 3", "a.yaml:1:1: a list or a map cannot be a key; is a bracket not closed?"},
        {": 3", "a.yaml:1:1: the key before ':' is missing"},
        {"a: [1, 2\nb: 3", "a.yaml:2:2: this is no YAML: a '[' is not closed, or a ',' is missing before this"},
        {"a: {x: 1\nb: 3", "a.yaml:2:2: this is no YAML: a '{' is not closed, or a ',' is missing before this"},
        {"a: b: c", "a.yaml:1:5: this is no YAML: a ': ' is not possible here; put text that holds one in quotes"},
        {"a:\n  - 1\n b: 3", "a.yaml:3:2: this is no YAML: this line is indented unlike the lines before it"},
        {"a:\n\t- 3", "a.yaml:2:2: this is no YAML: this line is indented with a tab; use spaces"},
        {"a: 1\n]", "a.yaml:2:1: this is no YAML: a ']' or '}' that nothing opened"},
        {"a: \"\\q\"", "a.yaml:1:7: this is no YAML: unknown escape character: q"},
        {"a: 1\nb: \xff", "a.yaml:2:4: byte 0xff is no UTF-8; save the file as UTF-8"},
        {"a: \xc0\x80", "a.yaml:1:4: byte 0xc0 is no UTF-8; save the file as UTF-8"},
        {"a: \xe0\x80\x80", "a.yaml:1:4: byte 0xe0 is no UTF-8; save the file as UTF-8"},
        {"a: \xed\xa0\x80", "a.yaml:1:4: byte 0xed is no UTF-8; save the file as UTF-8"},
        {"a: \xf4\x90\x80\x80", "a.yaml:1:4: byte 0xf4 is no UTF-8; save the file as UTF-8"},
        {"a: \xe2\x82", "a.yaml:1:4: byte 0xe2 is no UTF-8; save the file as UTF-8"},
        {std::string("a: \0b", 5), "a.yaml:1:4: control character 0x00 in the text"},
        {"a: 1 # \x04\nb: 2", "a.yaml:1:8: control character 0x04 in the text"},
        {std::string(17 << 20, ' '), "a.yaml: the text has more than 16 MiB"},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text.substr(0, 40));
        CHECK(refusal(text) == expected);
    }
}

TEST_CASE("yaml: depth and number of values are limited") {
    std::string deep;
    for (int i = 0; i < 200; ++i)
        deep += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
    CHECK(refusal(deep) == "a.yaml:101:101: more than 100 lists and maps inside each other");
    std::string many = "[";
    for (int i = 0; i < 1'000'001; ++i)
        many += "1,";
    CHECK(refusal(many + "1]").ends_with("more than 1000000 values"));
}

TEST_CASE("yaml: a file that cannot be read is named, with the reason") {
    const std::filesystem::path here = std::filesystem::current_path();
    CHECK(file_refusal(here / "nothing.yaml") == (here / "nothing.yaml").string() + ": there is no such file");
    CHECK(file_refusal(here) == here.string() + ": this is a folder; a graph file is wanted");
    const std::filesystem::path big = here / "big.yaml";
    std::ofstream(big) << std::string(17 << 20, ' ');
    CHECK(file_refusal(big) == big.string() + ": the file has more than 16 MiB, so it is no graph file");
    std::filesystem::remove(big);
}

TEST_CASE("yaml: what is written in block style is read back as the same") {
    for (const char* text :
         {"{a: 1, b: 2.0, c: [1, 2], d: {e: null, f: true}}", "{a: [{b: [{c: 1}]}, [1, [2, {x: 3}]], []], g: {}}",
          "{a: 'yes', 'b c': \"x\\ny\", '': '', '1': '2', n: .inf, t: \"\\x01\"}", "[1, {a: 2}]", "3"}) {
        const Value value = read(text);
        CAPTURE(to_yaml(value));
        CHECK(read(to_yaml(value)) == value);
    }
    CHECK(to_yaml(read("{a: {b: {c: 1}}, d: [{e: {f: 1}}]}")) == "a:\n  b: {c: 1}\nd:\n  - e: {f: 1}\n");
}
