// Takes `name` or `{name: {attributes}}` apart, the one form in which a program uses a registered type.
#pragma once
#include <string>
#include <string_view>

#include "plexus/value.hpp"

namespace plexus {

/// Views into the value that was taken apart.
struct TypedText {
    const std::string* type = nullptr;
    Position position;                  ///< of the type's name
    const Value* attributes = nullptr;  ///< a map, or nothing
};

/// `what` is what is wanted ("layer", "optimizer"), for messages. Throws InputError for what has neither form: for a
/// map of several members ("'name' stands beside 'dense', not inside of it: write dense: {name: fc1, ...}"), for
/// attributes that are no map, for a number, a list, nothing.
[[nodiscard]] PLEXUS_API TypedText split_typed(const Value& written, std::string_view what);

}  // namespace plexus
