// The one header that a plugin includes: every contract, and PLEXUS_PLUGIN, with which it introduces itself.
#pragma once
#include "plexus/random.hpp"
#include "plexus/registry.hpp"
#include "plexus/stamp.hpp"
#include "plexus/text.hpp"
#include "plexus/version.hpp"

/// Defines a plugin: its name, its version, and a function body that registers its types:
///     PLEXUS_PLUGIN("swish", "1.0.0", registry) { registry.layer<Swish>("swish", "x * sigmoid(beta * x)"); }
/// The stamp goes into an ELF note of the library, and is judged before the library is opened.
#define PLEXUS_PLUGIN(name, version, registry) \
    PLEXUS_STAMP(name, version)                \
    extern "C" PLEXUS_API void plexus_register_plugin(::plexus::Registry& registry)
