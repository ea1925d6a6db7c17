#include "sharing.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <vector>

#include "copies.hpp"

namespace planted {
namespace {

using namespace plexus;

struct ScratchInMember final : Copies {
    using Copies::Copies;
    void forward(const ForwardContext& c) const override {
        const auto x = c.input(0).as();
        std::ranges::copy(x.first(std::min(x.size(), row_.size())), row_.begin());
        Copies::forward(c);
    }
    mutable std::vector<float> row_ = std::vector<float>(4096);
};

struct CountsInStatic final : Copies {
    using Copies::Copies;
    void forward(const ForwardContext& c) const override {
        static volatile int calls = 0;
        calls = calls + 1;
        Copies::forward(c);
    }
};

struct CountsPerThread final : Copies {
    using Copies::Copies;
    void forward(const ForwardContext& c) const override {
        thread_local float calls = 0;
        Copies::forward(c);
        c.output(0).as()[0] += calls++;
    }
};

// No fault: threads may have this in common.
struct CountsAtomically final : Copies {
    using Copies::Copies;
    void forward(const ForwardContext& c) const override {
        static std::atomic<int> in_all = 0;
        ++in_all;
        here_.fetch_add(1, std::memory_order_relaxed);
        Copies::forward(c);
    }
    mutable std::atomic<int> here_ = 0;
};

// No fault: a table that is made when it is first wanted, and then read behind a lock.
struct FillsTable final : Copies {
    using Copies::Copies;
    void forward(const ForwardContext& c) const override {
        static const std::vector<float> ones(8, 1.0F);
        {
            const std::lock_guard lock(mutex_);
            if (factors_.empty())
                factors_.emplace(0, ones[0]);
        }
        Copies::forward(c);
    }
    mutable std::mutex mutex_;
    mutable std::map<int, float> factors_;
};

// A sum, which writes both gradients whoever wants them: through a null pointer, which a sanitizer would stop at first.
struct GradientsForBoth final : Layer {
    explicit GradientsForBoth(const Attributes&) {}
    void infer(InferContext& c) const override {
        c.want(0, 2, "[batch, features]");
        if (c.input(1) != c.input(0))
            throw c.error("its inputs have to be alike");
        c.output(0, c.input(0));
    }
    void forward(const ForwardContext& c) const override {
        std::ranges::transform(c.input(0).as(), c.input(1).as(), c.output(0).as().begin(), std::plus{});
    }
    [[gnu::no_sanitize("undefined")]] void backward(const BackwardContext& c) const override {
        for (const std::size_t i : {0, 1}) {
            auto* const dx = static_cast<volatile float*>(c.input_gradient(i).data);
            for (std::size_t k = 0; const float slope : c.output_gradient(0).as())
                dx[k++] = slope;
        }
    }
};

}  // namespace

void add_sharing(Registry& registry) {
    registry.layer<ScratchInMember>("scratch_in_member", "copies");
    registry.layer<CountsInStatic>("counts_in_static", "copies");
    registry.layer<CountsPerThread>("counts_per_thread", "copies");
    registry.layer<CountsAtomically>("counts_atomically", "copies");
    registry.layer<FillsTable>("fills_table", "copies");
    registry.layer<GradientsForBoth>("gradients_for_both", "adds").inputs(2, 2);
}

}  // namespace planted
