// Networks that read images and networks that make them, which mirror each other.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "network_text.hpp"

namespace plexus::models {

/// What follows each hidden layer.
struct Hidden {
    double negative_slope = 0;                     ///< of leaky_relu; 0: relu
    double dropout = 0;                            ///< after the activation; 0: none
    bool batch_normalization = false;              ///< before the activation, where an image is made
    std::optional<Value> kernel_initializer = {};  ///< none: as the layers have it
};

/// The sizes of both. `filters` are channels of convolutions with strides of 2, `units` outputs of the dense layers
/// behind them.
class ImageText {
public:
    /// The attributes that all have: shape, filters, kernel_size, units. `units` are those where nothing is written.
    static void declare(Schema& schema, const char* units);
    /// Throws InputError where no image can be made of that shape.
    ImageText(const Attributes& a, std::vector<std::int64_t> units);

    /// From an image:
    ///     for each of `filters`: conv2d, half as many rows and columns  [batch_normalization, not after the first]
    ///                            activation  [dropout]
    ///     flatten
    ///     for each of `units`:   dense  activation  [dropout]
    void add_reader(NetworkText& network, const Hidden& hidden) const;
    /// The mirror image, from numbers to an image of logits; the last node is called `image`:
    ///     for each of `units`, the last first:  dense  activation  [dropout]
    ///     dense and reshape to the planes of the last convolution  [batch_normalization]  activation  [dropout]
    ///     for each of `filters` but the last, backwards: conv2d_transpose  [batch_normalization]  activation [dropout]
    ///     conv2d_transpose to the channels of the image
    /// Without `filters`, dense and reshape make the image.
    void add_painter(NetworkText& network, const Hidden& hidden) const;

    [[nodiscard]] std::int64_t rows() const noexcept { return rows_; }
    [[nodiscard]] std::int64_t columns() const noexcept { return columns_; }
    [[nodiscard]] bool is_convolutional() const noexcept { return !filters_.empty(); }

private:
    [[nodiscard]] std::vector<NetworkText::Attribute> convolution(std::int64_t filters, const Hidden& hidden,
                                                                  bool normalised) const;

    std::int64_t rows_, columns_, channels_, kernel_size_;
    std::vector<std::int64_t> filters_, units_;
};

/// The attributes `scale` and `offset` of raw data.
void add_range_to(Schema& schema, double scale, double offset, const char* range);
/// The rescaling that they make, called `name`.
void add_range(NetworkText& network, const Attributes& a, const std::string& name);

}  // namespace plexus::models
