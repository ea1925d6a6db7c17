// A program that embeds Plexus, built with pkg-config: prints the plugins that it finds, and fails if one was skipped.
#include <cstdio>
#include <plexus/environment.hpp>

int main(int count, char** arguments) {
    plexus::Environment::Options options;
    for (int i = 1; i < count; ++i)
        options.plugin_directories.push_back(arguments[i]);
    const plexus::Environment environment{options};
    for (const auto& plugin : environment.plugins())
        std::printf("%s %s %s\n", plugin.name.c_str(), plugin.version.c_str(), plugin.path.c_str());
    for (const auto& skipped : environment.skipped())
        std::printf("skipped %s: %s\n", skipped.path.c_str(), skipped.reason.c_str());
    return environment.skipped().empty() ? 0 : 1;
}
