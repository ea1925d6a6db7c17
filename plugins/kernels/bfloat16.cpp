#include "kernels/bfloat16.hpp"

#include <algorithm>

#include "kernels/elementwise.hpp"
#include "kernels/onednn.hpp"

namespace plexus::kernels {
namespace {

constexpr Element half = Element::bfloat16;

std::size_t aligned(std::size_t bytes) {
    return (bytes + 63) / 64 * 64;
}

/// What a kernel is to read, made of what an edge holds.
class Input {
public:
    /// A kernel that reads float32 is given numbers that bfloat16 has.
    Input(Element edge, Element kernel, std::int64_t size, std::int64_t samples)
        : edge_{edge},
          kernel_{kernel},
          size_{static_cast<std::size_t>(size)},
          bytes_{is_as_it_is() ? 0 : aligned(size_ * static_cast<std::size_t>(samples) * size_of(kernel))} {}

    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

    const void* read(const void* from, std::int64_t samples, std::byte* scratch) const {
        if (is_as_it_is())
            return from;
        const std::size_t count = size_ * static_cast<std::size_t>(samples);
        const auto copy = [](const Floats& a, Floats& b) __attribute__((always_inline)) {
            b = a;
        };
        if (kernel_ == half)
            apply(copy, count, static_cast<const float*>(from), reinterpret_cast<bfloat16*>(scratch));
        else if (edge_ == half)
            apply(copy, count, static_cast<const bfloat16*>(from), reinterpret_cast<float*>(scratch));
        else
            round(static_cast<const float*>(from), count, reinterpret_cast<float*>(scratch));
        return scratch;
    }

    static void round(const float* from, std::size_t count, float* to) {
        apply(
            [](const Floats& a, Floats& b) __attribute__((always_inline)) { b = rounded(a); }, count, from, to);
    }

private:
    [[nodiscard]] bool is_as_it_is() const noexcept { return edge_ == half && kernel_ == half; }

    Element edge_;
    Element kernel_;
    std::size_t size_;  ///< numbers of a sample
    std::size_t bytes_;
};

class ConvertedProduct final : public Product {
public:
    /// A kernel of float32 gets rounded weights too.
    ConvertedProduct(Pass pass, const Convolution& shape, std::int64_t samples, const Formats& formats,
                     const Formats& of_kernel, std::unique_ptr<Product> kernel)
        : kernel_{std::move(kernel)},
          native_{of_kernel.precision != Precision::float32},
          input_{formats.from, of_kernel.from, pass == Pass::forward ? shape.inputs() : shape.outputs(), samples},
          results_{static_cast<std::size_t>(pass == Pass::forward ? shape.outputs() : shape.inputs())},
          narrows_{of_kernel.to != formats.to},
          output_bytes_{narrows_ ? aligned(results_ * static_cast<std::size_t>(samples) * sizeof(float)) : 0},
          weights_{static_cast<std::size_t>(shape.taps() * shape.channels / shape.groups * shape.filters)} {
        if (!native_)
            rounded_ = std::make_unique<float[]>(weights_);
    }

    [[nodiscard]] std::string name() const override { return (native_ ? "" : "bf16 as ") + kernel_->name(); }
    [[nodiscard]] std::string format() const override { return kernel_->format() + (native_ ? "" : " of bf16"); }
    [[nodiscard]] std::size_t packed_bytes() const noexcept override { return kernel_->packed_bytes(); }
    [[nodiscard]] std::size_t scratch_bytes() const noexcept override {
        return input_.bytes() + output_bytes_ + kernel_->scratch_bytes();
    }
    [[nodiscard]] std::int64_t split() const noexcept override { return narrows_ ? 0 : kernel_->split(); }

    // A plan packs one product's weights at a time.
    void pack(std::size_t worker, const float* weights, std::byte* packed) const override {
        if (!native_) {
            Input::round(weights, weights_, rounded_.get());
            weights = rounded_.get();
        }
        kernel_->pack(worker, weights, packed);
    }

    void run(std::size_t worker, std::int64_t samples, const void* from, const std::byte* packed, const Finish& finish,
             void* to, std::byte* scratch) const override {
        from = input_.read(from, samples, scratch);
        scratch += input_.bytes();
        if (!narrows_)
            return kernel_->run(worker, samples, from, packed, finish, to, scratch);
        auto* sums = reinterpret_cast<float*>(scratch);
        kernel_->run(worker, samples, from, packed, finish, sums, scratch + output_bytes_);
        apply(
            [](const Floats& a, Floats& b) __attribute__((always_inline)) { b = a; },
            results_ * static_cast<std::size_t>(samples), static_cast<const float*>(sums), static_cast<bfloat16*>(to));
    }

private:
    std::unique_ptr<Product> kernel_;
    bool native_;
    Input input_;
    std::size_t results_;  ///< numbers of a sample
    bool narrows_;
    std::size_t output_bytes_;
    std::size_t weights_;
    std::unique_ptr<float[]> rounded_;
};

class ConvertedGradient final : public WeightGradient {
public:
    ConvertedGradient(const Convolution& shape, std::int64_t samples, const Formats& formats, const Formats& of_kernel,
                      std::unique_ptr<WeightGradient> kernel)
        : kernel_{std::move(kernel)},
          native_{of_kernel.precision != Precision::float32},
          x_{formats.from, of_kernel.from, shape.inputs(), samples},
          dy_{formats.to, of_kernel.to, shape.outputs(), samples} {}

    [[nodiscard]] std::string name() const override { return (native_ ? "" : "bf16 as ") + kernel_->name(); }
    [[nodiscard]] std::size_t scratch_bytes() const noexcept override {
        return x_.bytes() + dy_.bytes() + kernel_->scratch_bytes();
    }

    void run(std::size_t worker, std::int64_t samples, const void* x, const void* dy, std::int64_t first,
             std::int64_t count, float* dw, std::byte* scratch) const override {
        x = x_.read(x, samples, scratch);
        scratch += x_.bytes();
        dy = dy_.read(dy, samples, scratch);
        kernel_->run(worker, samples, x, dy, first, count, dw, scratch + dy_.bytes());
    }

private:
    std::unique_ptr<WeightGradient> kernel_;
    bool native_;
    Input x_;
    Input dy_;
};

std::int64_t most(const Slices& slices) {
    return *std::max_element(slices.samples.begin(), slices.samples.end());
}

}  // namespace

bool wants_native(const Formats& formats) noexcept {
    return formats.precision == Precision::bf16 && onednn_has_avx512();
}

std::unique_ptr<Product> convert(Pass pass, const Convolution& shape, const Slices& slices, const Formats& formats,
                                 const Formats& of_kernel, std::unique_ptr<Product> kernel) {
    return std::make_unique<ConvertedProduct>(pass, shape, most(slices), formats, of_kernel, std::move(kernel));
}

std::unique_ptr<WeightGradient> convert_gradient(const Convolution& shape, const Slices& slices, const Formats& formats,
                                                 const Formats& of_kernel, std::unique_ptr<WeightGradient> kernel) {
    return std::make_unique<ConvertedGradient>(shape, most(slices), formats, of_kernel, std::move(kernel));
}

}  // namespace plexus::kernels
