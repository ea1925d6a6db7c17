// Products of a slice of samples with weights: dense layers and convolutions, forward and backward.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "kernels/window.hpp"
#include "plexus/infer.hpp"

namespace plexus::kernels {

/// A two-dimensional convolution, channels last.
///   x       [N, H, W, C]
///   kernel  [R, S, C / groups, K]
///   y       [N, P, Q, K]   P = rows.count(), Q = columns.count(); C and K are multiples of groups
struct Convolution {
    Window rows;
    Window columns;
    std::int64_t channels = 1;
    std::int64_t filters = 1;
    std::int64_t groups = 1;

    [[nodiscard]] std::int64_t inputs() const noexcept { return rows.extent * columns.extent * channels; }
    [[nodiscard]] std::int64_t outputs() const noexcept { return rows.count() * columns.count() * filters; }
    [[nodiscard]] std::int64_t taps() const noexcept { return rows.size * columns.size; }
    /// Multiplications and additions for one sample.
    [[nodiscard]] double flops() const noexcept;
};

/// Who computes. The choice follows from the shape, the machine and the cap on its instruction set alone.
enum class Engine : std::uint8_t {
    best,       ///< what measured faster
    unpacked,   ///< best, or what reads weights as they lie, where packing those of each step would take more time
    divisible,  ///< of what is about as fast, what can be cut along channels (Product::split()): for lone samples
    own,        ///< the loops of this library; any shape, any machine
    winograd,   ///< those of winograd.hpp, for kernels of 3 x 3
    onednn,     ///< its compiled kernels, where it has a fast one
};

/// What a kernel is planned for: it may be run with these numbers of samples, by these workers at the same time.
struct Slices {
    std::span<const std::int64_t> samples;
    std::size_t workers = 1;
};

/// What is read and written by a product, and of which numbers it is made. Sums are float32.
struct Formats {
    Element from = Element::float32;  ///< of what is read: for a gradient, x
    Element to = Element::float32;    ///< of what is written: for a gradient, dy, which it reads
    Precision precision = Precision::float32;
};

/// What is done with the sums before they are stored, and which of them are wanted.
struct Finish {
    const float* bias = nullptr;  ///< a number for each channel that is written, or null
    bool relu = false;            ///< sums below 0 become 0
    std::int64_t first = 0;       ///< of the channels that are written
    std::int64_t count = -1;      ///< of them; multiples of Product::split(); -1: all
};

/// to = from * weights (+ bias): y from x, or dx from dy. A sample's bits do not depend on the samples with it.
class Product {
public:
    virtual ~Product() = default;
    /// What runs, for `draw --plan`: "own:avx2".
    [[nodiscard]] virtual std::string name() const = 0;
    /// Names the order of the packed weights: equal names, equal bytes.
    [[nodiscard]] virtual std::string format() const = 0;
    [[nodiscard]] virtual std::size_t packed_bytes() const noexcept = 0;
    [[nodiscard]] virtual std::size_t scratch_bytes() const noexcept = 0;
    /// False where the order that run() reads is that of the layer: it may be given the weights themselves.
    [[nodiscard]] virtual bool packs() const noexcept { return true; }
    /// Brings the weights, [R, S, C / groups, K], into the order that run() reads. `packed` is aligned to 64.
    virtual void pack(std::size_t worker, const float* weights, std::byte* packed) const = 0;
    /// Parts of the channels that are written can be had in multiples of this; 0: only all.
    [[nodiscard]] virtual std::int64_t split() const noexcept = 0;
    /// Assigns the channels of `to` that are wanted. `scratch` is aligned to 64.
    /// The types of `from` and `to` are those of its Formats.
    virtual void run(std::size_t worker, std::int64_t samples, const void* from, const std::byte* packed,
                     const Finish& finish, void* to, std::byte* scratch) const = 0;
};

/// A product that reads and writes float32.
class FloatProduct : public Product {
public:
    void run(std::size_t worker, std::int64_t samples, const void* from, const std::byte* packed, const Finish& finish,
             void* to, std::byte* scratch) const final {
        run_floats(worker, samples, static_cast<const float*>(from), packed, finish, static_cast<float*>(to), scratch);
    }

private:
    /// As run().
    virtual void run_floats(std::size_t worker, std::int64_t samples, const float* from, const std::byte* packed,
                            const Finish& finish, float* to, std::byte* scratch) const = 0;
};

/// dw = x^T * dy, summed over the samples.
class WeightGradient {
public:
    virtual ~WeightGradient() = default;
    [[nodiscard]] virtual std::string name() const = 0;
    [[nodiscard]] virtual std::size_t scratch_bytes() const noexcept = 0;
    /// Assigns dw, [R, S, count, K]: the part of the gradient of `count` of its C / groups from `first` on. Of a kernel
    /// planned for all channels at once: all of them.
    /// The types of x and dy are those of its Formats.
    virtual void run(std::size_t worker, std::int64_t samples, const void* x, const void* dy, std::int64_t first,
                     std::int64_t count, float* dw, std::byte* scratch) const = 0;
};

/// A gradient that reads float32.
class FloatGradient : public WeightGradient {
public:
    void run(std::size_t worker, std::int64_t samples, const void* x, const void* dy, std::int64_t first,
             std::int64_t count, float* dw, std::byte* scratch) const final {
        run_floats(worker, samples, static_cast<const float*>(x), static_cast<const float*>(dy), first, count, dw,
                   scratch);
    }

private:
    /// As run().
    virtual void run_floats(std::size_t worker, std::int64_t samples, const float* x, const float* dy,
                            std::int64_t first, std::int64_t count, float* dw, std::byte* scratch) const = 0;
};

enum class Pass : std::uint8_t { forward, backward_data };

/// These are null only for Engine::onednn and Engine::winograd, where it has no fast kernel. With Engine::best, formats
/// of bfloat16 that no kernel has are brought to those of one that reads and writes others.
[[nodiscard]] std::unique_ptr<Product> make_convolution(Pass pass, const Convolution& shape, const Slices& slices,
                                                        Engine engine = Engine::best, const Formats& formats = {});
[[nodiscard]] std::unique_ptr<WeightGradient> make_convolution_gradient(const Convolution& shape, const Slices& slices,
                                                                        Engine engine = Engine::best,
                                                                        const Formats& formats = {});

/// For a gradient that is made in parts, of at most so many of its C / groups each.
[[nodiscard]] std::unique_ptr<WeightGradient> make_convolution_part_gradient(const Convolution& shape,
                                                                             const Slices& slices,
                                                                             std::int64_t channels,
                                                                             Engine engine = Engine::best,
                                                                             const Formats& formats = {});

/// y [N, units] = x [N, features] * weights [features, units], and back.
[[nodiscard]] std::unique_ptr<Product> make_dense(Pass pass, std::int64_t features, std::int64_t units,
                                                  const Slices& slices, Engine engine = Engine::best,
                                                  const Formats& formats = {});
/// In parts of at most `rows` features.
[[nodiscard]] std::unique_ptr<WeightGradient> make_dense_gradient(std::int64_t features, std::int64_t units,
                                                                  std::int64_t rows, const Slices& slices,
                                                                  const Formats& formats = {});

}  // namespace plexus::kernels
