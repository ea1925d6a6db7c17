// The plugins of a program: where they were looked for, which were loaded, and which were not and why.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "plexus/schema.hpp"

namespace plexus {

class Types;

/// Looks for plugins, judges each by its stamp before it is opened, and registers their types. To be made while no
/// other thread runs: libraries that come with plugins read their settings from the process's environment.
/// A plugin stays loaded until the process ends; whoever holds types or what they made must not outlive this.
class PLEXUS_API Environment {
public:
    /// Where plugins are looked for.
    struct Options {
        /// Searched before the shipped folder, in this order. Each must exist, and only its owner may write to it.
        std::vector<std::filesystem::path> plugin_directories = {};
        /// Plugins named one by one: unlike a file in a searched folder, one that does not fit is an error.
        std::vector<std::filesystem::path> plugins = {};
        bool search_shipped = true;      ///< the folder plexus/, then the SDK's number, beside libplexus
        std::string rename_prefix = {};  ///< before the name of every type: "x_" makes conv2d x_conv2d
        std::string isa = {};            ///< highest instruction set that kernels may use: "avx2"; empty: no limit
    };

    /// A plugin that was loaded.
    struct PluginInfo {
        std::filesystem::path path;                       ///< without links
        std::string name;                                 ///< as it calls itself
        std::string version;                              ///< its own, not the SDK's
        std::vector<std::pair<Kind, std::string>> types;  ///< in the order in which they were registered
    };

    /// A file that is no fitting plugin, or a folder that may not be searched.
    struct Skipped {
        std::filesystem::path path;  ///< as it was found
        std::string reason;          ///< goes on after the path: "is older: built for SDK 0.1, ..."
    };

    /// The plugins that ship.
    Environment();
    /// Throws InputError for a named file or folder that cannot be used, and for two plugins that claim one name.
    explicit Environment(const Options& options);
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;
    ~Environment();

    /// In the order in which they were loaded: named files, then each folder's files in alphabetical order.
    [[nodiscard]] const std::vector<PluginInfo>& plugins() const noexcept;
    /// In the order in which they were found.
    [[nodiscard]] const std::vector<Skipped>& skipped() const noexcept;
    /// The folders that were searched.
    [[nodiscard]] const std::vector<std::filesystem::path>& directories() const noexcept;
    /// For the functions of the other headers, which take it from here.
    [[nodiscard]] const Types& types() const noexcept;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace plexus
