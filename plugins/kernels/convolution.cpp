#include "kernels/convolution.hpp"

#include <algorithm>

#include "kernels/direct.hpp"
#include "kernels/elementwise.hpp"

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

}  // namespace

double Convolution::flops() const noexcept {
    return 2.0 * static_cast<double>(outputs()) * static_cast<double>(taps() * (channels / groups));
}

std::unique_ptr<Product> make_convolution(Pass pass, const Convolution& shape, const Slices& slices, Engine engine) {
    if (engine == Engine::onednn)
        return nullptr;
    return make_direct(pass, shape, most(slices));
}

std::unique_ptr<WeightGradient> make_convolution_gradient(const Convolution& shape, const Slices& slices,
                                                          Engine engine) {
    if (engine == Engine::onednn)
        return nullptr;
    return make_direct_gradient(shape, most(slices), shape.taps() * (shape.channels / shape.groups));
}

std::unique_ptr<Product> make_dense(Pass pass, std::int64_t features, std::int64_t units, const Slices& slices,
                                    Engine engine) {
    return make_convolution(pass, dense_shape(features, units), slices, engine);
}

std::unique_ptr<WeightGradient> make_dense_gradient(std::int64_t features, std::int64_t units, std::int64_t rows,
                                                    const Slices& slices) {
    return make_direct_gradient(dense_shape(features, units), most(slices), rows);
}

void sum_rows(const float* x, std::size_t rows, std::size_t columns, float* sums) noexcept {
    dispatch([=]() __attribute__((always_inline)) {
        constexpr std::size_t wide = 4 * lanes;
        std::size_t c = 0;
        for (; c + wide <= columns; c += wide) {
            Floats a{}, b{}, d{}, e{};
            for (const float *at = x + c, *end = at + rows * columns; at != end; at += columns) {
                a += load(at);
                b += load(at + lanes);
                d += load(at + 2 * lanes);
                e += load(at + 3 * lanes);
            }
            store(sums + c, a);
            store(sums + c + lanes, b);
            store(sums + c + 2 * lanes, d);
            store(sums + c + 3 * lanes, e);
        }
        for (; c < columns; ++c) {
            float sum = 0;
            for (std::size_t r = 0; r < rows; ++r)
                sum += x[r * columns + c];
            sums[c] = sum;
        }
    });
}

}  // namespace plexus::kernels
