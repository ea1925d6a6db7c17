// Opens one plugin: judged first, with every symbol resolved, and for as long as the process lives.
#pragma once
#include <filesystem>
#include <stdexcept>
#include <string>

#include "plexus/export.hpp"

namespace plexus {

class Registry;

/// A library that is open. It is never closed, so this owns nothing.
struct OpenPlugin {
    std::filesystem::path path;  ///< canonical
    std::string name;
    std::string version;
    void (*register_types)(Registry& registry) = nullptr;
};

/// Why one file is not used as a plugin; the text goes on after the file's name: "is older: built for SDK 0.1, ...".
class PLEXUS_API Misfit final : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
    ~Misfit() override;
};

/// Why a file or a folder may not be used; "" if it may. Whoever may write there would run code as this user.
[[nodiscard]] PLEXUS_API std::string refuse_place(const std::filesystem::path& place);

/// `file` is canonical. Throws Misfit. The floating-point mode is the same afterwards, whatever the library's
/// constructors did. A file that is open already is not opened again.
[[nodiscard]] PLEXUS_API OpenPlugin open_plugin(const std::filesystem::path& file);

/// To be called before the first plugin is opened and while no other thread runs: one thread per kernel, for Plexus
/// has its own, and the highest instruction set that kernels may use ("avx2"; empty: what the machine has). Both are
/// read once, by libraries that come with the plugins. Throws InputError for an unknown instruction set.
PLEXUS_API void prepare_kernel_libraries(const std::string& isa);

}  // namespace plexus
