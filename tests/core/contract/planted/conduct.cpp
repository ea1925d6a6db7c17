#include "conduct.hpp"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cfenv>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <thread>

namespace planted {
namespace {

using namespace plexus;

// Copies its input, and does something else besides.
template <void (*besides)()>
struct Copies final : Layer {
    explicit Copies(const Attributes&) {}
    void infer(InferContext& c) const override {
        c.want(0, 2, "[batch, features]");
        c.output(0, c.input(0));
    }
    void forward(const ForwardContext& c) const override {
        besides();
        std::ranges::copy(c.input(0).as(), c.output(0).as().begin());
    }
    void backward(const BackwardContext& c) const override {
        std::ranges::copy(c.output_gradient(0).as(), c.input_gradient(0).as().begin());
    }
};

void start_thread() {
    std::thread([] {}).join();
}
void round_upward() {
    std::fesetround(FE_UPWARD);
}
void change_folder() {
    if (::chdir("/") != 0)
        throw RunError("there is no root");
}
void set_variable() {
    ::setenv("PLANTED", "yes", 1);
}
void change_mask() {
    ::umask(0177);
}
void handle_signal() {
    std::signal(SIGTERM, SIG_IGN);
}
void call_malloc() {
    void* volatile memory = std::malloc(100);  // NOLINT: the point
    std::free(memory);                         // NOLINT
}
void throw_error() {
    throw std::runtime_error("out of order");
}
void throw_number() {
    throw 7;  // NOLINT: the point
}
void leave() {
    std::_Exit(3);
}
void leave_quietly() {
    std::_Exit(0);
}
void give_up() {
    std::abort();
}
void hang() {
    for (volatile bool forever = true; forever;) {
    }
}

struct CrashesInInfer final : Layer {
    explicit CrashesInInfer(const Attributes&) {}
    void infer(InferContext&) const override { std::abort(); }
};

}  // namespace

void add_conduct(Registry& registry) {
    registry.layer<Copies<start_thread>>("starts_thread", "copies");
    registry.layer<Copies<round_upward>>("rounds_upward", "copies");
    registry.layer<Copies<change_folder>>("changes_folder", "copies");
    registry.layer<Copies<set_variable>>("sets_variable", "copies");
    registry.layer<Copies<change_mask>>("changes_mask", "copies");
    registry.layer<Copies<handle_signal>>("handles_signal", "copies");
    registry.layer<Copies<call_malloc>>("calls_malloc", "copies");
    registry.layer<Copies<throw_error>>("throws_error", "copies");
    registry.layer<Copies<throw_number>>("throws_number", "copies");
    registry.layer<Copies<leave>>("leaves", "copies");
    registry.layer<Copies<leave_quietly>>("leaves_quietly", "copies");
    registry.layer<Copies<give_up>>("gives_up", "copies");
    registry.layer<Copies<hang>>("hangs", "copies");
    registry.layer<CrashesInInfer>("crashes_in_infer", "copies");
}

}  // namespace planted
