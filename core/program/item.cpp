#include "core/program/item.hpp"

#include <algorithm>
#include <map>

#include "core/schema/scalar.hpp"
#include "plexus/text.hpp"

namespace plexus {

namespace {

constexpr std::size_t longest_name = 200;

}  // namespace

const std::string& checked_name(const Value& written) {
    if (!written.is_string())
        throw InputError(written.position, text("a name is text, not ", describe(written)));
    const std::string& name = written.string();
    if (name.empty() || name.size() > longest_name)
        throw InputError(written.position, text("a name has 1 to ", longest_name, " characters"));
    if (name == "input")
        throw InputError(written.position,
                         "'input' cannot be a node's name; it stands for what the network or block reads");
    const auto bad = std::find_if(name.begin(), name.end(), [](unsigned char c) {
        return c == '.' || c == '/' || c == '\'' || c <= ' ' || c == 0x7f;
    });
    if (bad != name.end())
        throw InputError(written.position, text("the name '", name, "' holds ",
                                                *bad == ' ' ? std::string("a space") : text("a '", *bad, "'"),
                                                "; names hold no '.', '/', quotes or spaces"));
    return name;
}

Item read_item(const Value& written, std::string_view what) {
    Item item;
    item.use = split_typed(written, what);
    if (item.use.attributes != nullptr) {
        item.name = item.use.attributes->find("name");
        item.inputs = item.use.attributes->find("inputs");
        item.repeat = item.use.attributes->find("repeat");
    }
    return item;
}

std::vector<std::string> item_names(const Value::List& items, std::string_view what) {
    std::vector<std::string> names(items.size());
    std::map<std::string, const Value*, std::less<>> given;
    std::vector<Item> all;
    all.reserve(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
        all.push_back(read_item(items[i], what));
        if (all[i].name == nullptr)
            continue;
        names[i] = checked_name(*all[i].name);
        if (const auto [other, is_new] = given.emplace(names[i], all[i].name); !is_new)
            throw InputError(all[i].name->position, text("another ", what, " is called '", names[i], "' (",
                                                         to_string(other->second->position), ")"));
    }
    std::map<std::string, std::size_t, std::less<>> counts;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const std::string& type = *all[i].use.type;
        while (names[i].empty() || (all[i].name == nullptr && given.contains(names[i])))
            names[i] = text(type, "_", ++counts[type]);
    }
    return names;
}

Value plain_use(const Item& item) {
    Value::Map attributes;
    Position place = item.use.position;
    if (item.use.attributes != nullptr && item.use.attributes->is_map()) {
        place = item.use.attributes->position;
        for (const Member& member : item.use.attributes->map())
            if (std::find(reserved_names.begin(), reserved_names.end(), member.name) == reserved_names.end())
                attributes.push_back(member);
    }
    Value content(std::move(attributes));
    content.position = std::move(place);
    Value use(Value::Map{{*item.use.type, std::move(content), item.use.position}});
    use.position = item.use.position;
    return use;
}

std::vector<Value> item_inputs(const Item& item) {
    if (item.inputs == nullptr)
        return {};
    if (item.inputs->is_string())
        return {*item.inputs};
    const bool is_list = item.inputs->is_list() && !item.inputs->list().empty();
    if (!is_list)
        throw InputError(item.inputs->position,
                         text("'inputs' wants names of nodes: [a, b], not ",
                              item.inputs->is_list() ? "an empty list" : describe(*item.inputs)));
    for (const Value& reference : item.inputs->list())
        if (!reference.is_string() || reference.string().empty())
            throw InputError(reference.position,
                             text("'inputs' wants names of nodes: [a, b]; ", describe(reference), " is none"));
    return item.inputs->list();
}

}  // namespace plexus
