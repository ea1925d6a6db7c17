#include "gradients.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace planted {
namespace {

using namespace plexus;

// One number after the other: y = f(x), dx = dy * slope(x, y).
template <float (*value)(float), float (*slope)(float x, float y)>
struct Elementwise final : Layer {
    explicit Elementwise(const Attributes&) {}
    void infer(InferContext& c) const override {
        c.want(0, 2, "[batch, features]");
        c.output(0, c.input(0));
    }
    void forward(const ForwardContext& c) const override {
        std::ranges::transform(c.input(0).as(), c.output(0).as().begin(), value);
    }
    void backward(const BackwardContext& c) const override {
        const auto x = c.input(0).as(), y = c.output(0).as(), dy = c.output_gradient(0).as();
        const auto dx = c.input_gradient(0).as();
        for (std::size_t i = 0; i < dx.size(); ++i)
            dx[i] = dy[i] * slope(x[i], y[i]);
    }
};

float gate(float x) {
    return 1 / (1 + std::exp(-x));
}
float swish(float x) {
    return x * gate(x);
}
float hyperbolic_tangent(float x) {
    return std::tanh(x);
}
float square(float x) {
    return x * x;
}
float leaky(float x) {
    return x > 0 ? x : 0.1F * x;
}

float clip(float x) {
    return std::clamp(x, -0.5F, 0.5F);
}
float logarithm(float x) {
    return std::log(x);
}
float clamp_at_four(float x) {
    return std::clamp(x, -4.0F, 4.0F);
}
float root(float x) {
    return std::sqrt(std::abs(x));
}
float absolute(float x) {
    return std::abs(x);
}
float tangent(float x) {
    return std::tan(x);
}
float steps(float x) {
    return std::floor(4 * x) + x;
}

float inside(float x, float) {
    return x > -0.5F && x < 0.5F ? 1.0F : 0.0F;
}
float reciprocal(float x, float) {
    return 1 / x;
}
float infinite_at_zero(float x, float y) {
    return (x < 0 ? -0.5F : 0.5F) / y;
}
float input_by_output(float x, float y) {
    return x / y;
}
float of_tangent(float, float y) {
    return 1 + y * y;
}
float output_by_input(float x, float y) {
    return y / x * (1 + x * (1 - gate(x)));
}
float one(float, float) {
    return 1;
}
float no_product_rule(float x, float) {
    return gate(x);
}
float of_input_instead_of_output(float x, float) {
    return 1 - x * x;
}
float forgets_factor(float x, float) {
    return x;
}
float wrong_sign(float x, float) {
    return -2 * x;
}
float one_percent_less(float x, float) {
    return 1.98F * x;
}
float sides_exchanged(float x, float) {
    return x > 0 ? 0.1F : 1.0F;
}
float nothing(float, float) {
    return 0;
}
float clipped(float x, float) {
    return std::clamp(2 * x, -1.0F, 1.0F);
}

// y = x W + b with as many outputs as inputs; each fault in a function that overrides one of three.
struct Square : Layer {
    explicit Square(const Attributes&) {}
    void infer(InferContext& c) const override {
        c.want(0, 2, "[batch, features]");
        const std::int64_t features = c.input(0).shape[1];
        c.output(0, c.input(0));
        c.parameter("kernel", {features, features}, {"glorot_uniform", {}, {}});
        c.parameter("bias", {features}, {"zeros", {}, {}});
    }
    void forward(const ForwardContext& c) const override {
        const auto x = c.input(0).as(), w = c.parameter(0).as(), b = c.parameter(1).as();
        const auto y = c.output(0).as();
        for (std::size_t i = 0; i < y.size(); ++i) {
            const std::size_t n = i / b.size(), k = i % b.size();
            y[i] = b[k];
            for (std::size_t f = 0; f < b.size(); ++f)
                y[i] += x[n * b.size() + f] * w[f * b.size() + k];
        }
    }
    void backward(const BackwardContext& c) const override {
        const Pass pass{c.input(0).as(),
                        c.output_gradient(0).as(),
                        c.parameter(0).as(),
                        c.parameter(1).as().size(),
                        static_cast<std::size_t>(c.samples()),
                        static_cast<std::size_t>(c.batch())};
        if (const Tensor dx = c.input_gradient(0))
            to_input(pass, dx.as());
        if (const Tensor dw = c.parameter_gradient(0)) {
            to_kernel(pass, dw.as());
            to_bias(pass, c.parameter_gradient(1).as());
        }
    }

protected:
    struct Pass {
        std::span<const float> x, dy, w;
        std::size_t size, samples, batch;
    };

    virtual void to_input(const Pass& p, std::span<float> dx) const {
        for (std::size_t i = 0; i < dx.size(); ++i) {
            dx[i] = 0;
            for (std::size_t k = 0; k < p.size; ++k)
                dx[i] += p.dy[i / p.size * p.size + k] * p.w[i % p.size * p.size + k];
        }
    }
    virtual void to_kernel(const Pass& p, std::span<float> dw) const {
        for (std::size_t i = 0; i < dw.size(); ++i) {
            dw[i] = 0;
            for (std::size_t n = 0; n < p.samples; ++n)
                dw[i] += p.x[n * p.size + i / p.size] * p.dy[n * p.size + i % p.size];
        }
    }
    virtual void to_bias(const Pass& p, std::span<float> db) const {
        std::ranges::fill(db, 0.0F);
        for (std::size_t i = 0; i < p.dy.size(); ++i)
            db[i % p.size] += p.dy[i];
    }
};

// Right, but where its input has no gradient it leaves the parameters' out, too.
struct LeavesTooEarly final : Square {
    using Square::Square;
    void backward(const BackwardContext& c) const override {
        if (c.input_gradient(0))
            Square::backward(c);
    }
};

struct KernelNotTransposed final : Square {
    using Square::Square;
    void to_input(const Pass& p, std::span<float> dx) const override {
        for (std::size_t i = 0; i < dx.size(); ++i) {
            dx[i] = 0;
            for (std::size_t k = 0; k < p.size; ++k)
                dx[i] += p.dy[i / p.size * p.size + k] * p.w[k * p.size + i % p.size];
        }
    }
};

struct GradientTransposed final : Square {
    using Square::Square;
    void to_kernel(const Pass& p, std::span<float> dw) const override {
        Square::to_kernel(p, dw);
        for (std::size_t row = 0; row < p.size; ++row)
            for (std::size_t column = row + 1; column < p.size; ++column)
                std::swap(dw[row * p.size + column], dw[column * p.size + row]);
    }
};

struct LosesFirstSample final : Square {
    using Square::Square;
    void to_kernel(const Pass& p, std::span<float> dw) const override {
        Pass rest = p;
        rest.x = p.x.subspan(p.size);
        rest.dy = p.dy.subspan(p.size);
        rest.samples = p.samples - 1;
        Square::to_kernel(rest, dw);
    }
};

// Only the batch's first shard counts.
struct LosesShards final : Square {
    using Square::Square;
    void backward(const BackwardContext& c) const override {
        Square::backward(c);
        if (c.first() != 0 && c.parameter_gradient(1))
            std::ranges::fill(c.parameter_gradient(1).as(), 0.0F);
    }
};

struct MeanOverShard final : Square {
    using Square::Square;
    void to_bias(const Pass& p, std::span<float> db) const override {
        Square::to_bias(p, db);
        for (float& slope : db)
            slope /= static_cast<float>(p.samples);
    }
};

struct MeanOverBatch final : Square {
    using Square::Square;
    void to_kernel(const Pass& p, std::span<float> dw) const override {
        Square::to_kernel(p, dw);
        for (float& slope : dw)
            slope /= static_cast<float>(p.batch);
    }
};

// Every feature's bias gets what all features together should have.
struct WrongBroadcast final : Square {
    using Square::Square;
    void to_bias(const Pass& p, std::span<float> db) const override {
        std::ranges::fill(db, std::accumulate(p.dy.begin(), p.dy.end(), 0.0F) / static_cast<float>(p.size));
    }
};

struct OffByOne final : Square {
    using Square::Square;
    void to_bias(const Pass& p, std::span<float> db) const override {
        Square::to_bias(p, db);
        std::ranges::rotate(db, db.begin() + 1);
    }
};

struct ForgetsLast final : Square {
    using Square::Square;
    void to_kernel(const Pass& p, std::span<float> dw) const override {
        Square::to_kernel(p, dw);
        dw.back() = 0;
    }
};

// One of the biases goes without.
struct ForgetsOneOfMany final : Square {
    using Square::Square;
    void to_bias(const Pass& p, std::span<float> db) const override {
        Square::to_bias(p, db);
        if (db.size() > 15)
            db[15] = 0;
    }
};

struct SameSampleForAll final : Square {
    using Square::Square;
    void to_kernel(const Pass& p, std::span<float> dw) const override {
        for (std::size_t i = 0; i < dw.size(); ++i) {
            dw[i] = 0;
            for (std::size_t n = 0; n < p.samples; ++n)
                dw[i] += p.x[i / p.size] * p.dy[n * p.size + i % p.size];
        }
    }
};

struct AddsToGradient final : Square {
    using Square::Square;
    void to_bias(const Pass& p, std::span<float> db) const override {
        for (std::size_t i = 0; i < p.dy.size(); ++i)
            db[i % p.size] += p.dy[i];
    }
};

// Two inputs of one shape: y = a * b.
struct Product : Layer {
    explicit Product(const Attributes&) {}
    void infer(InferContext& c) const override {
        if (c.input(0) != c.input(1) || c.input(0).element != Element::float32)
            throw c.error("the inputs differ");
        c.output(0, c.input(0));
    }
    void forward(const ForwardContext& c) const override {
        std::ranges::transform(c.input(0).as(), c.input(1).as(), c.output(0).as().begin(), std::multiplies<>{});
    }
};

struct InputsExchanged final : Product {
    using Product::Product;
    void backward(const BackwardContext& c) const override {
        for (const std::size_t i : {0, 1})
            if (const Tensor dx = c.input_gradient(i))
                std::ranges::transform(c.output_gradient(0).as(), c.input(i).as(), dx.as().begin(),
                                       std::multiplies<>{});
    }
};

// The mean over features is taken away; its own slope is forgotten.
struct MeanHeldConstant final : Layer {
    explicit MeanHeldConstant(const Attributes&) {}
    void infer(InferContext& c) const override {
        c.want(0, 2, "[batch, features]");
        c.output(0, c.input(0));
    }
    void forward(const ForwardContext& c) const override {
        const auto x = c.input(0).as();
        const std::size_t size = x.size() / static_cast<std::size_t>(c.samples());
        for (std::size_t i = 0; i < x.size(); i += size) {
            const auto row = x.subspan(i, size);
            const float mean = std::accumulate(row.begin(), row.end(), 0.0F) / static_cast<float>(size);
            for (std::size_t k = 0; k < size; ++k)
                c.output(0).as()[i + k] = row[k] - mean;
        }
    }
    void backward(const BackwardContext& c) const override {
        std::ranges::copy(c.output_gradient(0).as(), c.input_gradient(0).as().begin());
    }
};

// Each sample divided by the root of the mean of its squares and of a constant.
struct RootMeanSquare : Layer {
    explicit RootMeanSquare(const Attributes&) {}
    void infer(InferContext& c) const override {
        c.want(0, 2, "[batch, features]");
        c.output(0, c.input(0));
    }
    void forward(const ForwardContext& c) const override {
        const auto x = c.input(0).as();
        const std::size_t size = x.size() / static_cast<std::size_t>(c.samples());
        for (std::size_t i = 0; i < x.size(); ++i)
            c.output(0).as()[i] = x[i] / std::sqrt(scale(mean_square(x.subspan(i / size * size, size))));
    }
    void backward(const BackwardContext& c) const override {
        const auto x = c.input(0).as(), dy = c.output_gradient(0).as();
        const std::size_t size = x.size() / static_cast<std::size_t>(c.samples());
        for (std::size_t i = 0; i < x.size(); i += size) {
            const float mean = mean_square(x.subspan(i, size)), root = std::sqrt(scale(mean));
            float product = 0;
            for (std::size_t k = i; k < i + size; ++k)
                product += x[k] * dy[k] / static_cast<float>(size);
            for (std::size_t k = i; k < i + size; ++k)
                c.input_gradient(0).as()[k] = (dy[k] - x[k] * product * slope(mean)) / root;
        }
    }

protected:
    static float mean_square(std::span<const float> row) {
        return std::inner_product(row.begin(), row.end(), row.begin(), 0.0F) / static_cast<float>(row.size());
    }
    [[nodiscard]] virtual float scale(float mean) const = 0;  // what the root is taken of
    [[nodiscard]] virtual float slope(float mean) const = 0;  // of it, divided by it
};

struct ForgetsConstant final : RootMeanSquare {
    using RootMeanSquare::RootMeanSquare;
    [[nodiscard]] float scale(float mean) const override { return mean + 1e-3F; }
    [[nodiscard]] float slope(float mean) const override { return 1 / mean; }
};

// Right, and with a slope of a million for a sample of zeros.
struct UnitLength final : RootMeanSquare {
    using RootMeanSquare::RootMeanSquare;
    [[nodiscard]] float scale(float mean) const override { return std::max(mean, 1e-12F); }
    [[nodiscard]] float slope(float mean) const override { return mean > 1e-12F ? 1 / mean : 0; }
};

// A mask in backward that is not the one of forward.
struct OtherMask final : Layer {
    explicit OtherMask(const Attributes&) {}
    void infer(InferContext& c) const override {
        c.want(0, 2, "[batch, features]");
        c.output(0, c.input(0));
    }
    static void mask(const StepContext& c, std::uint32_t block, std::span<const float> from, std::span<float> to) {
        const std::size_t size = from.size() / static_cast<std::size_t>(c.samples());
        for (std::size_t i = 0; i < from.size(); ++i) {
            const auto words =
                c.random(static_cast<std::int64_t>(i / size), block + static_cast<std::uint32_t>(i % size));
            to[i] = !c.training() || words[0] % 2 == 0 ? from[i] : 0;
        }
    }
    void forward(const ForwardContext& c) const override { mask(c, 0, c.input(0).as(), c.output(0).as()); }
    void backward(const BackwardContext& c) const override {
        mask(c, 1, c.output_gradient(0).as(), c.input_gradient(0).as());
    }
};

}  // namespace

void add_gradients(Registry& registry) {
    // Right, but for places that no slope has.
    registry.layer<Elementwise<clip, inside>>("hard_clip", "between -0.5 and 0.5");
    registry.layer<Elementwise<logarithm, reciprocal>>("logarithm", "of positive numbers");
    registry.layer<Elementwise<steps, one>>("staircase", "a slope with steps");
    registry.layer<Elementwise<root, infinite_at_zero>>("root", "of the absolute value");
    registry.layer<Elementwise<absolute, input_by_output>>("absolute", "value");
    registry.layer<Elementwise<tangent, of_tangent>>("tangent", "of x, which has poles");
    registry.layer<UnitLength>("unit_length", "x / |x|");
    registry.layer<Elementwise<clamp_at_four, one>>("clamp_at_four", "between -4 and 4");
    registry.layer<Elementwise<swish, output_by_input>>("output_by_input", "x * gate(x)");
    registry.layer<ForgetsConstant>("forgets_constant", "x / sqrt(mean(x * x) + 0.001)");
    registry.layer<Elementwise<swish, no_product_rule>>("no_product_rule", "x * gate(x)");
    registry.layer<Elementwise<hyperbolic_tangent, of_input_instead_of_output>>("input_for_output", "tanh(x)");
    registry.layer<Elementwise<square, forgets_factor>>("forgets_factor", "x * x");
    registry.layer<Elementwise<square, wrong_sign>>("wrong_sign", "x * x");
    registry.layer<Elementwise<square, one_percent_less>>("one_percent_less", "x * x");
    registry.layer<Elementwise<leaky, sides_exchanged>>("sides_exchanged", "max(x, x / 10)");
    registry.layer<Elementwise<square, nothing>>("no_gradient_at_all", "x * x");
    registry.layer<Elementwise<square, clipped>>("clipped_gradient", "x * x");
    registry.layer<LeavesTooEarly>("leaves_too_early", "x W + b");
    registry.layer<KernelNotTransposed>("kernel_not_transposed", "x W + b");
    registry.layer<GradientTransposed>("gradient_transposed", "x W + b");
    registry.layer<LosesFirstSample>("loses_first_sample", "x W + b");
    registry.layer<LosesShards>("loses_shards", "x W + b");
    registry.layer<MeanOverShard>("mean_over_shard", "x W + b");
    registry.layer<MeanOverBatch>("mean_over_batch", "x W + b");
    registry.layer<WrongBroadcast>("wrong_broadcast", "x W + b");
    registry.layer<OffByOne>("off_by_one", "x W + b");
    registry.layer<ForgetsLast>("forgets_last", "x W + b");
    registry.layer<ForgetsOneOfMany>("forgets_one_of_many", "x W + b");
    registry.layer<SameSampleForAll>("same_sample_for_all", "x W + b");
    registry.layer<AddsToGradient>("adds_to_gradient", "x W + b");
    registry.layer<InputsExchanged>("inputs_exchanged", "a * b").inputs(2, 2);
    registry.layer<MeanHeldConstant>("mean_held_constant", "x - mean(x)");
    registry.layer<OtherMask>("other_mask", "some of x");
}

}  // namespace planted
