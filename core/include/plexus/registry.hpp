// Where a plugin says what it brings: one call per type, continued by the declaration of its attributes.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <type_traits>

#include "plexus/dataset.hpp"
#include "plexus/factory.hpp"
#include "plexus/format.hpp"
#include "plexus/initializer.hpp"
#include "plexus/layer.hpp"
#include "plexus/optimizer.hpp"
#include "plexus/schedule.hpp"
#include "plexus/schema.hpp"

namespace plexus {

/// Makes an object of a registered type; the caller casts it to the class of its kind.
template <class Base>
using Maker = std::function<std::unique_ptr<Base>(const Attributes&, const Factory&)>;

/// A model template: attributes -> a piece of program text, a map with `network` and whatever else it sets.
using ModelFunction = Value (*)(const Attributes& attributes);

/// Filled by plugins while they are loaded. Each call returns the type's schema, for chaining. A name that another
/// plugin has taken is refused with both files.
class PLEXUS_API Registry {
public:
    virtual ~Registry();

    /// Registers the class T of that kind: `name` is what graphs call it, `help` a line for `runner plugins`. T is
    /// constructed from (const Attributes&) or (const Attributes&, const Factory&). Throws InputError for a name that
    /// is taken.
    /// @{
    template <class T>
    Schema& layer(std::string name, std::string help) {
        return add_layer(Kind::layer, std::move(name), std::move(help), maker<Layer, T>());
    }
    template <class T>
    Schema& loss(std::string name, std::string help) {
        return add_layer(Kind::loss, std::move(name), std::move(help), maker<Layer, T>()).inputs(2, 2);
    }
    template <class T>
    Schema& metric(std::string name, std::string help) {
        return add_layer(Kind::metric, std::move(name), std::move(help), maker<Layer, T>()).inputs(2, 2);
    }
    template <class T>
    Schema& optimizer(std::string name, std::string help) {
        return add_optimizer(std::move(name), std::move(help), maker<Optimizer, T>());
    }
    template <class T>
    Schema& schedule(std::string name, std::string help) {
        return add_schedule(std::move(name), std::move(help), maker<Schedule, T>());
    }
    template <class T>
    Schema& initializer(std::string name, std::string help) {
        return add_initializer(std::move(name), std::move(help), maker<Initializer, T>());
    }
    template <class T>
    Schema& dataset(std::string name, std::string help) {
        return add_dataset(std::move(name), std::move(help), maker<Dataset, T>());
    }
    template <class T>
    Schema& format(std::string name, std::string help) {
        return add_format(std::move(name), std::move(help), maker<Format, T>());
    }
    /// @}
    /// A template; it may be expanded any number of times.
    Schema& model(std::string name, std::string help, ModelFunction expand) {
        return add_model(std::move(name), std::move(help), expand);
    }

protected:
    /// What the templates above come down to; for the host to write.
    /// @{
    virtual Schema& add_layer(Kind kind, std::string name, std::string help, Maker<Layer> make) = 0;
    virtual Schema& add_optimizer(std::string name, std::string help, Maker<Optimizer> make) = 0;
    virtual Schema& add_schedule(std::string name, std::string help, Maker<Schedule> make) = 0;
    virtual Schema& add_initializer(std::string name, std::string help, Maker<Initializer> make) = 0;
    virtual Schema& add_dataset(std::string name, std::string help, Maker<Dataset> make) = 0;
    virtual Schema& add_format(std::string name, std::string help, Maker<Format> make) = 0;
    virtual Schema& add_model(std::string name, std::string help, ModelFunction expand) = 0;
    /// @}

private:
    template <class Base, class T>
    static Maker<Base> maker() {
        return [](const Attributes& attributes, const Factory& factory) -> std::unique_ptr<Base> {
            if constexpr (std::is_constructible_v<T, const Attributes&, const Factory&>)
                return std::make_unique<T>(attributes, factory);
            else
                return std::make_unique<T>(attributes);
        };
    }
};

}  // namespace plexus
