#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "draws.hpp"
#include "initializers.hpp"

namespace plexus::initializers {
namespace {

double product(const double* a, const double* b, std::size_t size) {
    // Sums apart from each other: the processor need not wait for one addition to begin the next.
    std::array<double, 8> sums{};
    std::size_t i = 0;
    for (; i + sums.size() <= size; i += sums.size())
        for (std::size_t k = 0; k < sums.size(); ++k)
            sums[k] += a[i + k] * b[i + k];
    for (; i < size; ++i)
        sums[0] += a[i] * b[i];
    return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

/// A random matrix of orthogonal rows or columns, whichever there are fewer of, each of length `gain`: it neither
/// stretches nor shrinks what it is multiplied with. The parameter is taken as [all sizes but the last, last]; a vector
/// as one row, a scalar as one of one.
/// It is Q of the QR decomposition of a matrix of normal numbers, with the signs that make the diagonal of R positive,
/// which is what Gram and Schmidt's method gives: in double, each vector made orthogonal twice, so that it is so to the
/// last digits.
/// Source: Saxe et al. 2013, arXiv 1312.6120; keras.initializers.Orthogonal.
struct Orthogonal final : Initializer {
    explicit Orthogonal(const Attributes& a) : gain_{a.get<double>("gain")} {}

    void fill(std::span<float> values, const Shape& shape, RandomKey key) const override {
        const std::size_t columns = shape.rank() == 0 ? 1 : static_cast<std::size_t>(shape.back());
        if (values.empty())
            return;
        const std::size_t rows = values.size() / columns;
        const std::size_t count = std::min(rows, columns);
        const std::size_t size = std::max(rows, columns);
        draw_normal(values, 0, 1, key);
        std::vector<double> vectors(values.begin(), values.end());  // one after the other
        for (std::size_t v = 0; v < count; ++v)
            straighten(vectors.data(), v, size);
        for (std::size_t v = 0; v < count; ++v)
            for (std::size_t i = 0; i < size; ++i)
                values[rows < columns ? v * columns + i : i * columns + v] =
                    static_cast<float>(gain_ * vectors[v * size + i]);
    }

private:
    /// Makes vector `v` orthogonal to those before it, and its length 1.
    static void straighten(double* vectors, std::size_t v, std::size_t size) {
        double* const vector = vectors + v * size;
        for (int pass = 0; pass < 2; ++pass)
            for (std::size_t before = 0; before < v; ++before) {
                const double* other = vectors + before * size;
                const double part = product(vector, other, size);
                for (std::size_t i = 0; i < size; ++i)
                    vector[i] -= part * other[i];
            }
        const double length = std::sqrt(product(vector, vector, size));
        for (std::size_t i = 0; i < size; ++i)
            vector[i] /= length;
    }

    double gain_;
};

}  // namespace

void add_orthogonal(Registry& registry) {
    registry.initializer<Orthogonal>("orthogonal", "Keeps lengths: orthogonal rows or columns")
        .attribute("gain", 1.0, "length of each row or column")
        .formula("gain Q, Q R = a matrix from N(0, 1), R with a positive diagonal");
}

}  // namespace plexus::initializers
