// What a plan does of its own accord to be fast.
#pragma once

namespace plexus {

/// Each can be left out, to see what it gains and that results stay what they are.
struct Rewrites {
    /// Nodes do their neighbours' work. In training the same bits; else within rounding, for a batch normalization
    /// becomes part of the weights before it.
    bool absorb = true;
    /// What a shard or a tile does from stage to stage is one task, as far as it goes. The same bits.
    bool fuse = true;
    /// Gradients of large parameters are made a tile at a time over the whole batch, and a batch that is one shard is
    /// cut along its channels. Sums in another order: within rounding.
    bool tile = true;
    /// A result lies where what it was made of lay, if nobody reads that later. The same bits.
    bool in_place = true;
};

}  // namespace plexus
