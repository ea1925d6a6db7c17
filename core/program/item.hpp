// One entry of `network`, of a block's `nodes`, or of `metrics`: a typed value with the reserved name, inputs, repeat.
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "core/schema/typed_text.hpp"

namespace plexus {

inline constexpr std::array<std::string_view, 3> reserved_names{"name", "inputs", "repeat"};

/// Views into the value that was read.
struct Item {
    TypedText use;
    const Value* name = nullptr;  ///< nullptr: not given
    const Value* inputs = nullptr;
    const Value* repeat = nullptr;

    /// A block is no type: it groups nodes.
    [[nodiscard]] bool is_block() const { return *use.type == "block"; }
};

/// The text of a name, which becomes part of paths in checkpoints, of references with ports, and of words in messages.
/// Throws InputError for one that cannot be a node's.
[[nodiscard]] const std::string& checked_name(const Value& written);

[[nodiscard]] Item read_item(const Value& written, std::string_view what);

/// The name of each item, given or automatic: `conv2d_1`, `conv2d_2`, ... count the items of a type that have none, and
/// pass over names that are given. Throws InputError for a name that cannot be one, or is given twice.
[[nodiscard]] std::vector<std::string> item_names(const Value::List& items, std::string_view what);

/// The use without its reserved attributes, as the registry wants it: {type: {attributes}}.
[[nodiscard]] Value plain_use(const Item& item);

/// The references of `inputs: [a, b]` or `inputs: a`; empty where none are given.
[[nodiscard]] std::vector<Value> item_inputs(const Item& item);

}  // namespace plexus
