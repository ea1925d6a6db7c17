// Makes a shipped type from the text that a graph file would have.
#pragma once
#include <memory>
#include <string>

#include "core/plugin/types.hpp"
#include "core/program/yaml.hpp"
#include "plexus/environment.hpp"

namespace plexus::test {

inline const Types& shipped() {
    static const Environment environment;
    return environment.types();
}

inline const Factory& factory() {
    static const std::unique_ptr<Factory> made = shipped().factory(".");
    return *made;
}

/// `name` or `{name: {...}}`, checked. Throws what the schema throws.
inline TypedValue resolved(Kind kind, const std::string& written) {
    return shipped().resolve(kind, read_yaml(written, "test"));
}

inline std::unique_ptr<Schedule> schedule(const std::string& written) {
    return factory().schedule(resolved(Kind::schedule, written));
}

inline std::unique_ptr<Optimizer> optimizer(const std::string& written) {
    return factory().optimizer(resolved(Kind::optimizer, written));
}

inline std::unique_ptr<Initializer> initializer(const std::string& written) {
    return factory().initializer(resolved(Kind::initializer, written));
}

/// Message of the InputError that `make` throws ("" if none).
template <class Make>
std::string refusal_of(const Make& make) {
    try {
        make();
        return "";
    } catch (const InputError& error) {
        return error.what();
    }
}

}  // namespace plexus::test
