// The version of the interface that plugins are built against.
#pragma once

/// A host loads plugins of its own major and minor version; a new virtual function is a new minor version.
#define PLEXUS_SDK_MAJOR 0
#define PLEXUS_SDK_MINOR 2
#define PLEXUS_VERSION "0.2.0"
