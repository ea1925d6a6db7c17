// How one word of a program is read and written: the rules for numbers, true, null, and for quotes.
#pragma once
#include <string>
#include <string_view>

#include "plexus/value.hpp"

namespace plexus {

/// What a word without quotes means. Whole numbers are decimal (`010` is ten, `0x10` is text); `1e3`, `.5`, `.inf` and
/// `.nan` are numbers; `true`, `false`, `null`, `~` in YAML 1.2's spellings; all else is text, also `yes` and `no`.
/// Throws InputError for a number that fits neither 64 bits nor a double.
[[nodiscard]] PLEXUS_API Value read_scalar(std::string_view word, const Position& position);

/// The shortest decimal that is read back as the same double; holds a '.', an 'e' or a letter, so that it is not read
/// back as a whole number: "3.0", "0.1", "1e-08", ".inf".
[[nodiscard]] PLEXUS_API std::string write_number(double number);

/// The text as it is, or in quotes where it would be read as something else.
[[nodiscard]] PLEXUS_API std::string write_text(std::string_view text);

/// A scalar in the spelling that is read back as itself; lists and maps are not written by this.
[[nodiscard]] PLEXUS_API std::string write_scalar(const Value& value);

/// For messages: "'ten'", "2.5", "true", "a list", "a map", "nothing".
[[nodiscard]] PLEXUS_API std::string describe(const Value& value);

}  // namespace plexus
