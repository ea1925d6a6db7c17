#include "kernels/packing.hpp"

#include <algorithm>

#include "plexus/text.hpp"

namespace plexus::kernels {
namespace {

using dnnl::memory;

// Few enough to stay in a cache until all of their columns went to places far apart.
constexpr std::int64_t rows_at_once = 16;
constexpr std::size_t cached_bytes = 1 << 20;

/// Filters lie side by side, those of one input channel after those of another.
bool row_by_row(const memory::desc& d) noexcept {
    const auto& strides = d.data.format_desc.blocking.strides;
    return d.data.ndims == 4 && d.data.dims[2] * d.data.dims[3] == 1 && strides[1] > strides[0];
}

/// The strides and inner blocks of a layout, as text.
std::string layout_of(const memory::desc& desc) {
    const auto& blocking = desc.data.format_desc.blocking;
    std::string all;
    for (int i = 0; i < desc.data.ndims; ++i)
        all += text(blocking.strides[i], " ");
    for (int i = 0; i < blocking.inner_nblks; ++i)
        all += text(blocking.inner_blks[i], "x", blocking.inner_idxs[i], " ");
    return all;
}

}  // namespace

Reorder::Reorder(const memory::desc& from, const memory::desc& to, const dnnl::engine& engine, std::size_t workers) {
    const dnnl::reorder::primitive_desc made{engine, from, engine, to, with_own_scratch()};
    scratch_ = made.scratchpad_desc().get_size();
    bound_.emplace(dnnl::reorder{made}, engine, workers,
                   std::vector<std::pair<int, memory::desc>>{
                       {DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}, {DNNL_ARG_SCRATCHPAD, made.scratchpad_desc()}});
}

void Reorder::run(std::size_t worker, const void* from, void* to, std::byte* scratch) const {
    bound_->run(worker, {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}, {DNNL_ARG_SCRATCHPAD, scratch}});
}

Packing::Packing(const memory::desc& from, const memory::desc& to, const dnnl::engine& engine, std::size_t workers) {
    const memory::dims dims = from.dims();
    const std::int64_t blocks = row_by_row(from) && to.get_size() > cached_bytes ? dims[1] / rows_at_once : 0;
    const auto part = [&](const memory::desc& whole, std::int64_t first, std::int64_t rows) {
        memory::dims some = dims, offset(dims.size(), 0);
        some[1] = rows;
        offset[1] = first;
        return whole.submemory_desc(some, offset);
    };
    const auto bytes = [](const memory::desc& d) { return static_cast<std::size_t>(d.data.offset0) * sizeof(float); };
    for (std::int64_t b = 0; b < blocks; ++b)
        blocks_.push_back(
            {bytes(part(from, b * rows_at_once, rows_at_once)), bytes(part(to, b * rows_at_once, rows_at_once))});
    if (blocks > 0)
        block_.emplace(part(from, 0, rows_at_once), part(to, 0, rows_at_once), engine, workers);
    if (const std::int64_t done = blocks * rows_at_once; done < dims[1])
        rest_.emplace(part(from, done, dims[1] - done), part(to, done, dims[1] - done), engine, workers);
    const std::size_t scratch = std::max(block_ ? block_->scratch_bytes() : 0, rest_ ? rest_->scratch_bytes() : 0);
    scratch_.resize(workers);
    for (auto& own : scratch_)
        own = std::make_unique<std::byte[]>(scratch);
}

void Packing::run(std::size_t worker, const float* from, std::byte* to) const {
    std::byte* const scratch = scratch_[worker].get();
    for (const auto& [read, written] : blocks_)
        block_->run(worker, reinterpret_cast<const std::byte*>(from) + read, to + written, scratch);
    if (rest_)
        rest_->run(worker, from, to, scratch);
}

std::size_t Layouts::add(const memory::desc& desc) {
    for (const Layout& layout : all_)
        if (layout.desc == desc)
            return layout.place;
    const std::size_t place = (bytes_ + 63) / 64 * 64;  // run() and pack() are promised so much alignment
    all_.push_back({desc, place});
    bytes_ = place + desc.get_size();
    return place;
}

void Layouts::plan_pack(const memory::desc& from, const dnnl::engine& engine, std::size_t workers) {
    for (const Layout& layout : all_)
        packings_.emplace_back(from, layout.desc, engine, workers);
}

void Layouts::pack(std::size_t worker, const float* from, std::byte* packed) const {
    for (std::size_t i = 0; i < all_.size(); ++i)
        packings_[i].run(worker, from, packed + all_[i].place);
}

std::string Layouts::name() const {
    std::string joined;
    for (const Layout& layout : all_)
        joined += (joined.empty() ? "" : "and ") + layout_of(layout.desc);
    return joined;
}

}  // namespace plexus::kernels
