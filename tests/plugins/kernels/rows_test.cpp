#include "plugins/kernels/rows.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "tests/plugins/kernels/convolution_reference.hpp"
#include "tests/plugins/kernels/numbers.hpp"

namespace plexus::test {
namespace {

constexpr std::size_t rows = 57;
constexpr std::int64_t widths[] = {1, 7, 10, 32, 64, 75};

template <class T>
std::vector<T> as(const std::vector<float>& values) {
    std::vector<T> all;
    for (const float v : values)
        all.emplace_back(v);
    return all;
}

template <class T>
std::vector<float> floats(const std::vector<T>& values) {
    std::vector<float> all;
    for (const T& v : values)
        all.push_back(static_cast<float>(v));
    return all;
}

}  // namespace

TEST_CASE_TEMPLATE("sum_rows: agrees with plain loops for any width", T, float, bfloat16) {
    for (const std::int64_t columns : widths) {
        CAPTURE(columns);
        const std::vector<T> x = as<T>(numbers(static_cast<std::int64_t>(rows) * columns, 1));
        std::vector<float> sums(static_cast<std::size_t>(columns));
        kernels::sum_rows(x.data(), rows, sums.size(), sums.data());
        CHECK(distance(sums, reference_backward_bias(columns, floats(x))) < 1e-5);
    }
}

TEST_CASE_TEMPLATE("add_to_rows: each row gets the same numbers, then cut_negative() cuts", T, float, bfloat16) {
    for (const std::int64_t columns : widths) {
        CAPTURE(columns);
        std::vector<T> x = as<T>(numbers(static_cast<std::int64_t>(rows) * columns, 1));
        const std::vector<float> row = numbers(columns, 2);
        std::vector<T> sums;
        std::vector<T> positive;
        for (std::size_t i = 0; i < x.size(); ++i) {
            sums.push_back(T{static_cast<float>(x[i]) + row[i % row.size()]});
            positive.push_back(static_cast<float>(sums[i]) < 0 ? T{} : sums[i]);
        }
        kernels::add_to_rows(row.data(), rows, row.size(), x.data());
        CHECK(floats(x) == floats(sums));
        kernels::cut_negative(x.data(), x.size());
        CHECK(floats(x) == floats(positive));
    }
}

}  // namespace plexus::test
