#include <dlfcn.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <ostream>

#include "plugins/kernels/convolution.hpp"
#include "plugins/kernels/depthwise.hpp"
#include "tests/plugins/kernels/convolution_reference.hpp"
#include "tests/plugins/kernels/numbers.hpp"

namespace plexus::test {
namespace {

using kernels::Convolution;
using kernels::Engine;
using kernels::Pass;
using kernels::Window;

struct Case {
    const char* what;
    Convolution shape;
    std::int64_t samples;
};

Convolution square(std::int64_t extent, std::int64_t channels, std::int64_t filters, std::int64_t size,
                   std::int64_t stride = 1, std::int64_t padding = 0, std::int64_t dilation = 1,
                   std::int64_t groups = 1) {
    const Window w{extent, size, stride, dilation, padding, padding};
    return {w, w, channels, filters, groups};
}

const Case cases[] = {
    {"one pixel", square(1, 1, 1, 1), 1},
    {"1 -> 32", square(28, 1, 32, 3), 3},
    {"32 -> 64", square(13, 32, 64, 3), 3},
    {"64 -> 64, padded", square(8, 64, 64, 3, 1, 1), 3},
    {"64 -> 80, small image", square(4, 64, 80, 3, 1, 1), 11},
    {"odd channels", square(9, 7, 11, 3, 1, 1), 2},
    {"3 -> 5", square(9, 3, 5, 5, 1, 2), 4},
    {"1 x 1", square(5, 19, 21, 1), 3},
    {"stride 2", square(9, 16, 24, 3, 2, 1), 2},
    {"stride 2, even", square(8, 5, 17, 2, 2), 2},
    {"stride 3 over a kernel of 2: gaps", square(10, 6, 7, 2, 3), 2},
    {"stride larger than image", square(3, 4, 5, 2, 5), 2},
    {"dilation 2", square(9, 8, 16, 3, 1, 2, 2), 2},
    {"dilation 3, no padding", square(9, 70, 18, 3, 1, 0, 3), 2},
    {"groups 2", square(6, 32, 64, 3, 1, 1, 1, 2), 2},
    {"groups of odd size", square(7, 15, 9, 3, 1, 1, 1, 3), 2},
    {"groups and stride", square(8, 8, 12, 3, 2, 1, 1, 4), 3},
    {"depthwise", square(7, 24, 24, 3, 1, 1, 1, 24), 2},
    {"depthwise, two filters each", square(7, 10, 20, 3, 1, 1, 1, 10), 2},
    {"depthwise, strides", square(9, 16, 16, 3, 2, 1, 1, 16), 2},
    {"depthwise, 5 x 5", square(13, 17, 17, 5, 1, 2, 1, 17), 3},
    {"depthwise, 5 x 5 with strides", square(9, 20, 20, 5, 2, 2, 1, 20), 2},
    {"depthwise, dilation 2", square(9, 12, 12, 3, 1, 2, 2, 12), 2},
    {"depthwise, few channels", square(8, 3, 3, 3, 1, 1, 1, 3), 2},
    {"depthwise, padding larger than the kernel", square(4, 9, 9, 3, 1, 4, 1, 9), 2},
    {"depthwise, five filters each", square(6, 7, 35, 3, 2, 1, 1, 7), 2},
    {"depthwise, uneven", {{7, 3, 2, 1, 2, 1}, {12, 3, 1, 1, 0, 3}, 33, 33, 33}, 3},
    {"40 -> 1", square(9, 40, 1, 3, 1, 1), 3},
    {"400 -> 3", square(5, 400, 3, 5, 1, 2), 2},
    {"1 -> 64, stride 2", square(8, 1, 64, 4, 2, 1), 3},
    {"4 -> 64, padding larger than the kernel", square(5, 4, 64, 3, 1, 4), 2},
    {"2 -> 40, uneven", {{9, 3, 2, 2, 0, 2}, {7, 4, 3, 1, 3, 0}, 2, 40, 1}, 3},
    {"padding larger than the kernel", square(4, 3, 4, 2, 1, 3), 2},
    {"uneven", {{7, 3, 2, 1, 2, 1}, {12, 4, 3, 1, 0, 3}, 6, 10, 2}, 3},
    {"uneven, dilated", {{9, 2, 1, 3, 0, 2}, {6, 3, 1, 2, 3, 0}, 66, 34, 1}, 2},
    {"image of one row", {{1, 1, 1, 1, 0, 0}, {300, 5, 1, 1, 2, 2}, 3, 20, 1}, 2},
};

const Engine engines[] = {Engine::own, Engine::winograd, Engine::onednn, Engine::best};
const Engine dense_engines[] = {Engine::own, Engine::onednn, Engine::best, Engine::unpacked};

std::vector<double> as_double(const std::vector<float>& v) {
    return {v.begin(), v.end()};
}

std::vector<float> product(Pass pass, const Convolution& s, Engine engine, std::int64_t samples,
                           const std::vector<float>& from, const std::vector<float>& weights,
                           const std::vector<float>& bias) {
    const auto kernel = kernels::make_convolution(pass, s, {{&samples, 1}, 2}, engine);
    if (!kernel)
        return {};
    Guarded packed{kernel->packed_bytes()};
    Guarded scratch{kernel->scratch_bytes()};
    std::vector<float> to(static_cast<std::size_t>(samples * (pass == Pass::forward ? s.outputs() : s.inputs())), 9e9F);
    kernel->pack(1, weights.data(), packed.data());
    kernel->run(1, samples, from.data(), packed.data(), {.bias = bias.empty() ? nullptr : bias.data()}, to.data(),
                scratch.data());
    CHECK(packed.intact());
    CHECK(scratch.intact());
    return to;
}

std::vector<float> weight_gradient(const Convolution& s, Engine engine, std::int64_t samples,
                                   const std::vector<float>& x, const std::vector<float>& dy) {
    const auto kernel = kernels::make_convolution_gradient(s, {{&samples, 1}, 2}, engine);
    if (!kernel)
        return {};
    Guarded scratch{kernel->scratch_bytes()};
    const std::int64_t rows = s.taps() * (s.channels / s.groups);
    std::vector<float> dw(static_cast<std::size_t>(rows * s.filters), 9e9F);
    kernel->run(1, samples, x.data(), dy.data(), 0, s.channels / s.groups, dw.data(), scratch.data());
    CHECK(scratch.intact());
    return dw;
}

std::vector<float> dense_rows(const kernels::Product& kernel, std::int64_t rows, std::int64_t out,
                              const std::vector<float>& weights, const std::vector<float>& from) {
    Guarded packed{kernel.packed_bytes()};
    Guarded scratch{kernel.scratch_bytes()};
    std::vector<float> to(static_cast<std::size_t>(rows * out), 9e9F);
    kernel.pack(0, weights.data(), packed.data());
    kernel.run(0, rows, from.data(), packed.data(), {}, to.data(), scratch.data());
    CHECK(packed.intact());
    CHECK(scratch.intact());
    return to;
}

}  // namespace

TEST_CASE("convolution: every engine agrees with plain loops") {
    for (const Case& test : cases)
        for (const Engine engine : engines) {
            CAPTURE(test.what);
            CAPTURE(static_cast<int>(engine));
            const Convolution& s = test.shape;
            const std::vector<float> x = numbers(test.samples * s.inputs(), 1);
            const std::vector<float> w = numbers(s.taps() * (s.channels / s.groups) * s.filters, 2);
            const std::vector<float> b = numbers(s.filters, 3);
            const std::vector<float> dy = numbers(test.samples * s.outputs(), 4);

            if (const auto y = product(Pass::forward, s, engine, test.samples, x, w, b); !y.empty())
                CHECK(distance(y, reference_forward(s, test.samples, x, w, as_double(b))) < 1e-5);
            if (const auto y = product(Pass::forward, s, engine, test.samples, x, w, {}); !y.empty())
                CHECK(distance(y, reference_forward(s, test.samples, x, w, {})) < 1e-5);
            std::vector<double> dx_reference = reference_backward_data(s, test.samples, dy, w);
            if (const auto dx = product(Pass::backward_data, s, engine, test.samples, dy, w, {}); !dx.empty())
                CHECK(distance(dx, dx_reference) < 1e-5);
            const std::vector<float> c = numbers(s.channels, 5);
            for (std::size_t i = 0; i < dx_reference.size(); ++i)
                dx_reference[i] += c[i % c.size()];
            if (const auto dx = product(Pass::backward_data, s, engine, test.samples, dy, w, c); !dx.empty())
                CHECK(distance(dx, dx_reference) < 1e-5);
            if (const auto dw = weight_gradient(s, engine, test.samples, x, dy); !dw.empty())
                CHECK(distance(dw, reference_backward_weights(s, test.samples, x, dy)) < 1e-5);
        }
}

TEST_CASE("convolution: the gradient of some input channels at a time is the same") {
    for (const Case& test : cases)
        for (const Engine engine : {Engine::own, Engine::winograd}) {
            CAPTURE(test.what);
            CAPTURE(static_cast<int>(engine));
            const Convolution& s = test.shape;
            // Depthwise, the whole gradient has loops of its own.
            if (kernels::is_depthwise(s))
                continue;
            const std::vector<float> x = numbers(test.samples * s.inputs(), 1);
            const std::vector<float> dy = numbers(test.samples * s.outputs(), 4);
            const std::vector<float> all = weight_gradient(s, engine, test.samples, x, dy);
            const std::int64_t channels = s.channels / s.groups;
            const std::int64_t some = (channels + 2) / 3;
            const auto kernel = kernels::make_convolution_part_gradient(s, {{&test.samples, 1}, 1}, some, engine);
            if (!kernel)
                continue;
            Guarded scratch{kernel->scratch_bytes()};
            std::vector<float> dw(all.size(), 9e9F);
            for (std::int64_t first = 0; first < channels; first += some) {
                const std::int64_t count = std::min(some, channels - first);
                std::vector<float> part(static_cast<std::size_t>(s.taps() * count * s.filters), 9e9F);
                kernel->run(0, test.samples, x.data(), dy.data(), first, count, part.data(), scratch.data());
                for (std::int64_t tap = 0; tap < s.taps(); ++tap)
                    std::copy_n(part.begin() + tap * count * s.filters, count * s.filters,
                                dw.begin() + (tap * channels + first) * s.filters);
            }
            CHECK(scratch.intact());
            CHECK(distance(dw, as_double(all)) < 1e-6);
        }
}

TEST_CASE("convolution: a sample's bits do not depend on the samples with it") {
    for (const Case& test : cases)
        for (const Engine engine : engines)
            for (const Pass pass : {Pass::forward, Pass::backward_data}) {
                CAPTURE(test.what);
                CAPTURE(static_cast<int>(engine));
                const Convolution& s = test.shape;
                const bool forward = pass == Pass::forward;
                const std::int64_t in = forward ? s.inputs() : s.outputs();
                const std::vector<float> w = numbers(s.taps() * (s.channels / s.groups) * s.filters, 2);
                const std::vector<float> b = forward ? numbers(s.filters, 3) : std::vector<float>{};
                const std::vector<float> from = numbers(17 * in, 1);
                const std::vector<float> all = product(pass, s, engine, 17, from, w, b);
                for (const std::int64_t samples : {1, 2, 3, 16}) {
                    const std::vector<float> last(from.end() - samples * in, from.end());
                    const std::vector<float> some = product(pass, s, engine, samples, last, w, b);
                    if (!some.empty())
                        CHECK(std::memcmp(some.data(), all.data() + all.size() - some.size(), some.size() * 4) == 0);
                }
            }
}

TEST_CASE("dense: a row's bits do not depend on how many rows are computed with it") {
    const std::int64_t most = 128;
    for (const auto& [features, units] : {std::pair<std::int64_t, std::int64_t>{784, 512}, {1600, 10}, {33, 7}, {1, 1}})
        for (const Engine engine : dense_engines)
            for (const Pass pass : {Pass::forward, Pass::backward_data}) {
                CAPTURE(features);
                const std::int64_t in = pass == Pass::forward ? features : units;
                const std::int64_t out = features + units - in;
                const std::int64_t counts[] = {most, 1, 2, 3, 16, 17, 112};
                const auto kernel = kernels::make_dense(pass, features, units, {counts, 1}, engine);
                if (!kernel)
                    continue;
                CAPTURE(kernel->name());
                const std::vector<float> w = numbers(features * units, 2);
                const std::vector<float> b = numbers(units, 3);
                const float* bias = pass == Pass::forward ? b.data() : nullptr;
                const std::vector<float> from = numbers(most * in, 1);
                Guarded packed{kernel->packed_bytes()};
                Guarded scratch{kernel->scratch_bytes()};
                kernel->pack(0, w.data(), packed.data());
                std::vector<float> all(static_cast<std::size_t>(most * out));
                kernel->run(0, most, from.data(), packed.data(), {.bias = bias}, all.data(), scratch.data());
                for (const std::int64_t rows : counts) {
                    std::vector<float> some(static_cast<std::size_t>(rows * out));
                    const std::int64_t first = most - rows;
                    kernel->run(0, rows, from.data() + first * in, packed.data(), {.bias = bias}, some.data(),
                                scratch.data());
                    CHECK(std::memcmp(some.data(), all.data() + first * out, some.size() * 4) == 0);
                }
                CHECK(scratch.intact());
            }
}

// oneDNN's AVX-512 kernels want the weights of 784 -> 512 and 40 -> 500 in blocks of 64 for 128 rows, of 32 for 16.
TEST_CASE("dense: a kernel for many numbers of rows is that of each alone, with its bits") {
    for (const auto& [features, units] : {std::pair<std::int64_t, std::int64_t>{784, 512}, {40, 500}, {500, 40}})
        for (const Engine engine : {Engine::onednn, Engine::best, Engine::unpacked})
            for (const Pass pass : {Pass::forward, Pass::backward_data}) {
                CAPTURE(features);
                const std::int64_t counts[] = {128, 64, 63, 16, 1};
                const auto kernel = kernels::make_dense(pass, features, units, {counts, 1}, engine);
                const std::vector<float> w = numbers(features * units, 2);
                const std::vector<float> from = numbers(128 * std::max(features, units), 1);
                for (const std::int64_t rows : counts) {
                    CAPTURE(rows);
                    const auto lone = kernels::make_dense(pass, features, units, {{&rows, 1}, 1}, engine);
                    REQUIRE((lone == nullptr) == (kernel == nullptr));
                    if (kernel == nullptr)
                        continue;
                    CHECK(lone->name() == kernel->name());
                    CHECK(dense_rows(*lone, rows, pass == Pass::forward ? units : features, w, from) ==
                          dense_rows(*kernel, rows, pass == Pass::forward ? units : features, w, from));
                }
            }
}

TEST_CASE("onednn: what is made does not depend on the threads of OpenMP, which are as many afterwards") {
    const auto set = reinterpret_cast<void (*)(int)>(::dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
    const auto get = reinterpret_cast<int (*)()>(::dlsym(RTLD_DEFAULT, "omp_get_max_threads"));
    if (set == nullptr || get == nullptr)
        return;  // this oneDNN has other threads
    const int before = get();
    const std::int64_t counts[] = {16, 1};
    const Convolution s = square(13, 32, 64, 3);
    const std::vector<float> x = numbers(16 * s.inputs(), 1), dy = numbers(16 * s.outputs(), 2);
    std::vector<std::string> formats;
    std::vector<std::vector<float>> gradients;
    for (const int threads : {1, 2, 3, 16}) {
        set(threads);
        std::string& all = formats.emplace_back();
        for (const Pass pass : {Pass::forward, Pass::backward_data}) {
            if (const auto made = kernels::make_dense(pass, 500, 40, {counts, 1}, Engine::onednn))
                all += made->name() + made->format();
            if (const auto made = kernels::make_convolution(pass, s, {counts, 1}, Engine::onednn))
                all += made->name() + made->format();
        }
        gradients.push_back(weight_gradient(s, Engine::onednn, 16, x, dy));
        CHECK(get() == threads);
        CHECK(formats.back() == formats.front());
        CHECK(gradients.back() == gradients.front());
    }
    set(before);
}

TEST_CASE("dense: kernels agree with plain loops, the gradient in tiles too") {
    using Size = std::pair<std::int64_t, std::int64_t>;
    for (const auto& [features, units] : {Size{784, 512}, {65, 10}, {300, 33}, {1, 1}, {1030, 261}})
        for (const std::int64_t samples : {1, 16, 112}) {
            Convolution s;
            s.channels = features;
            s.filters = units;
            const std::vector<float> x = numbers(samples * features, 1);
            const std::vector<float> w = numbers(features * units, 2);
            const std::vector<float> dy = numbers(samples * units, 3);
            for (const Engine engine : dense_engines) {
                const kernels::Slices slices{{&samples, 1}, 1};
                const auto forward = kernels::make_dense(Pass::forward, features, units, slices, engine);
                const auto backward = kernels::make_dense(Pass::backward_data, features, units, slices, engine);
                if (!forward || !backward)
                    continue;
                CAPTURE(forward->name());
                Guarded packed{std::max(forward->packed_bytes(), backward->packed_bytes())};
                Guarded scratch{std::max(forward->scratch_bytes(), backward->scratch_bytes())};
                std::vector<float> y(static_cast<std::size_t>(samples * units));
                forward->pack(0, w.data(), packed.data());
                forward->run(0, samples, x.data(), packed.data(), {}, y.data(), scratch.data());
                CHECK(distance(y, reference_forward(s, samples, x, w, {})) < 1e-5);
                std::vector<float> dx(static_cast<std::size_t>(samples * features));
                backward->pack(0, w.data(), packed.data());
                backward->run(0, samples, dy.data(), packed.data(), {}, dx.data(), scratch.data());
                CHECK(distance(dx, reference_backward_data(s, samples, dy, w)) < 1e-5);
            }
            const auto gradient = kernels::make_dense_gradient(features, units, 200, {{&samples, 1}, 1});
            Guarded scratch{gradient->scratch_bytes()};
            std::vector<float> dw(static_cast<std::size_t>(features * units), 9e9F);
            for (std::int64_t row = 0; row < features; row += 200)
                gradient->run(0, samples, x.data(), dy.data(), row, std::min<std::int64_t>(200, features - row),
                              dw.data() + row * units, scratch.data());
            CHECK(scratch.intact());
            CHECK(distance(dw, reference_backward_weights(s, samples, x, dy)) < 1e-5);
        }
}

}  // namespace plexus::test
