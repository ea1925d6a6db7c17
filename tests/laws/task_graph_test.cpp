// Law 2: a step is one task graph on TBB, and the next batch's loading runs beside it.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <thread>

#include "plexus/text.hpp"
#include "plexus/training.hpp"
#include "tests/laws/shipped_graphs.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/stepper.hpp"

using namespace plexus;
using test::Stepper;

namespace {

constexpr int depth = 6;

std::string deep_mlp(const std::string& optimizer = "sgd") {
    std::string program = "data: {source: {synthetic: {shape: [64], classes: 10, samples: 256}}}\nnetwork:\n";
    for (int i = 1; i < depth; ++i)
        program += text("  - dense: {name: fc", i, ", units: 128, activation: relu}\n");
    return program + text("  - dense: {name: fc", depth, ", units: 10}\nloss: softmax_cross_entropy\n",
                          "train: {epochs: 1, batch: 128, shard: 16, optimizer: ", optimizer, "}\n");
}

// before[t] holds every task that ends before t may start.
std::vector<std::vector<bool>> ancestors(const Plan& plan) {
    std::vector<std::vector<bool>> before(plan.tasks.size(), std::vector<bool>(plan.tasks.size()));
    for (std::size_t t = 0; t < plan.tasks.size(); ++t)
        for (const std::uint32_t next : plan.tasks[t].releases) {
            REQUIRE(next > t);
            before[next][t] = true;
            for (std::size_t a = 0; a < t; ++a)
                before[next][a] = before[next][a] || before[t][a];
        }
    return before;
}

std::span<const Op> ops_of(const Plan& plan, const Task& task) {
    return std::span(plan.ops).subspan(task.first_op, task.op_count);
}

const Stage* stage_of(const Plan& plan, const Op& op) {
    return op.kind == OpKind::stage ? &plan.nodes[op.node].stages[op.stage] : nullptr;
}

// The graph nodes whose parameters a task makes gradients of, over the whole batch, or updates.
std::set<std::size_t> nodes_with_weights_in(const Plan& plan, const Task& task, const Model& model) {
    std::set<std::size_t> nodes;
    for (const Op& op : ops_of(plan, task)) {
        if (op.kind == OpKind::update || op.kind == OpKind::square)
            nodes.insert(model.parameters()[op.node].node);
        if (const Stage* stage = stage_of(plan, op); stage != nullptr && stage->over == Over::tile)
            nodes.insert(plan.nodes[op.node].number);
    }
    return nodes;
}

bool holds(const Plan& plan, const Task& task, OpKind kind) {
    return std::ranges::any_of(ops_of(plan, task), [&](const Op& op) { return op.kind == kind; });
}

// Tasks that wait for all before them and hold up all after them, and have such before and after. The sum of the
// losses is none: no update may begin before it is known to be finite.
std::size_t barriers(const Plan& plan) {
    const auto before = ancestors(plan);
    std::size_t count = 0;
    for (std::size_t t = 0; t < plan.tasks.size(); ++t) {
        std::size_t earlier = 0;
        std::size_t later = 0;
        for (std::size_t other = 0; other < plan.tasks.size(); ++other) {
            earlier += before[t][other];
            later += before[other][t];
        }
        const bool is_loss = holds(plan, plan.tasks[t], OpKind::total) && plan.tasks[t].op_count == 1;
        count += earlier > 0 && later > 0 && earlier + later + 1 == plan.tasks.size() && !is_loss;
    }
    return count;
}

std::size_t threads_of(pid_t process) {
    std::size_t count = 0;
    std::error_code gone;
    for (const auto& entry : std::filesystem::directory_iterator{text("/proc/", process, "/task"), gone})
        count += entry.is_directory() ? 1 : 0;
    return count;
}

}  // namespace

TEST_CASE("law 2: a step of every shipped graph is tens of tasks, of hundreds of operations") {
    for (const auto& graph : test::shipped_graphs()) {
        const test::ShippedProgram program{graph};
        if (!program.session.program.train)
            continue;
        CAPTURE(graph.string());
        const Plan plan = make_plan(program.requests(128).back().request);
        // Statistics over the whole batch end a chain of layers on each of 8 shards, forward and backward.
        const std::size_t statistics = program.session.model->states().size() / 2;
        CHECK(plan.tasks.size() > 10);
        CHECK(plan.tasks.size() < 200 + 24 * statistics);  // of 16 layers in tiles; one per operation were thousands
        CHECK(plan.ops.size() >= (statistics > 0 ? 3 : 4) * plan.tasks.size());
    }
}

TEST_CASE("law 2: an update waits for its own gradient, and for that of no other layer") {
    const Stepper stepper(deep_mlp(), {});
    const Plan& plan = stepper.plan();
    const auto before = ancestors(plan);
    std::set<std::size_t> updated;
    for (std::size_t t = 0; t < plan.tasks.size(); ++t) {
        if (!holds(plan, plan.tasks[t], OpKind::update))
            continue;
        const auto own = nodes_with_weights_in(plan, plan.tasks[t], stepper.model());
        CHECK(own.size() == 1);
        updated.insert(own.begin(), own.end());
        for (std::size_t a = 0; a < t; ++a)
            if (before[t][a])
                for (const std::size_t node : nodes_with_weights_in(plan, plan.tasks[a], stepper.model()))
                    CHECK_MESSAGE(own.contains(node), plan.tasks[t].label, " waits for ", plan.tasks[a].label);
    }
    CHECK(updated.size() == depth);
}

TEST_CASE("law 2: an update waits for every reader of the parameter") {
    const Stepper stepper(deep_mlp(), {});
    const Plan& plan = stepper.plan();
    const auto before = ancestors(plan);
    const auto accesses = [&](const Op& op) { return std::span(plan.accesses).subspan(op.accesses, op.access_count); };
    const auto is_parameter = [](const Access& a) {
        return a.place.base == static_cast<std::uint8_t>(Base::parameters);
    };
    std::size_t readers = 0;
    for (std::size_t t = 0; t < plan.tasks.size(); ++t)
        for (const Op& op : ops_of(plan, plan.tasks[t]))
            for (const Access& written : accesses(op)) {
                if (!written.write || !is_parameter(written))
                    continue;
                for (std::size_t r = 0; r < plan.tasks.size(); ++r)
                    for (const Op& other : ops_of(plan, plan.tasks[r]))
                        for (const Access& read : accesses(other)) {
                            const bool same = is_parameter(read) &&
                                              read.place.offset < written.place.offset + written.bytes &&
                                              written.place.offset < read.place.offset + read.bytes;
                            if (same && !read.write && r != t) {
                                ++readers;
                                CHECK_MESSAGE(before[t][r], plan.tasks[r].label, " reads what ", plan.tasks[t].label,
                                              " writes");
                            }
                        }
            }
    CHECK(readers >= depth);
}

TEST_CASE("law 2: no task holds up all others, but the norm where gradients are clipped by it") {
    CHECK(barriers(Stepper(deep_mlp(), {}).plan()) == 0);
    CHECK(barriers(Stepper(deep_mlp("adam"), {}).plan()) == 0);
    CHECK(barriers(Stepper(test::small_programs()[0].text, {}).plan()) == 0);
    const Stepper clipped(deep_mlp("{sgd: {clip_norm: 1}}"), {});
    const Plan& plan = clipped.plan();
    const auto before = ancestors(plan);
    const auto norm =
        std::ranges::find_if(plan.tasks, [&](const Task& task) { return holds(plan, task, OpKind::norm); });
    REQUIRE(norm != plan.tasks.end());
    for (std::size_t t = 0; t < plan.tasks.size(); ++t)
        if (holds(plan, plan.tasks[t], OpKind::update))
            CHECK(before[t][static_cast<std::size_t>(norm - plan.tasks.begin())]);
}

TEST_CASE("law 2: the next batch is loaded while the step runs: neither waits for the other") {
    const Environment environment{{.plugins = {RENDEZVOUS}}};
    const test::TemporaryFolder folder;
    test::write_text(folder / "graph.yaml", R"(
data: {source: {numbers: {batch: 8}}, shuffle: false}
network:
  - meet
  - dense: {units: 2}
loss: softmax_cross_entropy
train: {epochs: 1, batch: 8, shard: 8, optimizer: sgd}
)");
    TrainingObserver nobody;
    const std::atomic<bool> stop{false};
    const TrainingOptions options{.graph = folder / "graph.yaml", .out = folder / "run", .threads = 2};
    CHECK(train(environment, options, nobody, stop).steps == 2);
}

TEST_CASE("law 2: a training process has as many threads as it was given, and not one more") {
    const test::TemporaryFolder folder;
    test::write_text(folder / "graph.yaml", deep_mlp());
#ifdef __SANITIZE_THREAD__
    constexpr std::size_t own = 1;  // which the sanitizer may have
#else
    constexpr std::size_t own = 0;
#endif
    for (const std::size_t threads : {1, 2, 4}) {
        CAPTURE(threads);
        test::Process process({test::runner().string(), "train", "graph.yaml", "--set", "train.epochs=400", "--threads",
                               std::to_string(threads), "--out", std::to_string(threads)},
                              {folder.path()});
        std::size_t most = 0;
        std::size_t looks = 0;
        while (process.running() && looks < 300) {
            most = std::max(most, threads_of(process.id()));
            looks += process.errors().find("epoch") != std::string::npos ? 1 : 0;
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        }
        CHECK(looks == 300);
        CHECK(most >= threads);
        CHECK(most <= threads + own);
    }
}
