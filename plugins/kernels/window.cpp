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

Padding::Padding(const Attributes& a, std::string_view name) {
    const Value& written = a.raw(name);
    if (written.is_string() && (written.string() == "same" || written.string() == "valid")) {
        same_ = written.string() == "same";
    } else if (is_side(written)) {
        sides_.fill(written.integer());
    } else if (written.is_list() && written.list().size() == 2 && is_pair(written.list()[0]) &&
               is_pair(written.list()[1])) {
        for (std::size_t i = 0; i < sides_.size(); ++i)
            sides_[i] = written.list()[i / 2].list()[i % 2].integer();
    } else {
        throw a.error(name, text(name, " is ", to_string(written),
                                 "; it may be valid, same, a whole number, or [[top, bottom], [left, right]]"));
    }
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

}  // namespace plexus::kernels
