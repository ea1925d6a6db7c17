// What each file of this plugin brings, and what layers that slide a kernel share.
#pragma once
#include <string_view>

#include "kernels/convolution.hpp"
#include "plexus/plugin.hpp"

namespace plexus::convolution {

using kernels::Along;

void add_conv(Registry& registry);
void add_conv2d_transpose(Registry& registry);
void add_depthwise_conv2d(Registry& registry);

/// `kernel_size`, `strides`, `padding` and `dilation_rate`.
struct Sliding {
    /// Refused: strides together with dilation_rate, as in Keras.
    explicit Sliding(const Attributes& a, Along along = Along::image);
    /// `border`: what padding is, after which its forms are listed.
    static Schema& declare(Schema& schema, std::string_view border = "border of zeros: valid (none)",
                           Along along = Along::image);

    kernels::Window rows;  ///< without the image
    kernels::Window columns;
    kernels::Padding padding;
};

/// Refuses what is no image, [N, H, W, C], or no sequence, [N, T, F], or has no value.
void want_image(const InferContext& c, Along along = Along::image);
/// Refuses a kernel that does not fit into the padded image.
void want_fit(const InferContext& c, const kernels::Convolution& shape, Along along = Along::image);

/// The work of a layer with parameters `kernel` and, unless left out, `bias`. `mirrored`: the layer is the data pass of
/// `shape`, whose outputs it gets and whose inputs it computes.
[[nodiscard]] std::unique_ptr<Work> plan_convolution(PlanContext& c, const kernels::Convolution& shape, bool bias,
                                                     bool mirrored = false);

}  // namespace plexus::convolution
