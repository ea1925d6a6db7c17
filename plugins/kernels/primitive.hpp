// A primitive of oneDNN that the workers run, each in its own memory and on one thread.
#pragma once
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

namespace plexus::kernels {

/// While it lives, oneDNN sees one thread of OpenMP in the calling one. The environment says so too, but not to an
/// OpenMP that a program was linked with, which read it before. With more, oneDNN would take other kernels and layouts,
/// sum gradients in another order, and start threads in each of ours.
class OneThread {
public:
    OneThread() noexcept;
    ~OneThread();
    OneThread(const OneThread&) = delete;
    OneThread& operator=(const OneThread&) = delete;

private:
    int before_;
};

/// Scratch is handed over for each run.
[[nodiscard]] dnnl::primitive_attr with_own_scratch();

/// A primitive and, for each worker, its arguments and stream: memories are pointed at each slice before it runs.
class Bound {
public:
    Bound(const dnnl::primitive& primitive, const dnnl::engine& engine, std::size_t workers,
          const std::vector<std::pair<int, dnnl::memory::desc>>& arguments);
    void run(std::size_t worker, std::initializer_list<std::pair<int, const void*>> places) const;

private:
    struct Worker {
        dnnl::stream stream;
        std::unordered_map<int, dnnl::memory> arguments;
        std::vector<dnnl_exec_arg_t> list;  ///< of the same memories
    };
    dnnl::primitive primitive_;
    std::vector<std::unique_ptr<Worker>> workers_;  ///< no two threads have the same number at a time
};

}  // namespace plexus::kernels
