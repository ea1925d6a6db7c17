// A factory whose relative paths start at one folder.
#pragma once
#include <set>
#include <string>

#include "core/plugin/type_table.hpp"

namespace plexus {

class FolderFactory final : public Factory {
public:
    FolderFactory(const TypeTable& types, std::filesystem::path folder) : types_(types), folder_(std::move(folder)) {}

    [[nodiscard]] std::unique_ptr<Schedule> schedule(const TypedValue& value) const override;
    [[nodiscard]] std::unique_ptr<Optimizer> optimizer(const TypedValue& value) const override;
    [[nodiscard]] std::unique_ptr<Initializer> initializer(const TypedValue& value) const override;
    [[nodiscard]] std::filesystem::path path(const Attributes& attributes, std::string_view name) const override;
    [[nodiscard]] const Format& format(const std::filesystem::path& file) const override;
    [[nodiscard]] const Format& format_named(std::string_view name) const override;
    [[nodiscard]] bool has_format(const std::filesystem::path& file) const override;

    /// The relative paths that path() was asked for, as they were written: what has to change in a program's text when
    /// it is kept in another folder.
    [[nodiscard]] const std::set<std::string>& relative_paths() const noexcept { return relative_paths_; }
    [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }
    /// For types of the core, which make layers too.
    [[nodiscard]] const Types& types() const noexcept { return types_; }

private:
    const TypeTable& types_;
    std::filesystem::path folder_;
    mutable std::set<std::string> relative_paths_;  // made on one thread, by constructors
};

}  // namespace plexus
