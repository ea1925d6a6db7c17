#include "core/plugin/stamp.hpp"

#include "plexus/text.hpp"

namespace plexus {
namespace {

constexpr std::uint32_t debug_mode = 2;
constexpr std::uint32_t new_strings = 1;

std::string sdk(const StampFields& fields) {
    return text(fields.sdk_major, '.', fields.sdk_minor);
}

std::string sanitizer_name(std::uint32_t sanitizer) {
    switch (sanitizer) {
        case 0:
            return "no sanitizer";
        case 1:
            return "-fsanitize=address";
        case 2:
            return "-fsanitize=thread";
    }
    return text("an unknown sanitizer (", sanitizer, ")");
}

std::string judge_sdk(const StampFields& plugin, const StampFields& host) {
    const auto age = [](const StampFields& fields) { return std::pair{fields.sdk_major, fields.sdk_minor}; };
    if (age(plugin) < age(host))
        return text("is older: built for SDK ", sdk(plugin), ", this Plexus has SDK ", sdk(host),
                    "; rebuild the plugin against this Plexus");
    return text("is newer: built for SDK ", sdk(plugin), ", this Plexus has SDK ", sdk(host),
                "; update Plexus, or rebuild the plugin against this one");
}

std::string judge_standard_library(std::uint32_t plugin, std::uint32_t host) {
    if ((plugin & debug_mode) != (host & debug_mode)) {
        if (plugin & debug_mode)
            return "was built with -D_GLIBCXX_DEBUG, this Plexus without; rebuild the plugin without it";
        return "was built without -D_GLIBCXX_DEBUG, this Plexus with it; rebuild the plugin with it, or Plexus without";
    }
    return text("was built with _GLIBCXX_USE_CXX11_ABI=", plugin & new_strings, ", this Plexus with ",
                host & new_strings, "; rebuild the plugin with -D_GLIBCXX_USE_CXX11_ABI=", host & new_strings);
}

}  // namespace

StampFields host_stamp() noexcept {
    return {PLEXUS_SDK_MAJOR,
            PLEXUS_SDK_MINOR,
            PLEXUS_STAMP_STANDARD_LIBRARY,
            __GXX_ABI_VERSION,
            PLEXUS_STAMP_SANITIZER,
            "",
            ""};
}

std::string judge(const StampFields& plugin, const StampFields& host) {
    // The SDK first: with another one, the other fields may mean something else.
    if (plugin.sdk_major != host.sdk_major || plugin.sdk_minor != host.sdk_minor)
        return judge_sdk(plugin, host);
    if (plugin.standard_library != host.standard_library)
        return judge_standard_library(plugin.standard_library, host.standard_library);
    if (plugin.abi != host.abi)
        return text("was built by a compiler with C++ ABI ", plugin.abi, ", this Plexus with ", host.abi,
                    "; rebuild the plugin with Plexus's compiler (g++ -fabi-version=", host.abi % 1000, ")");
    if (plugin.sanitizer != host.sanitizer)
        return text("was built with ", sanitizer_name(plugin.sanitizer), ", this Plexus with ",
                    sanitizer_name(host.sanitizer), "; rebuild the plugin with the options of this Plexus");
    return "";
}

}  // namespace plexus
