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

/// The weights in each layout that some number of samples wants, one after another. A kernel may want another layout
/// for another number, and refuse the first; so that all numbers have the same kernel, and bits, each gets its own.
class Layouts {
public:
    /// What `describe(layout)` makes: of a layout that is here if that gives the kernel of this name, else of `open`,
    /// which leaves the choice to oneDNN.
    template <class Describe>
    auto choose(const Describe& describe, const dnnl::memory::desc& open, const std::string& name) const {
        for (const Layout& layout : all_)
            try {
                if (auto made = describe(layout.desc); made.impl_info_str() == name)
                    return made;
            } catch (const dnnl::error&) {
                continue;  // no kernel reads this one
            }
        return describe(open);
    }

    /// Its place among the packed weights, in bytes.
    std::size_t add(const dnnl::memory::desc& desc);
    /// After the last add(). `from` is the order of the layer.
    void plan_pack(const dnnl::memory::desc& from, const dnnl::engine& engine, std::size_t workers);
    void pack(std::size_t worker, const float* from, std::byte* packed) const;

    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
    /// Equal texts, equal layouts at equal places.
    [[nodiscard]] std::string name() const;

private:
    struct Layout {
        dnnl::memory::desc desc;
        std::size_t place;
    };
    std::vector<Layout> all_;
    std::vector<Packing> packings_;  ///< into each
    std::size_t bytes_ = 0;
};

}  // namespace plexus::kernels
