// What each thread is doing in code of plugins, so that there is something to say when it crashes there.
//
// A signal handler may neither allocate nor lock nor format. So whoever calls a plugin leaves beforehand what there
// would be to say: an Activity on its own stack, to which the thread points for as long as the call lasts. Activities
// nest, and a worker of a step goes on from those of the thread that started the step: so what crashes in a worker
// leads to the run, which knows its last checkpoint. All that a call costs is two stores to a pointer of the thread.
#pragma once
#include <atomic>
#include <string>

#include "core/diagnostic/crash_text.hpp"
#include "plexus/error.hpp"

namespace plexus {

/// One use of a plugin's type, as messages name it.
struct PluginUse {
    std::string title = {};  ///< "dense 'fc1'"
    Position position = {};
    std::string library = {};  ///< the file that the type comes from
};

/// What the thread that made this does, until this is gone. Made and gone in the order of a stack.
class Activity {
public:
    Activity() noexcept : outer_(running_) { set(this); }
    Activity(const Activity&) = delete;
    Activity& operator=(const Activity&) = delete;

    /// Of the calling thread, the innermost; null: nothing that was noted.
    [[nodiscard]] static const Activity* current() noexcept { return running_; }
    [[nodiscard]] const Activity* outer() const noexcept { return outer_; }

    // These are called in a signal handler, on a process that is about to end.

    /// Whose code runs; null where it is the core's own.
    [[nodiscard]] virtual const PluginUse* use() const noexcept { return nullptr; }
    /// Goes on after "crashed ": "in its forward pass, stage 'forward'". Nothing where this only has notes.
    virtual void say_where(CrashText&) const noexcept {}
    /// Further lines, each "  step        3, epoch 1\n".
    virtual void add_notes(CrashText&) const noexcept {}

    /// On a thread that works for another one: what that one does is what this one does.
    class Shared {
    public:
        explicit Shared(const Activity* activity) noexcept : before_(running_) { set(activity); }
        ~Shared() { set(before_); }
        Shared(const Shared&) = delete;
        Shared& operator=(const Shared&) = delete;

    private:
        const Activity* before_;
    };

protected:
    ~Activity() { set(outer_); }

private:
    static void set(const Activity* activity) noexcept {
        running_ = activity;
        // For a handler on this thread: what is stored before this is seen before it.
        std::atomic_signal_fence(std::memory_order_seq_cst);
    }

    // Read by a signal handler, so it must be there without being made first: as the initial-exec model has it.
    [[gnu::tls_model("initial-exec")]] static constinit thread_local const Activity* running_;

    const Activity* outer_;
};

/// A call that is no part of a step. `where` as in Activity::say_where(); both must outlive this.
class PluginCall final : public Activity {
public:
    PluginCall(const PluginUse& use, const char* where) noexcept : use_(use), where_(where) {}
    [[nodiscard]] const PluginUse* use() const noexcept override { return &use_; }
    void say_where(CrashText& text) const noexcept override { text << where_; }

private:
    const PluginUse& use_;
    const char* where_;
};

}  // namespace plexus
