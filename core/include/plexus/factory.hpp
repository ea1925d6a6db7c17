// Makes the objects that attributes name, and finds files: handed to the constructors that want it.
#pragma once
#include <filesystem>
#include <memory>
#include <string_view>

#include "plexus/attributes.hpp"

namespace plexus {

class Format;
class Initializer;
class Layer;
class Optimizer;
class Schedule;

/// What it makes belongs to the caller, formats to the environment. Throws InputError, with the place, for what is
/// wrong in attributes. It is lent to a constructor: do not keep it.
class PLEXUS_API Factory {
public:
    virtual ~Factory();
    /// Of an attribute that was declared by Schema::typed() of that kind.
    /// @{
    [[nodiscard]] virtual std::unique_ptr<Schedule> schedule(const TypedValue& value) const = 0;
    [[nodiscard]] virtual std::unique_ptr<Optimizer> optimizer(const TypedValue& value) const = 0;
    [[nodiscard]] virtual std::unique_ptr<Initializer> initializer(const TypedValue& value) const = 0;
    /// @}
    /// A string attribute as a path; relative paths are relative to the graph file.
    [[nodiscard]] virtual std::filesystem::path path(const Attributes& attributes, std::string_view name) const = 0;
    /// The format that declared the ending of `file`. Throws InputError listing the endings that are known.
    [[nodiscard]] virtual const Format& format(const std::filesystem::path& file) const = 0;
    /// The format of that name ("idx"), whatever the file is called.
    [[nodiscard]] virtual const Format& format_named(std::string_view name) const = 0;
    /// Whether format() would find one.
    [[nodiscard]] virtual bool has_format(const std::filesystem::path& file) const = 0;
};

}  // namespace plexus
