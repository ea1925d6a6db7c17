// The stages of a layer whose output is a product of its input with a kernel, plus a bias: dense layers, convolutions.
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "kernels/convolution.hpp"
#include "plexus/work.hpp"

namespace plexus::kernels {

/// Parameter 0 is the kernel; parameter 1, if there is one, the bias, a number for each channel of the output.
class ProductWork final : public Work {
public:
    struct Parts {
        std::unique_ptr<Product> forward;
        std::unique_ptr<Product> backward;        ///< null: the input's gradient is not wanted
        std::unique_ptr<WeightGradient> weights;  ///< null: the parameters' gradients are not wanted
        std::size_t groups = 0;  ///< of samples, or of channels, for which forward and backward run; 0: per shard
        std::size_t tiles = 0;   ///< of the kernel's gradient, over the whole batch; 0: per shard
        std::size_t tiled_dimension = 0;   ///< of the kernel: that of the input's channels or features
        std::int64_t rows_per_sample = 1;  ///< of the products; a dense layer's steps
        bool bias = true;
        bool mirrored = false;  ///< forward is another product's data pass: that one's x is dy here, and its dy is x
        double flops = 0;       ///< of one pass over the batch
    };
    /// What absorbs() of such a layer answers: outside of training, a batch normalization behind it, whose constants go
    /// into the kernel, and a relu behind it or behind that one.
    [[nodiscard]] static bool absorbs(const Neighbour& neighbour, std::span<const Neighbour> so_far, Mode mode);
    /// What such a layer's products read and write: forward, and x and dy of a gradient; and back.
    [[nodiscard]] static Formats forward_formats(const PlanContext& c);
    [[nodiscard]] static Formats backward_formats(const PlanContext& c);
    /// Into how many groups of neighbouring shards' samples the batch is cut for a kernel [inputs, outputs]; 0: into
    /// none. A large kernel is read from memory for each slice, so that these should be long.
    [[nodiscard]] static std::size_t groups_of(const PlanContext& c, std::int64_t inputs, std::int64_t outputs);
    /// The numbers of samples in that many groups, or in the shards: one or two.
    [[nodiscard]] static std::vector<std::int64_t> group_sizes(const PlanContext& c, std::size_t groups);
    /// Adds the stages to the plan: the kernel is packed, once for each pass, whenever it was written, but for products
    /// that read it as it lies.
    ProductWork(PlanContext& c, Parts parts);

    void run(const StageContext& c) const override;

private:
    enum class Step { pack_forward, pack_backward, forward, weights, bias, data };

    /// A batch normalization that became part of the kernel and the bias: where its constants are.
    struct Normalization {
        double epsilon = 0;
        std::optional<std::size_t> gamma;  ///< parameter
        std::optional<std::size_t> beta;
        std::size_t mean = 0;  ///< state; the variance follows
    };

    void take_in(std::span<const Neighbour> absorbed);
    /// What the product reads.
    Operand plan_pack(PlanContext& c, Step step, const Product& product);
    void plan_forward(PlanContext& c);
    void plan_data(PlanContext& c);
    /// Whether it was cut into tiles of channels: of `written`, what the product writes.
    bool cut(const PlanContext& c, Stage& stage, const Product& product, const Shape& written) const;
    void plan_weights(PlanContext& c);
    void pack(const StageContext& c, const Product& product, Operand packed) const;
    void pack_normalized(const StageContext& c) const;
    static Finish part_of(const StageContext& c, bool split, Finish finish);
    void run_forward(const StageContext& c) const;
    void run_product(const StageContext& c, const Product& product, Operand weights, const Finish& finish,
                     ConstTensor from, Tensor to) const;
    void run_weights(const StageContext& c) const;
    void run_bias(const StageContext& c) const;

    Parts parts_;
    std::vector<Step> steps_;  ///< per stage
    std::optional<Normalization> normalization_;
    bool relu_ = false;
    bool forward_split_ = false;  ///< runs in tiles of channels
    bool data_split_ = false;
    std::size_t normalized_bias_ = 0;
    Operand forward_weights_{Operand::Role::parameter};
    Operand backward_weights_{Operand::Role::parameter};
};

}  // namespace plexus::kernels
