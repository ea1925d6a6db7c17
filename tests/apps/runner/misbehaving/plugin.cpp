// Types that go wrong in every way and at every time, and things with destructors for which a process has to end well.
#include <plexus/plugin.hpp>

#include <signal.h>
#include <sys/mman.h>

#include <atomic>
#include <cstdlib>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

// What is planted here is what the sanitizers would find first.
#define UNCHECKED [[gnu::noinline, gnu::no_sanitize("address", "undefined", "thread")]]

namespace {

// Used in forward(), so that they have to live as long as threads that run it.
std::string kept_by_the_library = "a text too long to be kept inside of the string object itself";
std::vector<float> numbers_of_the_library(1000, 1.0F);

struct KeptByAThread {
    ~KeptByAThread() { numbers.clear(); }
    std::vector<float> numbers = numbers_of_the_library;
    std::string text = kept_by_the_library;
};
thread_local KeptByAThread kept_by_a_thread;

volatile std::uintptr_t nowhere = 64;

UNCHECKED void write_anywhere() {
    *reinterpret_cast<volatile int*>(nowhere) = 1;
}

UNCHECKED void write_beyond_a_file() {
    void* nothing = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ::memfd_create("empty", 0), 0);
    *static_cast<volatile int*>(nothing) = 1;
}

UNCHECKED void divide_by_zero() {
#if defined(__x86_64__)
    volatile int one = 1, zero = 0;  // a quotient of constants is not divided
    volatile int result = one / zero;
    (void)result;
#else
    ::raise(SIGFPE);  // elsewhere the quotient is 0
#endif
}

volatile bool endless = true;

UNCHECKED int descend(const volatile char* from) {
    volatile char frame[1024];
    frame[0] = *from;
    return endless ? descend(frame) + frame[0] : frame[0];
}

struct Fault {
    explicit Fault(const plexus::Attributes& a)
        : how(a.get<std::string>("how")), at(a.get<std::string>("at")), after(a.get<std::int64_t>("after")) {}

    // At the place `here`, after as many calls went well.
    void happen(const char* here) const {
        if (how == "nan" || at != here || calls.fetch_add(1) < after)
            return;
        const char start = 0;
        if (how == "segv")
            write_anywhere();
        if (how == "bus")
            write_beyond_a_file();
        if (how == "fpe")
            divide_by_zero();
        if (how == "ill")
            __builtin_trap();
        if (how == "abort")
            std::abort();
        if (how == "overflow")
            descend(&start);
        if (how == "thread")
            std::thread(write_anywhere).join();
        if (how == "exception")
            throw std::runtime_error("planted");
        if (how == "memory")
            throw std::bad_alloc();
        if (how == "run_error")
            throw plexus::RunError("planted");
        if (how == "input_error")
            throw plexus::InputError("planted");
        if (how == "number")
            throw 7;
    }
    // A number that is none, where that is what is to happen.
    float poison(const char* here) const {
        return how == "nan" && at == here && calls.fetch_add(1) >= after ? std::numeric_limits<float>::quiet_NaN() : 0;
    }

    std::string how, at;
    std::int64_t after;
    mutable std::atomic<std::int64_t> calls{0};
};

plexus::Schema& with_fault(plexus::Schema& schema, const char* at) {
    return schema.attribute("how", "none", "what happens")
        .attribute("at", at, "where")
        .attribute("after", 0, "calls that go well");
}

struct Wild final : plexus::Layer {
    explicit Wild(const plexus::Attributes& a) : fault{a} { fault.happen("constructor"); }
    void infer(plexus::InferContext& c) const override {
        fault.happen("infer");
        c.output(0, c.input(0));
    }
    std::unique_ptr<plexus::Work> plan(plexus::PlanContext& c) const override {
        fault.happen("plan");
        return plexus::Layer::plan(c);
    }
    void forward(const plexus::ForwardContext& c) const override {
        fault.happen("forward");
        const auto x = c.input(0).as();
        const auto y = c.output(0).as();
        const float one = kept_by_a_thread.numbers.at(x.size() % 7) * numbers_of_the_library.back();
        for (std::size_t i = 0; i < x.size(); ++i)
            y[i] = x[i] * one + static_cast<float>(kept_by_the_library.size() - kept_by_a_thread.text.size());
        y[0] += fault.poison("forward");
    }
    void backward(const plexus::BackwardContext& c) const override {
        fault.happen("backward");
        const auto dy = c.output_gradient(0).as();
        const auto dx = c.input_gradient(0).as();
        for (std::size_t i = 0; i < dy.size(); ++i)
            dx[i] = dy[i];
        dx[0] += fault.poison("backward");
    }
    Fault fault;
};

struct WildDescent final : plexus::Optimizer {
    explicit WildDescent(const plexus::Attributes& a) : fault{a} {}
    void declare(plexus::OptimizerContext&) const override {}
    double learning_rate(const plexus::Progress&) const override { return 0.1; }
    void begin_step(const plexus::Progress&, std::span<double>) const override { fault.happen("begin_step"); }
    void update(const plexus::UpdateContext& c) const override {
        fault.happen("update");
        for (std::size_t i = 0; i < c.parameter().size(); ++i)
            c.parameter()[i] -= 0.1F * c.gradient()[i];
        c.parameter()[0] += fault.poison("update");
    }
    Fault fault;
};

struct WildData final : plexus::Dataset {
    WildData(const plexus::Attributes& a, const plexus::Factory&) : fault{a} { fault.happen("constructor"); }
    std::size_t size() const override { return 16; }
    std::span<const plexus::SampleTensor> tensors() const override { return types; }
    void read(std::size_t index, std::span<const plexus::Tensor> sample) const override {
        if (index == 3)
            fault.happen("read");
        for (float& x : sample[0].as())
            x = static_cast<float>(index) / 16;
        sample[1].as<std::int32_t>()[0] = static_cast<std::int32_t>(index % 2);
        if (index == 3)
            sample[0].as()[1] += fault.poison("read");
    }
    Fault fault;
    std::vector<plexus::SampleTensor> types{{"x", {plexus::Shape{4}, plexus::Element::float32}},
                                            {"label", {plexus::Shape{}, plexus::Element::int32}}};
};

struct WildStart final : plexus::Initializer {
    explicit WildStart(const plexus::Attributes& a) : fault{a} {}
    void fill(std::span<float> values, const plexus::Shape&, plexus::RandomKey) const override {
        fault.happen("fill");
        for (float& value : values)
            value = 0.5F;
    }
    Fault fault;
};

bool is_wanted(const char* time) {
    const char* wanted = std::getenv("MISBEHAVE");
    return wanted != nullptr && std::string{wanted} == time;
}

struct Opened {
    Opened() {
        if (is_wanted("opened"))
            write_anywhere();
    }
    ~Opened() {
        if (is_wanted("closed"))
            write_anywhere();
    }
} const opened;

}  // namespace

PLEXUS_PLUGIN("misbehaving", "1.0.0", registry) {
    if (is_wanted("registering"))
        write_anywhere();
    with_fault(registry.layer<Wild>("wild", "the input"), "forward");
    with_fault(registry.optimizer<WildDescent>("wild_descent", "gradient descent"), "update");
    with_fault(registry.dataset<WildData>("wild_data", "16 samples of two classes"), "read");
    with_fault(registry.initializer<WildStart>("wild_start", "0.5"), "fill");
}
