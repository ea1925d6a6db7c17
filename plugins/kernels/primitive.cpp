#include "kernels/primitive.hpp"

#include <dlfcn.h>

namespace plexus::kernels {
namespace {

struct OpenMp {
    int (*get)() = nullptr;
    void (*set)(int) = nullptr;
};

// Looked up as oneDNN's own calls are: which OpenMP it has, if any, is known to whoever built it.
const OpenMp& openmp() noexcept {
    static const OpenMp found = [] {
        const OpenMp both{reinterpret_cast<int (*)()>(::dlsym(RTLD_DEFAULT, "omp_get_max_threads")),
                          reinterpret_cast<void (*)(int)>(::dlsym(RTLD_DEFAULT, "omp_set_num_threads"))};
        return both.get != nullptr && both.set != nullptr ? both : OpenMp{};
    }();
    return found;
}

}  // namespace

OneThread::OneThread() noexcept : before_{openmp().get != nullptr ? openmp().get() : 1} {
    if (before_ != 1)
        openmp().set(1);
}

OneThread::~OneThread() {
    if (before_ != 1)
        openmp().set(before_);
}

dnnl::primitive_attr with_own_scratch() {
    dnnl::primitive_attr a;
    a.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    return a;
}

Bound::Bound(const dnnl::primitive& primitive, const dnnl::engine& engine, std::size_t workers,
             const std::vector<std::pair<int, dnnl::memory::desc>>& arguments)
    : primitive_{primitive} {
    for (std::size_t w = 0; w < workers; ++w) {
        Worker& worker = *workers_.emplace_back(std::make_unique<Worker>(Worker{dnnl::stream{engine}, {}, {}}));
        for (const auto& [name, desc] : arguments) {
            const dnnl::memory& made =
                worker.arguments.emplace(name, dnnl::memory{desc, engine, nullptr}).first->second;
            worker.list.push_back({name, made.get()});
        }
    }
}

void Bound::run(std::size_t worker, std::initializer_list<std::pair<int, const void*>> places) const {
    auto& [stream, arguments, list] = *workers_[worker];
    for (const auto& [name, place] : places)
        if (const auto found = arguments.find(name); found != arguments.end())
            found->second.set_data_handle(const_cast<void*>(place));
    const OneThread alone;
    // Through the C interface: the C++ one gathers its arguments in a vector at every call.
    dnnl_primitive_execute(primitive_.get(), stream.get(), static_cast<int>(list.size()), list.data());
    stream.wait();
}

}  // namespace plexus::kernels
