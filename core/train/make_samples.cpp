#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <numbers>

#include "core/diagnostic/nearest.hpp"
#include "core/store/checkpoint.hpp"
#include "core/train/checkpoint_session.hpp"
#include "core/train/network_inputs.hpp"
#include "core/train/network_run.hpp"
#include "core/train/picture.hpp"
#include "core/train/training_samples.hpp"
#include "core/train/weights.hpp"
#include "plexus/generation.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

constexpr std::size_t way = 10;  // samples from one noise to another
constexpr std::size_t batch = 100;

std::optional<std::int32_t> class_number(const Session& session, const SampleOptions& options) {
    if (!options.label)
        return std::nullopt;
    const auto found = std::ranges::find(session.classes, *options.label);
    if (!reads_class(session, options.network))
        throw InputError(text("network '", options.network, "' reads no class; leave out --class"));
    if (found == session.classes.end())
        throw InputError(
            text("there is no class '", *options.label, "'", suggestion(*options.label, session.classes, "there are")));
    return static_cast<std::int32_t>(found - session.classes.begin());
}

/// Row r of `out` at a share of the way from `a` to `b`.
void put_between(std::span<const float> a, std::span<const float> b, double share, std::span<float> out) {
    double dot = 0, aa = 0, bb = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        dot += static_cast<double>(a[i]) * b[i];
        aa += static_cast<double>(a[i]) * a[i];
        bb += static_cast<double>(b[i]) * b[i];
    }
    const double angle = std::acos(std::clamp(dot / std::sqrt(std::max(aa * bb, 1e-30)), -1.0, 1.0));
    const bool straight = std::sin(angle) < 1e-6;
    const double of_a = straight ? 1 - share : std::sin((1 - share) * angle) / std::sin(angle);
    const double of_b = straight ? share : std::sin(share * angle) / std::sin(angle);
    for (std::size_t i = 0; i < a.size(); ++i)
        out[i] = static_cast<float>(of_a * a[i] + of_b * b[i]);
}

/// `ends` holds two rows for each way.
Array along_ways(const Array& ends) {
    const auto ways = static_cast<std::size_t>(ends.shape()[0]) / 2;
    const auto size = static_cast<std::size_t>(ends.shape().from(1).elements());
    Array out({ends.shape().with(0, static_cast<std::int64_t>(ways * way)), ends.type().element});
    for (std::size_t w = 0; w < ways; ++w)
        for (std::size_t step = 0; step < way; ++step) {
            const std::size_t to = (w * way + step) * size;
            if (ends.type().element != Element::float32) {
                std::copy_n(ends.as<std::int32_t>().begin() + static_cast<std::ptrdiff_t>(2 * w * size), size,
                            out.as<std::int32_t>().begin() + static_cast<std::ptrdiff_t>(to));
                continue;
            }
            put_between(ends.as().subspan(2 * w * size, size), ends.as().subspan((2 * w + 1) * size, size),
                        static_cast<double>(step) / (way - 1), out.as().subspan(to, size));
        }
    return out;
}

/// The middles of `side` equal shares of a normal distribution, in both directions; the second number grows upwards.
Array over_plane(std::size_t side, const TensorType& type) {
    Array out({type.shape.batch(static_cast<std::int64_t>(side * side)), Element::float32});
    const auto quantile = [side](std::size_t i) {
        const double share = (static_cast<double>(i) + 0.5) / static_cast<double>(side);
        return static_cast<float>(-std::numbers::sqrt2 * boost::math::erfc_inv(2 * share));
    };
    for (std::size_t row = 0; row < side; ++row)
        for (std::size_t column = 0; column < side; ++column) {
            out.as()[2 * (row * side + column)] = quantile(column);
            out.as()[2 * (row * side + column) + 1] = quantile(side - 1 - row);
        }
    return out;
}

}  // namespace

Samples make_samples(const Environment& environment, const SampleOptions& options) {
    using From = SampleOptions::From;
    const store::Group root = store::load(options.checkpoint).root;
    const Session session = open_checkpoint(environment, options.checkpoint, root);
    Executor executor({.threads = options.threads});
    NetworkRun network{environment, session, options.network, static_cast<std::int64_t>(batch), executor};
    Weights weights(*session.model, 0, 0);
    get_weights(root, "networks", options.checkpoint.string(), *session.model, weights.parameters.data(),
                weights.states.data());
    network.take(*session.model, weights.parameters.data(), weights.states.data());

    InputDraw draw{.count = options.count, .seed = options.seed, .label = class_number(session, options)};
    const bool all_classes = !draw.label && reads_class(session, options.network);
    const std::size_t classes = all_classes ? session.classes.size() : 0;
    std::size_t columns = columns_of(options.count, classes);
    std::vector<Array> inputs;
    if (options.from == From::plane) {
        if (network.inputs().size() != 1 || network.inputs()[0].shape.elements() != 2)
            throw InputError(text("network '", options.network, "' reads ", network.inputs()[0].shape,
                                  "; a plane is over two numbers, [2]"));
        columns = static_cast<std::size_t>(std::ceil(std::sqrt(static_cast<double>(options.count))));
        inputs.push_back(over_plane(columns, network.inputs()[0]));
    } else {
        if (options.from == From::ways)
            draw.count = 2 * ((options.count + way - 1) / way);
        inputs = draw_inputs(session, options.network, draw, executor);
    }
    if (options.from == From::ways) {
        columns = way;
        for (Array& input : inputs)
            input = along_ways(input);
    }
    Samples samples;
    samples.values = network.run(inputs);
    if (is_image(network.output().shape) && network.output().element == Element::float32) {
        const auto [black, white] = range_of(session, network);
        samples.picture = picture_of(samples.values, columns, black, white);
    }
    return samples;
}

}  // namespace plexus
