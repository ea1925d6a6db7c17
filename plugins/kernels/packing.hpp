// Weights in the layouts that the kernels of oneDNN read.
#pragma once
#include <cstddef>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <optional>
#include <string>
#include <vector>

#include "kernels/primitive.hpp"

namespace plexus::kernels {

/// A copy of all of a tensor, or of a part, from one layout to another.
class Reorder {
public:
    Reorder(const dnnl::memory::desc& from, const dnnl::memory::desc& to, const dnnl::engine& engine,
            std::size_t workers);
    [[nodiscard]] std::size_t scratch_bytes() const noexcept { return scratch_; }
    void run(std::size_t worker, const void* from, void* to, std::byte* scratch) const;

private:
    std::size_t scratch_ = 0;
    std::optional<Bound> bound_;
};

/// Weights from the order of a layer into that of a kernel.
class Packing {
public:
    Packing(const dnnl::memory::desc& from, const dnnl::memory::desc& to, const dnnl::engine& engine,
            std::size_t workers);
    void run(std::size_t worker, const float* from, std::byte* to) const;

private:
    struct Places {
        std::size_t read;
        std::size_t written;
    };
    std::vector<Places> blocks_;    ///< in bytes
    std::optional<Reorder> block_;  ///< for the places of any block
    std::optional<Reorder> rest_;   ///< of what fills none, at its own place
    std::vector<std::unique_ptr<std::byte[]>> scratch_;
};

/// The strides and inner blocks of a layout, as text.
[[nodiscard]] std::string layout_of(const dnnl::memory::desc& desc);

}  // namespace plexus::kernels
