#include "core/store/tree.hpp"

#include <cstring>

namespace plexus::store {
namespace {

/// Takes the first name off a path.
std::string_view next_name(std::string_view& path) {
    while (path.starts_with('/'))
        path.remove_prefix(1);
    const std::string_view name = path.substr(0, path.find('/'));
    path.remove_prefix(name.size());
    while (path.starts_with('/'))
        path.remove_prefix(1);
    return name;
}

const Node* find_node(const Group& from, std::string_view path) {
    const Group* group = &from;
    while (true) {
        const Node* node = group->children.find(next_name(path));
        if (node == nullptr || path.empty())
            return node;
        group = std::get_if<Group>(&node->content);
        if (group == nullptr)
            return nullptr;
    }
}

bool equal_arrays(const Array& a, const Array& b) {
    if (a.type() != b.type())
        return false;
    const std::size_t bytes = a.type().bytes();
    if (a.view().data == nullptr || b.view().data == nullptr)
        return a.view().data == b.view().data;
    return bytes == 0 || std::memcmp(a.view().data, b.view().data, bytes) == 0;
}

}  // namespace

bool operator==(const Dataset& a, const Dataset& b) {
    if (a.content.index() != b.content.index() || !(a.attributes == b.attributes))
        return false;
    if (const Array* array = std::get_if<Array>(&a.content))
        return equal_arrays(*array, std::get<Array>(b.content));
    return std::get<Text>(a.content) == std::get<Text>(b.content);
}

bool operator==(const Group& a, const Group& b) {
    return a.attributes == b.attributes && a.children == b.children;
}

bool operator==(const Node& a, const Node& b) {
    return a.content == b.content;
}

Group& group_at(Group& from, std::string_view path) {
    Group* group = &from;
    for (std::string_view name = next_name(path); !name.empty(); name = next_name(path)) {
        Node* node = group->children.find(name);
        if (node == nullptr || !std::holds_alternative<Group>(node->content))
            node = &group->children.set(name, Node{Group{}});
        group = &std::get<Group>(node->content);
    }
    return *group;
}

Dataset& put(Group& from, std::string_view path, Dataset dataset) {
    const std::size_t slash = path.rfind('/');
    const bool nested = slash != std::string_view::npos;
    Group& group = nested ? group_at(from, path.substr(0, slash)) : from;
    Node& node = group.children.set(nested ? path.substr(slash + 1) : path, Node{std::move(dataset)});
    return std::get<Dataset>(node.content);
}

const Group* find_group(const Group& from, std::string_view path) {
    const Node* node = find_node(from, path);
    return node == nullptr ? nullptr : std::get_if<Group>(&node->content);
}

const Dataset* find_dataset(const Group& from, std::string_view path) {
    const Node* node = find_node(from, path);
    return node == nullptr ? nullptr : std::get_if<Dataset>(&node->content);
}

const Array* find_array(const Group& from, std::string_view path) {
    const Dataset* dataset = find_dataset(from, path);
    return dataset == nullptr ? nullptr : std::get_if<Array>(&dataset->content);
}

const Text* find_text(const Group& from, std::string_view path) {
    const Dataset* dataset = find_dataset(from, path);
    return dataset == nullptr ? nullptr : std::get_if<Text>(&dataset->content);
}

}  // namespace plexus::store
