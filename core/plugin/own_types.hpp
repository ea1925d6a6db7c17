// The types that the core itself brings.
#pragma once

namespace plexus {

class Registry;

/// Layers that run a network of their own, which needs plan and execution: core/scan/ has them.
void register_own_types(Registry& registry);

}  // namespace plexus
