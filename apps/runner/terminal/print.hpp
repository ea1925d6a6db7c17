// The one way to stdout and to stderr.
#pragma once
#include <fmt/core.h>

#include <cstdio>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace runner {

/// A result. Throws plexus::RunError where stdout takes no more (a full disk).
void print(const std::string& text);
/// A result as JSON, with members in the order in which they were put.
void print_json(const nlohmann::ordered_json& result);
/// A remark to whoever watches, on stderr; not with --quiet.
void note(const std::string& text);
/// Writes out what is still in stdout's buffer; throws as print() does.
void finish_output();

}  // namespace runner
