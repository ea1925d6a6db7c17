// Whole numbers at the places of an input, each below a bound.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "plexus/plugin.hpp"
#include "plexus/text.hpp"

namespace plexus::embedding {

/// Throws c.error() for an input that is neither int32 nor uint8; `bound` is the attribute that the numbers lie below.
inline void want_tokens(const InferContext& c, const char* bound) {
    const Element element = c.input(0).element;
    if (element != Element::int32 && element != Element::uint8)
        throw c.error(text("input ", c.source(0), " is ", element, "; int32 or uint8 is wanted, a whole number below ",
                           bound, " at each place"));
}

/// [N, ...] -> [N, ..., width]
[[nodiscard]] inline Shape with_vectors(const Shape& places, std::int64_t width) {
    std::vector<std::int64_t> sizes(places.begin(), places.end());
    sizes.push_back(width);
    return Shape{std::span<const std::int64_t>(sizes)};
}

namespace detail {

template <class T, class At>
void each_of(const StepContext& c, std::int64_t count, std::span<const T> x, const At& at) {
    const auto tokens = static_cast<std::uint64_t>(count);
    for (std::size_t i = 0; i < x.size(); ++i) {
        // A number below 0 becomes a huge one.
        const auto token = static_cast<std::uint64_t>(static_cast<std::int64_t>(x[i]));
        if (token >= tokens) {
            const auto per_sample = static_cast<std::size_t>(c.input(0).shape().from(1).elements());
            throw SampleError(
                c.first() + static_cast<std::int64_t>(i / per_sample),
                text("token ", static_cast<std::int64_t>(x[i]), "; there are ", count, ", counted from 0"));
        }
        at(static_cast<std::size_t>(token));
    }
}

}  // namespace detail

/// Calls `at(token)` for each place of the slice, in order. Throws SampleError for a token that is not one of so many.
template <class At>
void each_token(const StepContext& c, std::int64_t count, const At& at) {
    if (c.input(0).type.element == Element::uint8)
        detail::each_of(c, count, c.input(0).as<std::uint8_t>(), at);
    else
        detail::each_of(c, count, c.input(0).as<std::int32_t>(), at);
}

}  // namespace plexus::embedding
