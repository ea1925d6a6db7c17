// The registry behind both its faces: plugins fill it while they are loaded, the framework reads it afterwards.
#pragma once
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/plugin/types.hpp"

namespace plexus {

/// What a search for plugins did; part of the message that a type is unknown.
struct SearchReport {
    std::vector<std::filesystem::path> directories;
    std::vector<std::pair<std::filesystem::path, std::string>> skipped;  ///< file or folder, reason
};

class PLEXUS_API TypeTable final : public Registry, public Types {
public:
    /// Puts `rename_prefix` before every name that a plugin registers.
    explicit TypeTable(std::string rename_prefix = {});
    ~TypeTable() override;

    /// Runs a plugin's registration. Its types are taken over together, or, if it throws, none of them. Throws
    /// InputError for a name that is taken, with both files; Misfit for what the registration itself threw. Returns the
    /// new types in the order in which they were registered.
    std::vector<const Schema*> add(const std::string& origin, void (*register_types)(Registry&));
    /// Once, after the last add(): makes the formats.
    void finish(SearchReport report);

    [[nodiscard]] const Schema* find(Kind kind, std::string_view type) const override;
    [[nodiscard]] std::vector<const Schema*> all(Kind kind) const override;
    [[nodiscard]] std::string origin(Kind kind, std::string_view type) const override;
    [[nodiscard]] TypedValue resolve(Kind kind, const Value& written,
                                     std::span<const std::string_view> reserved) const override;
    [[nodiscard]] std::unique_ptr<Layer> layer(Kind kind, const TypedValue& value,
                                               const Factory& factory) const override;
    [[nodiscard]] std::unique_ptr<Optimizer> optimizer(const TypedValue& value, const Factory& factory) const override;
    [[nodiscard]] std::unique_ptr<Schedule> schedule(const TypedValue& value, const Factory& factory) const override;
    [[nodiscard]] std::unique_ptr<Initializer> initializer(const TypedValue& value,
                                                           const Factory& factory) const override;
    [[nodiscard]] std::unique_ptr<Dataset> dataset(const TypedValue& value, const Factory& factory) const override;
    [[nodiscard]] const Format* format(std::string_view type) const override;
    [[nodiscard]] Value expand_model(const TypedValue& value) const override;
    [[nodiscard]] std::unique_ptr<Factory> factory(std::filesystem::path folder) const override;

    /// The format that declared the longest ending of a file's name, or nullptr.
    [[nodiscard]] const Format* format_of(const std::filesystem::path& file) const;
    /// All endings that formats declared, in alphabetical order.
    [[nodiscard]] std::vector<std::string> endings() const;
    /// As plugins of this table call their types: without the prefix.
    [[nodiscard]] const std::string& rename_prefix() const noexcept { return prefix_; }

private:
    using AnyMaker = std::variant<Maker<Layer>, Maker<Optimizer>, Maker<Schedule>, Maker<Initializer>, Maker<Dataset>,
                                  Maker<Format>, ModelFunction>;
    struct Entry {
        Schema schema;
        AnyMaker make;
        std::string origin;
        std::unique_ptr<Format> format;  // made by finish()
    };

    Schema& add_layer(Kind kind, std::string name, std::string help, Maker<Layer> make) override;
    Schema& add_optimizer(std::string name, std::string help, Maker<Optimizer> make) override;
    Schema& add_schedule(std::string name, std::string help, Maker<Schedule> make) override;
    Schema& add_initializer(std::string name, std::string help, Maker<Initializer> make) override;
    Schema& add_dataset(std::string name, std::string help, Maker<Dataset> make) override;
    Schema& add_format(std::string name, std::string help, Maker<Format> make) override;
    Schema& add_model(std::string name, std::string help, ModelFunction expand) override;
    Schema& stage(Kind kind, std::string name, std::string help, AnyMaker make);

    [[nodiscard]] const Entry* entry(Kind kind, std::string_view type) const;
    [[nodiscard]] InputError unknown(Kind kind, const std::string& type, const Position& position) const;
    template <class Base>
    [[nodiscard]] std::unique_ptr<Base> make(Kind kind, const TypedValue& value, const Factory& factory) const;

    std::string prefix_;
    std::deque<Entry> staged_;  // of the plugin that is being added; a deque, for the plugin holds references into it
    std::map<std::pair<Kind, std::string>, Entry> entries_;
    std::map<std::string, const Entry*> endings_;
    SearchReport search_;
};

}  // namespace plexus
