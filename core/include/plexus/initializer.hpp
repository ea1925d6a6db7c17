// The contract of an initializer: the first values of a parameter.
#pragma once
#include <cstdint>
#include <span>

#include "plexus/attributes.hpp"
#include "plexus/random.hpp"
#include "plexus/shape.hpp"

namespace plexus {

/// Constructed as T(const Attributes&). Constant.
class PLEXUS_API Initializer {
public:
    virtual ~Initializer();
    /// Assigns all values. `key` is the parameter's own stream of random numbers: counter {0, sample, block} may be
    /// used freely. `shape` is the parameter's, in Keras's order (kernels end in [inputs, outputs]).
    virtual void fill(std::span<float> values, const Shape& shape, RandomKey key) const = 0;
};

}  // namespace plexus
