// What each file of this plugin brings, and the windows that pooling layers share.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>

#include "kernels/window.hpp"
#include "plexus/plugin.hpp"

namespace plexus::pool {

using kernels::Along;

void add_average_pool(Registry& registry);
void add_global_average_pool(Registry& registry);
void add_max_pool(Registry& registry);

/// The windows of one image. Elements outside of the image are not there.
struct Windows {
    kernels::Window rows;
    kernels::Window columns;

    /// Of one window along one dimension: its elements [begin, end) that lie in the image, and where element 0 does.
    struct Span {
        std::int64_t begin;
        std::int64_t end;
        std::int64_t origin;
    };
    [[nodiscard]] static Span span(const kernels::Window& w, std::int64_t i) noexcept {
        const std::int64_t origin = i * w.stride - w.before;
        return {std::max<std::int64_t>(0, -origin), std::min(w.size, w.extent - origin), origin};
    }
    /// No element of the image lies in two windows.
    [[nodiscard]] bool apart() const noexcept { return rows.stride >= rows.size && columns.stride >= columns.size; }
    /// Every element of the image lies in exactly one window.
    [[nodiscard]] bool tile() const noexcept { return tiles(rows) && tiles(columns); }

private:
    [[nodiscard]] static bool tiles(const kernels::Window& w) noexcept {
        return w.stride == w.size && w.count() * w.size >= w.extent + w.before;
    }
};

/// `pool_size`, `strides` and `padding` of a pooling layer.
class WindowAttributes {
public:
    WindowAttributes(const Attributes& a, Along along)
        : along_{along},
          padding_{a, "padding", along},
          size_{kernels::sides_of(along, a, "pool_size")},
          strides_{size_} {
        if (a.has("strides"))
            strides_ = kernels::sides_of(along, a, "strides");
    }

    static Schema& declare(Schema& schema, Along along) {
        if (along == Along::steps)
            return schema.attribute("pool_size", 2, "steps of a window")
                .at_least(1)
                .optional("strides", AttributeSpec::Form::integer, "from window to window; pool_size if left out")
                .at_least(1)
                .any("padding", "valid", "border: valid (none), same, a number, or [left, right]");
        return schema.pair("pool_size", 2, "rows and columns of a window")
            .at_least(1)
            .optional("strides", AttributeSpec::Form::pair, "steps from window to window; pool_size if left out")
            .at_least(1)
            .any("padding", "valid", "border: valid (none), same, a number, or [[top, bottom], [left, right]]");
    }

    /// On an input [N, H, W, C], or [N, T, F].
    [[nodiscard]] Windows on(const Shape& shape) const {
        const Shape input = kernels::image_of(along_, shape);
        Windows w;
        w.rows = {.extent = input[1], .size = size_[0], .stride = strides_[0]};
        w.columns = {.extent = input[2], .size = size_[1], .stride = strides_[1]};
        padding_.apply(w.rows, w.columns);
        return w;
    }

    /// Checks input 0, [N, H, W, C] or [N, T, F], and declares output 0, [N, P, Q, C] or [N, Q, F], which it returns.
    Shape infer(InferContext& c) const {
        c.want(0, along_ == Along::steps ? 3 : 4, kernels::dimensions_of(along_), "put a reshape before it");
        const Shape& input = c.input(0).shape;
        const Windows w = on(input);
        if (input.from(1).elements() < 1)
            throw c.error(text("input has shape ", c.source(0), "; there must be at least one value in it"));
        if (!w.rows.fits() || !w.columns.fits())
            throw c.error(text("input has shape ", c.source(0), "; a window of ",
                               kernels::extent_of(along_, w.rows.size, w.columns.size), " does not fit into ",
                               kernels::extent_of(along_, w.rows.padded(), w.columns.padded()),
                               ": make pool_size smaller or padding larger"));
        for (const kernels::Window& side : {w.rows, w.columns})
            if (std::max(side.before, side.after) > side.size / 2)
                throw c.error(text("padding is ", std::max(side.before, side.after), "; it may be at most half of ",
                                   "pool_size, which is ", side.size));
        const Shape output = kernels::without_rows(along_, {input[0], w.rows.count(), w.columns.count(), input.back()});
        c.output(0, TensorType{output});
        return output;
    }

private:
    Along along_;
    kernels::Padding padding_;
    std::array<std::int64_t, 2> size_;
    std::array<std::int64_t, 2> strides_;
};

}  // namespace plexus::pool
