#include "core/execute/executor.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <functional>
#include <mutex>
#include <new>
#include <random>

#include "core/execute/non_finite.hpp"
#include "core/execute/step_call.hpp"
#include "core/execute/workers.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

constexpr auto first_slot = static_cast<std::size_t>(Base::first_slot);

std::size_t thread_count(std::size_t asked) {
    return asked != 0 ? asked : Workers::available();
}

}  // namespace

// The workers of a step are TBB tasks that take what is ready from one short list, the earliest in step order first:
// so order, chance (for tests) and when a worker goes to sleep are decided here. A step has tens of tasks, and a lock
// that is held for some nanoseconds is nobody's bottleneck.
struct Executor::Parts {
    explicit Parts(const Options& options)
        : workers(thread_count(options.threads)),
          random_order(options.random_order.has_value()),
          generator(options.random_order.value_or(0)) {}

    Workers workers;

    const bool random_order;
    std::mt19937_64 generator;
    std::mutex ready_lock;
    std::vector<std::uint32_t> ready;  // a heap, the earliest task on top
    std::size_t next_piece = 0;        // of the background
    std::size_t pieces = 0;

    // Of the step that runs.
    const Plan* plan = nullptr;
    const StepInput* input = nullptr;
    Background* beside = nullptr;
    const Activity* caller = nullptr;            // what the thread that called run() does
    std::vector<std::vector<std::byte*>> bases;  // per worker
    std::unique_ptr<std::atomic<std::uint32_t>[]> waiting;
    std::size_t waiting_size = 0;
    std::atomic<std::uint32_t> remaining{0};  // tasks and pieces not done; released by each, acquired at the end
    std::atomic<std::uint32_t> tasks_left{0};
    std::int64_t tasks_end = 0;            // written by whoever finishes the last task
    std::atomic<std::uint32_t> signal{0};  // changes when there is something to take, or nothing left
    std::atomic<std::uint64_t> took_part{0};
    StepFlags flags;
    std::mutex fault_lock;
    std::exception_ptr fault;
    std::atomic<std::uint32_t> fault_at{none};

    static constexpr std::uint32_t none = static_cast<std::uint32_t>(-1);
    // Pieces of background work come after all operations in the order of faults.
    static constexpr std::uint32_t background = none - 1;
    // Looks at the signal this often before it sleeps: some tens of microseconds, the time that waking up takes.
    static constexpr int patience = 3000;

    struct Taken {
        std::uint32_t task = none;
        std::size_t piece = 0;  // when task is `background`
    };

    void put(std::uint32_t task) {
        {
            const std::lock_guard hold(ready_lock);
            ready.push_back(task);
            std::push_heap(ready.begin(), ready.end(), std::greater<>{});
        }
        signal.fetch_add(1, std::memory_order_release);
        signal.notify_one();
    }

    Taken take() {
        const std::lock_guard hold(ready_lock);
        if (ready.empty())
            return next_piece < pieces ? Taken{background, next_piece++} : Taken{};
        if (random_order) {
            std::swap(ready[generator() % ready.size()], ready.back());
        } else {
            std::pop_heap(ready.begin(), ready.end(), std::greater<>{});
        }
        const std::uint32_t task = ready.back();
        ready.pop_back();
        return {task, 0};
    }

    // What each worker does until the step is done. It begins and ends with the two signs by which this run's inputs
    // and results are ordered with the thread that called run().
    void take_part() {
        const auto worker = Workers::index();
        static_cast<void>(signal.load(std::memory_order_acquire));
        const Activity::Shared shared(caller);
        StepProfile* const profile = input->profile;
        if (profile != nullptr)
            profile->enter(worker, StepProfile::now());
        work_through(worker, profile);
        if (profile != nullptr)
            profile->workers[worker].left = StepProfile::now();
        took_part.fetch_or(0, std::memory_order_release);
    }

    void work_through(std::size_t worker, StepProfile* profile) {
        for (;;) {
            const std::uint32_t seen = signal.load(std::memory_order_acquire);
            const Taken taken = take();
            if (taken.task == none) {
                if (remaining.load(std::memory_order_acquire) == 0)
                    return;
                const std::int64_t begin = profile != nullptr ? StepProfile::now() : 0;
                wait_for_change(seen);
                if (profile != nullptr)
                    profile->waited(worker, begin, StepProfile::now());
                continue;
            }
            took_part.fetch_or(std::uint64_t{1} << worker % 64, std::memory_order_relaxed);
            if (taken.task == background)
                run_beside(taken.piece);
            else
                run_task(taken.task, worker);
        }
    }

    void wait_for_change(std::uint32_t seen) {
        for (int i = 0; i < patience; ++i) {
            if (signal.load(std::memory_order_acquire) != seen)
                return;
            __builtin_ia32_pause();
        }
        signal.wait(seen, std::memory_order_acquire);
    }

    void finish_one() {
        if (remaining.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            signal.fetch_add(1, std::memory_order_release);
            signal.notify_all();
        }
    }

    // Runs a task, then the first that it made ready, and so on: the next one finds its input in this core's cache.
    void run_task(std::uint32_t task, std::size_t worker) {
        while (task != none) {
            waiting[task].load(std::memory_order_acquire);
            run_operations(task, worker);
            if (tasks_left.fetch_sub(1, std::memory_order_relaxed) == 1)
                tasks_end = StepProfile::now();
            std::uint32_t next = none;
            for (const std::uint32_t released : plan->tasks[task].releases)
                if (waiting[released].fetch_sub(1, std::memory_order_acq_rel) == 1) {
                    if (next == none && !random_order)
                        next = released;
                    else
                        put(released);
                }
            finish_one();
            task = next;
        }
    }

    void run_operations(std::uint32_t number, std::size_t worker) {
        const Task& task = plan->tasks[number];
        // After a fault nothing that comes later is worth running; what comes earlier may hold the earlier fault.
        if (task.first_op > fault_at.load(std::memory_order_relaxed))
            return;
        StepState state{.plan = plan,
                        .bases = bases[worker].data(),
                        .worker = worker,
                        .seed = input->seed,
                        .execution = input->execution,
                        .estimate_share = input->estimate_share};
        const StepCall call(state, *input);
        std::uint32_t at = task.first_op;
        StepProfile* const profile = input->profile;
        std::int64_t time = profile != nullptr ? begin_task(*profile, number, worker) : 0;
        try {
            for (; at < task.first_op + task.op_count; ++at) {
                state.op = &plan->ops[at];
                state.node = state.op->kind == OpKind::update || state.op->kind == OpKind::square ||
                                     state.op->kind == OpKind::norm
                                 ? nullptr
                                 : &plan->nodes[state.op->node];
                if (!input->empty_bodies)
                    run_operation(state, *input, flags);
                if (profile != nullptr) {
                    const std::int64_t end = StepProfile::now();
                    profile->ops[at] = {time, end, static_cast<std::uint32_t>(worker)};
                    time = end;
                }
            }
        } catch (...) {
            keep(std::current_exception(), at);
        }
        if (profile != nullptr)
            profile->tasks[number].end = time;
    }

    static std::int64_t begin_task(StepProfile& profile, std::uint32_t number, std::size_t worker) {
        const std::int64_t time = StepProfile::now();
        profile.tasks[number] = {time, time, static_cast<std::uint32_t>(worker)};
        profile.workers[worker].waited_last = false;
        return time;
    }

    void run_beside(std::size_t piece) {
        try {
            beside->run(piece);
        } catch (...) {
            keep(std::current_exception(), background);
        }
        finish_one();
    }

    void keep(std::exception_ptr thrown, std::uint32_t at) {
        const std::lock_guard hold(fault_lock);
        if (at < fault_at.load(std::memory_order_relaxed)) {
            fault_at.store(at, std::memory_order_relaxed);
            fault = std::move(thrown);
        }
    }

    // The plugin's message with the place that it could not know. While running, nothing is the input's fault.
    [[noreturn]] void rethrow() {
        const std::uint32_t at = fault_at.load(std::memory_order_relaxed);
        const std::exception_ptr thrown = std::exchange(fault, nullptr);
        if (at == background)
            std::rethrow_exception(thrown);
        const Op& op = plan->ops[at];
        const PluginUse* const use = use_of(*plan, op, *input);
        const Position position = use != nullptr ? use->position : Position{};
        const std::string what = op.kind == OpKind::update ? "update of " + plan->parameter_titles[op.node] + ": " : "";
        const std::string title = (use != nullptr ? use->title : "a step") + ": " + what;
        try {
            std::rethrow_exception(thrown);
        } catch (const SampleError& e) {
            throw SampleError(e.sample(), position, title + e.what());
        } catch (const std::bad_alloc&) {
            throw RunError(position, title + "is out of memory");
        } catch (const std::exception& e) {
            throw RunError(position, title + e.what());
        } catch (...) {
            throw RunError(position, title + "threw something that is no exception");
        }
    }
};

Executor::Executor(const Options& options)
    : scratch_(thread_count(options.threads)), parts_(std::make_unique<Parts>(options)) {
    parts_->bases.resize(parts_->workers.count());
}

Executor::~Executor() = default;

std::size_t Executor::workers() const noexcept {
    return parts_->workers.count();
}

void Executor::prepare(const Plan& plan) {
    arena_.reserve(plan.arena_bytes);
    for (Memory& scratch : scratch_)
        scratch.reserve(plan.scratch_bytes);
    for (auto& bases : parts_->bases)
        if (bases.size() < first_slot + plan.optimizer_slots)
            bases.resize(first_slot + plan.optimizer_slots);
    if (parts_->waiting_size < plan.tasks.size()) {
        parts_->waiting_size = plan.tasks.size();
        parts_->waiting = std::make_unique<std::atomic<std::uint32_t>[]>(plan.tasks.size());
    }
    parts_->ready.reserve(plan.tasks.size());
}

void Executor::bind(const Plan& plan, const Bindings& bindings) {
    for (std::size_t w = 0; w < parts_->workers.count(); ++w) {
        auto& bases = parts_->bases[w];
        const auto set = [&](Base base, std::byte* address) { bases[static_cast<std::size_t>(base)] = address; };
        set(Base::arena, arena_.data());
        set(Base::scratch, scratch_[w].data());
        set(Base::batch, bindings.batch);
        set(Base::parameters, bindings.parameters);
        set(Base::states, bindings.states);
        set(Base::derived, bindings.derived);
        set(Base::gradients, bindings.gradients);
        set(Base::carries, bindings.carries);
        set(Base::next_carries, bindings.next_carries);
        for (std::size_t i = 0; i < bindings.slots.size(); ++i)
            bases[first_slot + i] = bindings.slots[i];
    }
    for (std::size_t t = 0; t < plan.tasks.size(); ++t)
        parts_->waiting[t].store(plan.tasks[t].waits_for, std::memory_order_relaxed);
}

StepOutcome Executor::run(const Plan& plan, const Bindings& bindings, const StepInput& input, Background* beside) {
    Parts& p = *parts_;
    bind(plan, bindings);
    p.plan = &plan;
    p.input = &input;
    p.beside = beside;
    p.caller = Activity::current();
    p.flags.bad_loss.store(false, std::memory_order_relaxed);
    p.flags.bad_update.store(Parts::none, std::memory_order_relaxed);
    p.fault_at.store(Parts::none, std::memory_order_relaxed);
    p.took_part.store(0, std::memory_order_relaxed);
    {
        // A worker's last look at these, in the step before, came before it let go of the lock.
        const std::lock_guard hold(p.ready_lock);
        p.pieces = beside ? beside->pieces() : 0;
        p.next_piece = 0;
    }
    p.remaining.store(static_cast<std::uint32_t>(plan.tasks.size() + p.pieces), std::memory_order_relaxed);
    p.tasks_left.store(static_cast<std::uint32_t>(plan.tasks.size()), std::memory_order_relaxed);
    for (std::uint32_t t = 0; t < plan.tasks.size(); ++t)
        if (plan.tasks[t].waits_for == 0)
            p.put(t);
    p.signal.fetch_add(1, std::memory_order_release);  // all of the above comes before what a worker does
    // One task alone needs no second worker, whose waking would take longer than a small one.
    const std::size_t others = plan.tasks.size() + p.pieces > 1 ? p.workers.count() - 1 : 0;
    p.workers.run(
        others, [](void* parts) { static_cast<Parts*>(parts)->take_part(); }, &p);
    if (p.fault_at.load(std::memory_order_relaxed) != Parts::none)
        p.rethrow();
    StepOutcome outcome;
    outcome.finite_loss = !p.flags.bad_loss.load(std::memory_order_relaxed);
    if (const std::uint32_t bad = p.flags.bad_update.load(std::memory_order_relaxed); bad != Parts::none)
        outcome.bad_update = bad;
    if (p.pieces > 0 && !plan.tasks.empty())
        outcome.waited = static_cast<double>(StepProfile::now() - p.tasks_end) * 1e-9;
    outcome.workers = p.took_part.load(std::memory_order_acquire);
    return outcome;
}

std::string Executor::find_non_finite(const Plan& plan, const Bindings& bindings, const StepInput& input,
                                      const Model& model) {
    bind(plan, bindings);
    return first_non_finite(plan, parts_->bases[0].data(), input, model);
}

ConstTensor Executor::result(const Result& result) noexcept {
    if (result.place.base != static_cast<std::uint8_t>(Base::arena))
        return {};
    return {arena_.data() + result.place.offset, result.type};
}

}  // namespace plexus
