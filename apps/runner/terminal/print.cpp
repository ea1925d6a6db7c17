#include "apps/runner/terminal/print.hpp"

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "plexus/error.hpp"

namespace runner {
namespace {

[[noreturn]] void refused() {
    throw plexus::RunError(std::string{"the result cannot be written to standard output: "} + std::strerror(errno));
}

}  // namespace

void print(const std::string& text) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size())
        refused();
}

void print_json(const nlohmann::ordered_json& result) {
    // A name with bytes that are no UTF-8 is printed with U+FFFD instead of not at all.
    print(result.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

void note(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
}

void finish_output() {
    if (std::fflush(stdout) != 0)
        refused();
}

}  // namespace runner
