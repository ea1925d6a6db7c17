#include "plexus/shape.hpp"

#include <algorithm>

#include "plexus/error.hpp"
#include "plexus/text.hpp"

namespace plexus {

Shape::Shape(std::span<const std::int64_t> sizes) {
    if (sizes.size() > max_rank)
        throw InputError(text("a tensor may have at most ", max_rank, " dimensions; this one has ", sizes.size()));
    std::ranges::copy(sizes, sizes_.begin());
    rank_ = static_cast<std::uint8_t>(sizes.size());
}

std::int64_t Shape::elements() const noexcept {
    std::int64_t product = 1;
    for (const std::int64_t size : *this)
        product *= size;
    return product;
}

Shape Shape::with(std::size_t axis, std::int64_t size) const {
    Shape copy = *this;
    copy.sizes_.at(axis) = size;
    return copy;
}

Shape Shape::from(std::size_t axis) const {
    return Shape{std::span{begin(), end()}.subspan(axis)};
}

Shape Shape::batch(std::int64_t samples) const {
    if (rank_ == max_rank)
        throw InputError(text("a sample may have at most ", max_rank - 1, " dimensions; this one has ", max_rank));
    Shape result;
    result.sizes_[0] = samples;
    std::copy(begin(), end(), result.sizes_.begin() + 1);
    result.rank_ = static_cast<std::uint8_t>(rank_ + 1);
    return result;
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) {
    out << '[';
    for (std::size_t axis = 0; axis < shape.rank(); ++axis)
        out << (axis > 0 ? ", " : "") << shape[axis];
    return out << ']';
}

std::string to_string(const Shape& shape) {
    return text(shape);
}

}  // namespace plexus
