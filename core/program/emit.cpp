// Values as YAML in block style; a map or list without maps and lists inside stays on one line where it fits.
#include "core/program/program.hpp"
#include "core/schema/scalar.hpp"

namespace plexus {

namespace {

constexpr std::size_t line_length = 120;

bool is_flat(const Value& value) {
    const auto scalar = [](const Value& v) { return !v.is_list() && !v.is_map(); };
    if (value.is_list()) {
        for (const Value& item : value.list())
            if (!scalar(item))
                return false;
    } else if (value.is_map()) {
        for (const Member& member : value.map())
            if (!scalar(member.value))
                return false;
    }
    return true;
}

class Emitter {
public:
    void map(const Value::Map& members, std::size_t indent, bool first_is_indented) {
        for (const Member& member : members) {
            if (!first_is_indented)
                out_.append(indent, ' ');
            first_is_indented = false;
            const std::string key = write_text(member.name) + ":";
            out_ += key;
            below(member.value, indent, indent + key.size() + 1);
        }
    }

    [[nodiscard]] std::string take() { return std::move(out_); }

private:
    /// The value of a key: on the key's line, of which `used` columns are taken, or on the lines below.
    void below(const Value& value, std::size_t indent, std::size_t used) {
        if (fits(value, used)) {
            out_ += ' ' + to_string(value) + '\n';
        } else if (value.is_list()) {
            out_ += '\n';
            for (const Value& item : value.list())
                this->item(item, indent + 2);
        } else {
            out_ += '\n';
            map(value.map(), indent + 2, false);
        }
    }

    void item(const Value& value, std::size_t indent) {
        out_.append(indent, ' ');
        if (value.is_map() && !value.map().empty() && !fits(value, indent + 2)) {
            out_ += "- ";
            map(value.map(), indent + 2, true);
        } else if (value.is_list() && !fits(value, indent + 2)) {
            out_ += "-\n";
            for (const Value& inner : value.list())
                item(inner, indent + 2);
        } else {
            out_ += "- " + to_string(value) + '\n';
        }
    }

    static bool fits(const Value& value, std::size_t used) {
        const bool is_block = (value.is_map() && !value.map().empty()) || (value.is_list() && !value.list().empty());
        return !is_block || (is_flat(value) && used + to_string(value).size() <= line_length);
    }

    std::string out_;
};

}  // namespace

std::string to_yaml(const Value& text) {
    Emitter emitter;
    if (!text.is_map() || text.map().empty())
        return to_string(text) + "\n";
    emitter.map(text.map(), 0, false);
    return emitter.take();
}

}  // namespace plexus
