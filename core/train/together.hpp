// Several threads that start the same thing at the same time.
#pragma once
#include <atomic>
#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

namespace plexus {

/// Calls work(0) .. work(threads - 1), each on a thread of its own. Returns the seconds from when all could start until
/// the last was done: the making of threads is not in it.
template <class Work>
[[nodiscard]] double seconds_together(std::size_t threads, const Work& work) {
    std::atomic<std::size_t> waiting{0};
    std::atomic<bool> go{false};
    std::vector<std::thread> others;
    for (std::size_t t = 1; t < threads; ++t)
        others.emplace_back([&, t] {
            waiting.fetch_add(1);
            while (!go.load())
                std::this_thread::yield();
            work(t);
        });
    while (waiting.load() + 1 < threads)
        std::this_thread::yield();
    const auto start = std::chrono::steady_clock::now();
    go.store(true);
    work(0);
    for (std::thread& other : others)
        other.join();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace plexus
