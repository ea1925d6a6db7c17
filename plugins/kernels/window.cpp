#include "kernels/window.hpp"

#include <algorithm>

#include "plexus/text.hpp"

namespace plexus::kernels {
namespace {

constexpr std::int64_t most_padding = 1 << 20;

bool is_side(const Value& value) {
    return value.is_integer() && value.integer() >= 0 && value.integer() <= most_padding;
}

bool is_pair(const Value& value) {
    return value.is_list() && value.list().size() == 2 && is_side(value.list()[0]) && is_side(value.list()[1]);
}

void pad_same(Window& w) noexcept {
    const std::int64_t windows = (w.extent + w.stride - 1) / w.stride;
    const std::int64_t total = std::max<std::int64_t>(0, (windows - 1) * w.stride + w.reach() - w.extent);
    w.before = total / 2;
    w.after = total - w.before;
}

}  // namespace

Shape image_of(Along along, const Shape& input) {
    return along == Along::steps ? Shape{input[0], 1, input[1], input[2]} : input;
}

Shape without_rows(Along along, const Shape& image) {
    return along == Along::steps ? Shape{image[0], image[2], image[3]} : image;
}

const char* dimensions_of(Along along) noexcept {
    return along == Along::steps ? "[batch, steps, features]" : "[batch, rows, columns, channels]";
}

std::string extent_of(Along along, std::int64_t rows, std::int64_t columns) {
    return along == Along::steps ? text(columns) : text(rows, " x ", columns);
}

std::array<std::int64_t, 2> sides_of(Along along, const Attributes& a, std::string_view name) {
    if (along == Along::steps)
        return {1, a.get<std::int64_t>(name)};
    return a.get<std::array<std::int64_t, 2>>(name);
}

Padding::Padding(const Attributes& a, std::string_view name, Along along) {
    const Value& written = a.raw(name);
    const bool steps = along == Along::steps;
    if (written.is_string() && (written.string() == "same" || written.string() == "valid")) {
        same_ = written.string() == "same";
        valid_ = !same_;
    } else if (is_side(written)) {
        sides_.fill(written.integer());
    } else if (steps && is_pair(written)) {
        sides_ = {0, 0, written.list()[0].integer(), written.list()[1].integer()};
    } else if (!steps && written.is_list() && written.list().size() == 2 && is_pair(written.list()[0]) &&
               is_pair(written.list()[1])) {
        for (std::size_t i = 0; i < sides_.size(); ++i)
            sides_[i] = written.list()[i / 2].list()[i % 2].integer();
    } else {
        throw a.error(name, text(name, " is ", to_string(written), "; it may be valid, same, a whole number, or ",
                                 steps ? "[left, right]" : "[[top, bottom], [left, right]]"));
    }
    if (steps)
        sides_[0] = sides_[1] = 0;
}

void Padding::apply(Window& rows, Window& columns) const noexcept {
    if (same_) {
        pad_same(rows);
        pad_same(columns);
        return;
    }
    rows.before = sides_[0];
    rows.after = sides_[1];
    columns.before = sides_[2];
    columns.after = sides_[3];
}

void Padding::lay(Window& w, std::int64_t windows, std::optional<std::int64_t> extra, std::size_t side) const noexcept {
    const std::int64_t last = (windows - 1) * w.stride;
    if (same_) {
        w.extent = extra ? last + w.reach() % 2 + *extra : last + w.stride;
        const std::int64_t total = std::max<std::int64_t>(0, last + w.reach() - w.extent);
        w.before = total / 2;
        w.after = total - w.before;
        return;
    }
    w.before = sides_[side];
    w.after = sides_[side + 1];
    const std::int64_t gap = valid_ ? std::max<std::int64_t>(0, w.stride - w.reach()) : 0;
    w.extent = last + w.reach() + extra.value_or(gap) - w.before - w.after;
}

void Padding::lay(Window& rows, Window& columns, std::array<std::int64_t, 2> windows,
                  const std::optional<std::array<std::int64_t, 2>>& extra) const noexcept {
    const auto along = [&](std::size_t i) { return extra ? std::optional{(*extra)[i]} : std::nullopt; };
    lay(rows, windows[0], along(0), 0);
    lay(columns, windows[1], along(1), 2);
}

}  // namespace plexus::kernels
