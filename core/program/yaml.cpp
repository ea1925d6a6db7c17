// yaml-cpp's events become a tree. Its own tree is not used: that keeps the last of two equal keys, reads `010` as
// eight, and has no position for a key.
#include "core/program/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include "core/program/characters.hpp"
#include "core/schema/scalar.hpp"
#include "plexus/text.hpp"

namespace plexus {

namespace {

constexpr std::size_t most_bytes = std::size_t{16} << 20;
constexpr std::size_t most_values = 1'000'000;
constexpr std::size_t most_levels = 100;

class TreeBuilder final : public YAML::EventHandler {
public:
    explicit TreeBuilder(const std::string& origin) : origin_(origin) {}

    [[nodiscard]] Position place(const YAML::Mark& mark) const { return {origin_, mark.line + 1, mark.column + 1, {}}; }
    [[nodiscard]] Value take() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ > 1)
            throw InputError(place(mark), "a second document begins here; a file holds one");
    }
    void OnDocumentEnd() override {}

    void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
        throw InputError(place(mark),
                         text("anchors ('&", name, "') are not read; write the value out where it is used"));
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        throw InputError(place(mark), "aliases ('*...') are not read; write the value out");
    }

    void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
        if (expects_key())
            throw InputError(place(mark), "the key before ':' is missing");
        add({}, place(mark));
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& word) override {
        const Position position = place(mark);
        const bool quoted = tag == "!";
        if (!quoted)
            refuse_tag(tag, position);
        if (!expects_key())
            return add(quoted ? Value(word) : read_scalar(word, position), position);
        open_.back().key = {word, {}, position};
        open_.back().has_key = true;
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {
        begin(Value::List{}, tag, place(mark));
    }
    void OnSequenceEnd() override { end(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                    YAML::EmitterStyle::value) override {
        begin(Value::Map{}, tag, place(mark));
    }
    void OnMapEnd() override {
        refuse_duplicates(open_.back().value.map());
        end();
    }

private:
    /// A list or map that has begun; of a map, the key whose value comes next.
    struct Open {
        Value value;
        Member key = {};
        bool has_key = false;
    };

    [[nodiscard]] bool expects_key() const {
        return !open_.empty() && open_.back().value.is_map() && !open_.back().has_key;
    }

    static void refuse_tag(const std::string& tag, const Position& position) {
        if (!tag.empty() && tag != "?")
            throw InputError(position, text("tags ('", tag, "') are not read; leave it out"));
    }

    static void refuse_duplicates(const Value::Map& members) {
        std::vector<const Member*> sorted;
        for (const Member& member : members)
            sorted.push_back(&member);
        std::stable_sort(sorted.begin(), sorted.end(),
                         [](const Member* a, const Member* b) { return a->name < b->name; });
        const auto same = std::adjacent_find(sorted.begin(), sorted.end(),
                                             [](const Member* a, const Member* b) { return a->name == b->name; });
        if (same != sorted.end())
            throw InputError(
                (*(same + 1))->position,
                text("'", (*same)->name, "' stands here a second time; the first is at line ", (*same)->position.line));
    }

    void begin(Value container, const std::string& tag, const Position& position) {
        refuse_tag(tag, position);
        if (expects_key())
            throw InputError(position, "a list or a map cannot be a key; is a bracket not closed?");
        if (open_.size() == most_levels)
            throw InputError(position, text("more than ", most_levels, " lists and maps inside each other"));
        container.position = position;
        open_.push_back({std::move(container)});
    }
    void end() {
        Value done = std::move(open_.back().value);
        open_.pop_back();
        Position position = done.position;
        add(std::move(done), std::move(position));
    }
    void add(Value value, Position position) {
        if (++values_ > most_values)
            throw InputError(position, text("more than ", most_values, " values"));
        value.position = std::move(position);
        if (open_.empty()) {
            root_ = std::move(value);
        } else if (Open& into = open_.back(); into.value.is_map()) {
            into.key.value = std::move(value);
            into.value.map().push_back(std::move(into.key));
            into.has_key = false;
        } else {
            into.value.list().push_back(std::move(value));
        }
    }

    const std::string& origin_;
    Value root_;
    std::vector<Open> open_;
    std::size_t values_ = 0;
    int documents_ = 0;
};

/// yaml-cpp's words for the faults that people make most, and ours.
std::string explain(const std::string& fault, bool is_after_tab) {
    struct Explanation {
        std::string_view fault;
        std::string_view meaning;
    };
    const std::array<Explanation, 9> explanations{{
        {YAML::ErrorMsg::END_OF_MAP_FLOW, "a '{' is not closed, or a ',' is missing before this"},
        {YAML::ErrorMsg::END_OF_SEQ_FLOW, "a '[' is not closed, or a ',' is missing before this"},
        {YAML::ErrorMsg::END_OF_MAP, "this line is indented unlike the lines before it"},
        {YAML::ErrorMsg::END_OF_SEQ, "this line is indented unlike the list before it; an item begins with '- '"},
        {YAML::ErrorMsg::MAP_VALUE, "a ': ' is not possible here; put text that holds one in quotes"},
        {YAML::ErrorMsg::MAP_KEY, "a key is not possible here"},
        {YAML::ErrorMsg::BLOCK_ENTRY, "a '- ' is not possible here; a list begins on a line of its own"},
        {YAML::ErrorMsg::UNKNOWN_ANCHOR, "aliases ('*...') are not read; write the value out"},
        {YAML::ErrorMsg::FLOW_END, "a ']' or '}' that nothing opened"},
    }};
    if (is_after_tab)
        return "this line is indented with a tab; use spaces";
    for (const auto& [known, meaning] : explanations)
        if (fault == known)
            return std::string(meaning);
    return fault;
}

/// Whether a tab stands in front of the place on its line: yaml-cpp then complains of whatever comes next.
bool is_after_tab(const std::string& content, const YAML::Mark& mark) {
    if (mark.is_null())
        return false;
    std::istringstream lines(content);
    std::string line;
    for (int i = 0; i <= mark.line; ++i)
        std::getline(lines, line);
    return line.substr(0, line.find_first_not_of(" \t")).find('\t') != std::string::npos;
}

}  // namespace

Value read_yaml(const std::string& content, const std::string& origin) {
    if (content.size() > most_bytes)
        throw InputError(Position{origin, 0, 0, {}}, "the text has more than 16 MiB");
    refuse_characters(content, origin);
    TreeBuilder builder(origin);
    std::istringstream in(content);
    try {
        YAML::Parser parser(in);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const YAML::Exception& fault) {
        throw InputError(fault.mark.is_null() ? Position{origin, 0, 0, {}} : builder.place(fault.mark),
                         text("this is no YAML: ", explain(fault.msg, is_after_tab(content, fault.mark))));
    }
    return builder.take();
}

std::string read_text_file(const std::filesystem::path& file) {
    const Position place{file.string(), 0, 0, {}};
    std::error_code fault;
    const auto status = std::filesystem::status(file, fault);
    if (status.type() == std::filesystem::file_type::not_found)
        throw InputError(place, "there is no such file");
    if (status.type() == std::filesystem::file_type::directory)
        throw InputError(place, "this is a folder; a graph file is wanted");
    std::ifstream in(file, std::ios::binary);
    if (!in)
        throw InputError(place, "the file cannot be opened; may you read it?");
    std::string content;
    std::array<char, 65536> piece{};
    while (content.size() <= most_bytes && (in.read(piece.data(), piece.size()), in.gcount() > 0))
        content.append(piece.data(), static_cast<std::size_t>(in.gcount()));
    if (in.bad())
        throw InputError(place, "the file cannot be read to its end");
    if (content.size() > most_bytes)
        throw InputError(place, "the file has more than 16 MiB, so it is no graph file");
    return content;
}

}  // namespace plexus
