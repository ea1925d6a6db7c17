// Turns DOT into a picture with the program `dot` of Graphviz.
#pragma once
#include <filesystem>
#include <string>

namespace runner {

/// `format` as dot's -T has it: "svg", "png". Throws plexus::InputError where dot is not installed, plexus::RunError
/// where it fails.
void write_picture(const std::filesystem::path& file, const std::string& format, const std::string& dot);

}  // namespace runner
