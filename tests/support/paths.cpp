#include "tests/support/paths.hpp"

#include "plexus/version.hpp"

#define PLEXUS_TEXT_(x) #x
#define PLEXUS_TEXT(x) PLEXUS_TEXT_(x)

namespace plexus::test {

std::filesystem::path source_dir() {
    return PLEXUS_SOURCE_DIR;
}

std::filesystem::path build_dir() {
    return PLEXUS_BUILD_DIR;
}

std::filesystem::path plugin_dir() {
    return build_dir() / "lib/plexus" / (PLEXUS_TEXT(PLEXUS_SDK_MAJOR) "." PLEXUS_TEXT(PLEXUS_SDK_MINOR));
}

std::filesystem::path runner() {
    return build_dir() / "bin/runner";
}

}  // namespace plexus::test
