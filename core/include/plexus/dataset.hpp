// The contract of a data set: random access to samples.
#pragma once
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "plexus/attributes.hpp"
#include "plexus/tensor.hpp"

namespace plexus {

class Factory;

/// One tensor of each sample: the type is that of one sample, without the batch.
struct SampleTensor {
    std::string name;  ///< by which a graph's `inputs` call it
    TensorType type;   ///< without N
};

/// Constructed as T(const Attributes&, const Factory&): the factory resolves paths and finds formats. The constructor
/// reads what it needs to know sizes and to refuse what is damaged; it throws InputError naming file and attribute.
class PLEXUS_API Dataset {
public:
    virtual ~Dataset();
    /// How many samples there are. Constant.
    [[nodiscard]] virtual std::size_t size() const = 0;
    /// Names, shapes and element types, the same for all samples; the first is the network's input.
    [[nodiscard]] virtual std::span<const SampleTensor> tensors() const = 0;
    /// Fills one tensor per entry of tensors(), each with one sample's shape. Called from several threads at once.
    /// Throws RunError naming the file or record for a sample that cannot be read.
    virtual void read(std::size_t index, std::span<const Tensor> sample) const = 0;
    /// Class names, where the data says them. Default: none.
    [[nodiscard]] virtual std::vector<std::string> classes() const;
    /// How many streams the samples are cut from: sample i + streams() goes on where sample i ends, as networks that
    /// carry state from batch to batch need it. Default: 0, each sample stands alone.
    [[nodiscard]] virtual std::size_t streams() const;
    /// How many of the last samples are meant to be held out, where a program does not say so itself (`data.holdout`);
    /// less than size(). Streams end before them and begin anew with them: both parts have a multiple of streams()
    /// samples. Default: 0.
    [[nodiscard]] virtual std::size_t held_out() const;
};

}  // namespace plexus
