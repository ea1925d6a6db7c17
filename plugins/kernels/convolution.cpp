#include "kernels/convolution.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "kernels/bfloat16.hpp"
#include "kernels/depthwise.hpp"
#include "kernels/direct.hpp"
#include "kernels/narrow.hpp"
#include "kernels/onednn.hpp"
#include "kernels/plain.hpp"
#include "kernels/winograd.hpp"

namespace plexus::kernels {
namespace {

std::int64_t most(const Slices& slices) {
    return std::max<std::int64_t>(1, *std::max_element(slices.samples.begin(), slices.samples.end()));
}

Convolution dense_shape(std::int64_t features, std::int64_t units) {
    Convolution shape;
    shape.channels = features;
    shape.filters = units;
    return shape;
}

// One sample on all cores beats the faster kernel on one, but for kernels that do twice the work at a time.
bool cuts_well(const Convolution& shape) {
    return (!onednn_has_avx512() || onednn_has_halved_avx512()) && shape.groups == 1 && shape.taps() > 1 &&
           shape.channels >= 16;
}

// Loops of our own exist for AVX2, where they measured faster than oneDNN's but for groups of few channels, whose
// panels would be almost empty, and for plain products. Depthwise, its loops are the faster ones with strides and where
// channels do not fill a vector, if each has one filter and few elements.
bool prefers_onednn(const Convolution& shape, Engine engine) {
    // Of so many channels each worker gets some; per core its AVX-512 kernels are up to a third faster than ours.
    if (engine == Engine::divisible && cuts_well(shape))
        return false;
    if (is_depthwise(shape))
        return shape.filters == shape.channels && shape.taps() <= 9 &&
               (onednn_has_avx512() || shape.rows.stride > 1 || shape.columns.stride > 1 || shape.channels < 8);
    const bool narrow = std::min(shape.filters, shape.channels) / shape.groups < 4;
    return onednn_has_avx512() || (shape.groups > 1 && narrow) || (shape.groups == 1 && shape.taps() == 1);
}

// The last vector of sixteen of so many channels is at most half full. Ours leave out that half, which saves its time
// where AVX-512 works by halves: a tenth to a third of a product's; gradients gain nothing.
bool fills_half(const Convolution& shape, std::int64_t channels) {
    const std::int64_t left = channels % 16;
    return shape.groups == 1 && shape.taps() > 1 && left > 0 && left <= 8;
}

// There too, its kernels for depthwise convolutions and for images of few channels fall behind ours.
bool prefers_onednn_product(Pass pass, const Convolution& shape, Engine engine) {
    const bool thin = is_depthwise(shape) || shape.channels < 4;
    const bool half = fills_half(shape, pass == Pass::forward ? shape.filters : shape.channels);
    return prefers_onednn(shape, engine) && !(onednn_has_halved_avx512() && (thin || half));
}

// And our loops are up to a fifth faster at the gradients of plain products of many channels.
bool prefers_onednn_gradient(const Convolution& shape, Engine engine) {
    const bool large = shape.groups == 1 && shape.taps() == 1 && shape.channels >= 128;
    return prefers_onednn(shape, engine) && !(onednn_has_halved_avx512() && large);
}

// Fewer rows read weights that were packed long ago faster, with the same bits: they follow one another in memory.
constexpr std::int64_t several_rows = 4;

// With AVX-512 by halves, ours reach the speed of oneDNN's kernels on weights that nobody packed; with AVX2 alone they
// do not, by more than packing takes. Backward, a few units are not worth turning rows for.
bool prefers_plain(Pass pass, std::int64_t units) {
    return onednn_has_halved_avx512() && (pass == Pass::forward || units >= 128);
}

/// Of the products that tiles would save.
double speed_of(const Formats& formats) {
    return wants_native(formats) ? onednn_bf16_speed() : 1;
}

Formats native_product(const Formats& formats) {
    return {Element::bfloat16, formats.to, formats.precision};
}

Formats native_gradient(const Formats& formats) {
    return {Element::bfloat16, Element::bfloat16, formats.precision};
}

std::unique_ptr<Product> make_own(Pass pass, const Convolution& shape, std::int64_t samples) {
    if (is_depthwise(shape))
        return make_depthwise(pass, shape);
    return narrow_wins(pass, shape) ? make_narrow(pass, shape) : make_direct(pass, shape, samples);
}

}  // namespace

double Convolution::flops() const noexcept {
    return 2.0 * static_cast<double>(outputs()) * static_cast<double>(taps() * (channels / groups));
}

std::unique_ptr<Product> make_convolution(Pass pass, const Convolution& shape, const Slices& slices, Engine engine,
                                          const Formats& formats) {
    const bool free = engine == Engine::best || engine == Engine::divisible;
    const bool tiles =
        has_winograd(shape) && (engine == Engine::winograd || (free && winograd_wins(pass, shape, speed_of(formats))));
    if (engine == Engine::winograd && !tiles)
        return nullptr;
    if (formats.precision != Precision::float32) {
        if (const Formats read{formats.from, formats.to}; tiles)
            return convert(pass, shape, slices, formats, read, make_winograd(pass, shape, most(slices), read));
        if (const Formats native = native_product(formats); wants_native(formats))
            if (auto made = make_onednn(pass, shape, slices, false, native))
                return convert(pass, shape, slices, formats, native, std::move(made));
        return convert(pass, shape, slices, formats, {}, make_convolution(pass, shape, slices, engine));
    }
    if (tiles)
        return make_winograd(pass, shape, most(slices));
    if (engine == Engine::onednn || (free && prefers_onednn_product(pass, shape, engine)))
        if (auto made = make_onednn(pass, shape, slices, false); made != nullptr || engine == Engine::onednn)
            return made;
    return make_own(pass, shape, most(slices));
}

std::unique_ptr<WeightGradient> make_convolution_gradient(const Convolution& shape, const Slices& slices, Engine engine,
                                                          const Formats& formats) {
    const bool tiles = has_winograd(shape) &&
                       (engine == Engine::winograd ||
                        (engine == Engine::best && winograd_gradient_wins(shape, most(slices), speed_of(formats))));
    const std::int64_t all = shape.channels / shape.groups;
    if (engine == Engine::winograd && !tiles)
        return nullptr;
    if (formats.precision != Precision::float32) {
        if (const Formats read{formats.from, formats.to}; tiles)
            return convert_gradient(shape, slices, formats, read,
                                    make_winograd_gradient(shape, most(slices), all, read));
        if (const Formats native = native_gradient(formats); wants_native(formats))
            if (auto made = make_onednn_gradient(shape, slices, native))
                return convert_gradient(shape, slices, formats, native, std::move(made));
        return convert_gradient(shape, slices, formats, {}, make_convolution_gradient(shape, slices, engine));
    }
    if (tiles)
        return make_winograd_gradient(shape, most(slices), all);
    if (engine == Engine::onednn || (engine == Engine::best && prefers_onednn_gradient(shape, engine)))
        if (auto made = make_onednn_gradient(shape, slices); made != nullptr || engine == Engine::onednn)
            return made;
    if (is_depthwise(shape))
        return make_depthwise_gradient(shape);
    return make_direct_gradient(shape, most(slices), all);
}

std::unique_ptr<WeightGradient> make_convolution_part_gradient(const Convolution& shape, const Slices& slices,
                                                               std::int64_t channels, Engine engine,
                                                               const Formats& formats) {
    const bool tiles = has_winograd(shape) && (engine == Engine::winograd ||
                                               (engine == Engine::best && winograd_gradient_wins(shape, most(slices))));
    if (engine == Engine::onednn || (engine == Engine::winograd && !tiles))
        return nullptr;
    const Formats read{formats.from, formats.to};
    auto made = tiles ? make_winograd_gradient(shape, most(slices), channels, read)
                      : make_direct_gradient(shape, most(slices), channels);
    if (formats.precision == Precision::float32)
        return made;
    return convert_gradient(shape, slices, formats, tiles ? read : Formats{}, std::move(made));
}

std::unique_ptr<Product> make_dense(Pass pass, std::int64_t features, std::int64_t units, const Slices& slices,
                                    Engine engine, const Formats& formats) {
    const Convolution shape = dense_shape(features, units);
    // The others (gemm) compute a row differently depending on how many there are.
    const auto rows_apart = [](std::unique_ptr<Product> made) {
        return made != nullptr && made->name().find("1x1") != std::string::npos ? std::move(made) : nullptr;
    };
    if (formats.precision != Precision::float32) {
        if (const Formats native = native_product(formats); wants_native(formats))
            if (auto made = rows_apart(make_onednn(pass, shape, slices, true, native)))
                return convert(pass, shape, slices, formats, native, std::move(made));
        return convert(pass, shape, slices, formats, {}, make_dense(pass, features, units, slices, engine));
    }
    const bool plain = engine == Engine::unpacked || (engine == Engine::divisible && most(slices) >= several_rows);
    if (plain && prefers_plain(pass, units))
        return make_plain(pass, features, units);
    const bool cut = engine == Engine::divisible && (!onednn_has_avx512() || onednn_has_halved_avx512());
    if (engine != Engine::own && !cut) {
        auto made = rows_apart(make_onednn(pass, shape, slices, true));
        if (made != nullptr || engine == Engine::onednn)
            return made;
    }
    return make_direct(pass, shape, most(slices));
}

std::unique_ptr<WeightGradient> make_dense_gradient(std::int64_t features, std::int64_t units, std::int64_t rows,
                                                    const Slices& slices, const Formats& formats) {
    const Convolution shape = dense_shape(features, units);
    auto made = make_direct_gradient(shape, most(slices), rows);
    if (formats.precision == Precision::float32)
        return made;
    return convert_gradient(shape, slices, formats, {}, std::move(made));
}

}  // namespace plexus::kernels
