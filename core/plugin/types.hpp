// The reading side of the registry: which types there are, and how to make one.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/diagnostic/activity.hpp"
#include "plexus/factory.hpp"
#include "plexus/registry.hpp"

namespace plexus {

/// All types that the loaded plugins registered. Constant once loading is done; safe to read from any thread.
class PLEXUS_API Types {
public:
    virtual ~Types();

    /// The schema of a type, or nullptr.
    [[nodiscard]] virtual const Schema* find(Kind kind, std::string_view type) const = 0;
    /// In alphabetical order.
    [[nodiscard]] virtual std::vector<const Schema*> all(Kind kind) const = 0;
    /// The library that registered a type.
    [[nodiscard]] virtual std::string origin(Kind kind, std::string_view type) const = 0;

    /// Checks `name` or `{name: {...}}` of a kind. Throws InputError: an unknown type lists the nearest names, the
    /// folders that were searched and the plugins that were skipped. `reserved` members are passed over.
    [[nodiscard]] virtual TypedValue resolve(Kind kind, const Value& written,
                                             std::span<const std::string_view> reserved = {}) const = 0;

    [[nodiscard]] virtual std::unique_ptr<Layer> layer(Kind kind, const TypedValue& value,
                                                       const Factory& factory) const = 0;
    [[nodiscard]] virtual std::unique_ptr<Optimizer> optimizer(const TypedValue& value,
                                                               const Factory& factory) const = 0;
    [[nodiscard]] virtual std::unique_ptr<Schedule> schedule(const TypedValue& value, const Factory& factory) const = 0;
    [[nodiscard]] virtual std::unique_ptr<Initializer> initializer(const TypedValue& value,
                                                                   const Factory& factory) const = 0;
    [[nodiscard]] virtual std::unique_ptr<Dataset> dataset(const TypedValue& value, const Factory& factory) const = 0;
    /// Formats are made once and shared.
    [[nodiscard]] virtual const Format* format(std::string_view type) const = 0;
    [[nodiscard]] virtual Value expand_model(const TypedValue& value) const = 0;

    /// A factory whose relative paths start at `folder`.
    [[nodiscard]] virtual std::unique_ptr<Factory> factory(std::filesystem::path folder) const = 0;
};

/// A use of a type as messages name it, where it has no name of its own.
[[nodiscard]] inline PluginUse plugin_use(const Types& types, Kind kind, const TypedValue& value) {
    return {value.type, value.position, types.origin(kind, value.type)};
}

}  // namespace plexus
