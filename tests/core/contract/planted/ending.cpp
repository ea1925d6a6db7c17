// A layer without a fault, in a library that ends badly.
#include <plexus/plugin.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace {

using namespace plexus;

struct Harmless final : Layer {
    explicit Harmless(const Attributes&) {}
    void infer(InferContext& c) const override { c.output(0, c.input(0)); }
    void forward(const ForwardContext& c) const override {
        std::ranges::copy(c.input(0).as(), c.output(0).as().begin());
    }
    void backward(const BackwardContext& c) const override {
        if (const Tensor dx = c.input_gradient(0))
            std::ranges::copy(c.output_gradient(0).as(), dx.as().begin());
    }
};

// The test's own process is to end well.
struct EndsBadly {
    ~EndsBadly() {
        if (::getpid() != loaded_in)
            std::abort();
    }
    pid_t loaded_in = ::getpid();
};

const EndsBadly ends_badly;

}  // namespace

PLEXUS_PLUGIN("ending", "1.0.0", registry) {
    registry.layer<Harmless>("harmless", "copies");
}
