#include "plexus/environment.hpp"

#include <dlfcn.h>

#include <algorithm>

#include "core/plugin/loader.hpp"
#include "core/plugin/own_types.hpp"
#include "core/plugin/type_table.hpp"
#include "plexus/text.hpp"
#include "plexus/version.hpp"

namespace plexus {
namespace {

namespace fs = std::filesystem;

// The library that this code is in.
fs::path own_library() {
    Dl_info library{};
    if (::dladdr(reinterpret_cast<const void*>(&own_library), &library) == 0 || !library.dli_fname)
        return {};
    std::error_code failed;
    return fs::canonical(library.dli_fname, failed);
}

// plexus/<SDK version> beside it, in a build folder as in an installed tree.
fs::path shipped_directory() {
    const fs::path self = own_library();
    return self.empty() ? self : self.parent_path() / "plexus" / text(PLEXUS_SDK_MAJOR, '.', PLEXUS_SDK_MINOR);
}

std::vector<fs::path> files_in(const fs::path& directory) {
    std::vector<fs::path> files;
    for (const fs::directory_entry& entry : fs::directory_iterator{directory})
        if (entry.path().extension() == ".so" && !entry.is_directory())
            files.push_back(entry.path());
    // The order in which a folder lists its files is chance.
    std::ranges::sort(files);
    return files;
}

}  // namespace

struct Environment::Parts {
    explicit Parts(const Options& options) : types(options.rename_prefix) {
        prepare_kernel_libraries(options.isa);
        types.add(own_library().string(), register_own_types);
        for (const fs::path& file : options.plugins)
            load_named(file);
        for (const fs::path& directory : options.plugin_directories)
            search_named(directory);
        if (options.search_shipped)
            search_shipped();

        SearchReport report{directories, {}};
        for (const Skipped& skip : skipped)
            report.skipped.emplace_back(skip.path, skip.reason);
        types.finish(std::move(report));
    }

    void load_named(const fs::path& file) {
        std::error_code failed;
        const fs::path canonical = fs::canonical(file, failed);
        if (failed || !fs::is_regular_file(canonical))
            throw InputError(text(file.string(), ": there is no such plugin file"));
        try {
            load(canonical);
        } catch (const Misfit& misfit) {
            throw InputError(text(file.string(), ": ", misfit.what()));
        }
    }

    void search_named(const fs::path& directory) {
        std::error_code failed;
        const fs::path canonical = fs::canonical(directory, failed);
        if (failed || !fs::is_directory(canonical))
            throw InputError(text(directory.string(), ": there is no such folder of plugins"));
        if (const std::string reason = refuse_place(canonical); !reason.empty())
            throw InputError(text(directory.string(), ": ", reason));
        search(canonical);
    }

    void search_shipped() {
        const fs::path directory = shipped_directory();
        if (!fs::is_directory(directory))
            skipped.push_back({directory, "there is no such folder"});
        else if (std::string reason = refuse_place(directory); !reason.empty())
            skipped.push_back({directory, std::move(reason)});
        else
            search(directory);
    }

    void search(const fs::path& directory) {
        if (std::ranges::find(directories, directory) != directories.end())
            return;
        directories.push_back(directory);
        for (const fs::path& file : files_in(directory)) {
            std::error_code failed;
            const fs::path canonical = fs::canonical(file, failed);
            try {
                if (failed)
                    throw Misfit("cannot be read: " + failed.message());
                load(canonical);
            } catch (const Misfit& misfit) {
                skipped.push_back({file, misfit.what()});
            }
        }
    }

    // Throws Misfit; InputError where two plugins claim one name, for then neither is the right one.
    void load(const fs::path& file) {
        if (std::ranges::any_of(plugins, [&](const PluginInfo& plugin) { return plugin.path == file; }))
            return;
        for (const fs::path& place : {file, file.parent_path()})
            if (const std::string reason = refuse_place(place); !reason.empty())
                throw Misfit(reason);
        const OpenPlugin plugin = open_plugin(file);
        PluginInfo info{file, plugin.name, plugin.version, {}};
        for (const Schema* schema : types.add(file.string(), plugin.register_types))
            info.types.emplace_back(schema->kind(), schema->type());
        plugins.push_back(std::move(info));
    }

    std::vector<PluginInfo> plugins;
    std::vector<Skipped> skipped;
    std::vector<fs::path> directories;
    TypeTable types;
};

Environment::Environment() : Environment(Options{}) {}
Environment::Environment(const Options& options) : parts_(std::make_unique<Parts>(options)) {}
Environment::~Environment() = default;

const std::vector<Environment::PluginInfo>& Environment::plugins() const noexcept {
    return parts_->plugins;
}

const std::vector<Environment::Skipped>& Environment::skipped() const noexcept {
    return parts_->skipped;
}

const std::vector<fs::path>& Environment::directories() const noexcept {
    return parts_->directories;
}

const Types& Environment::types() const noexcept {
    return parts_->types;
}

}  // namespace plexus
