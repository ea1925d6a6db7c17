// The examples of docs/examples that `runner new` starts from, as they lie in the program.
#pragma once
#include <span>
#include <string_view>
#include <vector>

namespace runner {

struct TemplateFile {
    std::string_view path;  ///< below the example's folder: "swish.cpp"
    std::string_view content;
};

struct Template {
    std::string_view kind;  ///< "layer"
    std::string_view type;  ///< "swish": the name that the new one takes the place of
    std::vector<TemplateFile> files;
};

/// One for each kind of type. The build writes them from the folders.
[[nodiscard]] const std::vector<Template>& templates();

}  // namespace runner
