// What is in a checkpoint file, as a value: groups, datasets and attributes, in the order in which they were added.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/store/ordered.hpp"
#include "plexus/export.hpp"
#include "plexus/tensor.hpp"

namespace plexus::store {

/// One number or one short text (up to 32 KiB), kept beside a group or a dataset.
using Attribute = std::variant<std::int64_t, std::uint64_t, double, std::string>;

/// UTF-8 texts without NUL: a program is one item, class names are many. Stored with one fixed length, the longest
/// item's.
struct Text {
    std::vector<std::string> items;

    friend bool operator==(const Text&, const Text&) = default;
};

/// Numbers or texts.
struct Dataset {
    std::variant<Array, Text> content;
    Ordered<Attribute> attributes = {};
};

struct Node;

struct Group {
    Ordered<Attribute> attributes;
    Ordered<Node> children;
};

/// Whatever has a path.
struct Node {
    std::variant<Group, Dataset> content;
};

/// Equal names in equal order, equal types and equal bytes (so a NaN equals itself).
PLEXUS_API bool operator==(const Dataset& a, const Dataset& b);
PLEXUS_API bool operator==(const Group& a, const Group& b);
PLEXUS_API bool operator==(const Node& a, const Node& b);

/// The group at a path such as "networks/main/conv1", below `from`; what is missing is made. A leading '/' is ignored.
/// What is at the path and is no group is replaced by one.
PLEXUS_API Group& group_at(Group& from, std::string_view path);
/// Puts a dataset at a path; its groups are made where they are missing.
PLEXUS_API Dataset& put(Group& from, std::string_view path, Dataset dataset);

/// What is at a path below `from`; nullptr if nothing is, or something else.
[[nodiscard]] PLEXUS_API const Group* find_group(const Group& from, std::string_view path);
[[nodiscard]] PLEXUS_API const Dataset* find_dataset(const Group& from, std::string_view path);
[[nodiscard]] PLEXUS_API const Array* find_array(const Group& from, std::string_view path);
[[nodiscard]] PLEXUS_API const Text* find_text(const Group& from, std::string_view path);

}  // namespace plexus::store
