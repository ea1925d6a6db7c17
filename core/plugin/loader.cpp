#include "core/plugin/loader.hpp"

#include <cxxabi.h>
#include <dlfcn.h>
#include <sys/stat.h>

#define BOOST_DLL_USE_STD_FS
#include <algorithm>
#include <array>
#include <boost/dll/shared_library.hpp>
#include <cctype>
#include <cerrno>
#include <cfenv>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "core/diagnostic/activity.hpp"
#include "core/diagnostic/library_code.hpp"
#include "core/diagnostic/nearest.hpp"
#include "core/plugin/stamp.hpp"
#include "plexus/error.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

// Restores rounding, flush-to-zero and x87 precision: -ffast-math at link time changes them when a library is opened.
class FloatingPointMode {
public:
    FloatingPointMode() {
        std::fegetenv(&environment_);
#if defined(__x86_64__)
        asm volatile("fnstcw %0" : "=m"(x87_));
#endif
    }
    ~FloatingPointMode() {
        std::fesetenv(&environment_);
#if defined(__x86_64__)
        asm volatile("fldcw %0" : : "m"(x87_));  // fesetenv() leaves the precision as it is
#endif
    }
    FloatingPointMode(const FloatingPointMode&) = delete;
    FloatingPointMode& operator=(const FloatingPointMode&) = delete;

private:
    std::fenv_t environment_;
#if defined(__x86_64__)
    unsigned short x87_ = 0;
#endif
};

std::string demangled(const std::string& word) {
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> name{abi::__cxa_demangle(word.c_str(), nullptr, nullptr, &status),
                                                           &std::free};
    return status == 0 ? name.get() : word;
}

// The loader's own words out of Boost's, with C++ names as they were written.
std::string loader_text(std::string message) {
    constexpr std::string_view before = "(dlerror system message: ";
    if (const auto at = message.find(before); at != std::string::npos) {
        const auto begin = at + before.size();
        message = message.substr(begin, message.rfind("): ") - begin);  // after that comes an error number's text
    }

    std::string result;
    for (std::size_t at = 0; at < message.size();) {
        const bool starts = message.compare(at, 2, "_Z") == 0;
        std::size_t end = at;
        while (starts && end < message.size() && (std::isalnum(message[end]) || std::strchr("_.$", message[end])))
            ++end;
        result += starts ? demangled(message.substr(at, end - at)) : message.substr(at, 1);
        at = std::max(end, at + 1);
    }
    return result;
}

}  // namespace

Misfit::~Misfit() = default;

std::string refuse_place(const std::filesystem::path& place) {
    struct stat status {};
    if (::stat(place.c_str(), &status) != 0)
        return text("cannot be read: ", std::strerror(errno));
    if (status.st_mode & S_IWOTH)
        return text("is refused: anybody may write to this ", S_ISDIR(status.st_mode) ? "folder" : "file",
                    "; remove that permission (chmod o-w) or move it");
    return "";
}

OpenPlugin open_plugin(const std::filesystem::path& file) {
    const FoundStamp found = read_stamp(file);
    if (!found.fields)
        throw Misfit(found.reason);
    if (const std::string misfit = judge(*found.fields, host_stamp()); !misfit.empty())
        throw Misfit(misfit);

    using boost::dll::load_mode::type;
    boost::dll::shared_library library;
    PluginUse use;
    use.title = use.library = file.string();
    try {
        const FloatingPointMode kept;
        const PluginCall call(use, "while it was opened");
        // With RTLD_NODELETE the library stays when `library` goes: code in it may run until the process ends.
        library.load(file, static_cast<type>(boost::dll::load_mode::rtld_now | RTLD_NODELETE));
    } catch (const std::exception& error) {
        throw Misfit("cannot be opened: " + loader_text(error.what()));
    }
    note_library(file.string());
    if (!library.has("plexus_register_plugin"))
        throw Misfit("has a stamp, but does not export plexus_register_plugin; rebuild it with PLEXUS_PLUGIN");
    return {file, found.fields->name, found.fields->version, &library.get<void(Registry&)>("plexus_register_plugin")};
}

void prepare_kernel_libraries(const std::string& isa) {
    ::setenv("OMP_NUM_THREADS", "1", 1);
    if (isa.empty())
        return;
    const std::vector<std::string> known{
        "sse41", "avx", "avx2", "avx2_vnni", "avx512_core", "avx512_core_vnni", "avx512_core_bf16", "avx512_core_amx"};
    if (std::ranges::find(known, isa) == known.end())
        throw InputError(
            text("there is no instruction set '", isa, "'", suggestion(isa, known, "known are"), " (for --isa)"));
    std::string upper = isa;
    std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
    ::setenv("ONEDNN_MAX_CPU_ISA", upper.c_str(), 1);
    ::setenv("DNNL_MAX_CPU_ISA", upper.c_str(), 1);
}

}  // namespace plexus
