// The threads of an executor: TBB's, and nobody else's.
#pragma once
#include <cstddef>
#include <memory>

namespace plexus {

/// `threads` of TBB's, in an arena of its own, under the limit that TBB is held to. Their floating-point settings are
/// those of the thread that made this.
class Workers {
public:
    explicit Workers(std::size_t threads);
    ~Workers();

    [[nodiscard]] std::size_t count() const noexcept { return count_; }
    /// Calls work(state) on the calling thread and, where they can be had, on `others` more; comes back when all are
    /// back. work() must not throw.
    void run(std::size_t others, void (*work)(void* state), void* state);

    /// The number of threads that this machine offers.
    [[nodiscard]] static std::size_t available();
    /// Within run(): which worker this thread is, 0 .. count() - 1.
    [[nodiscard]] static std::size_t index();

private:
    struct Parts;
    std::size_t count_;
    std::unique_ptr<Parts> parts_;
};

}  // namespace plexus
