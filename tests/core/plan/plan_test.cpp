#include "core/plan/plan.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <set>

#include "plexus/text.hpp"
#include "tests/laws/shipped_graphs.hpp"
#include "tests/support/stepper.hpp"

using namespace plexus;
using test::Stepper;

namespace {

std::string chain_of(int nodes) {
    std::string program = "data: {source: {synthetic: {shape: [4], classes: 2, samples: 32}}}\nnetwork:\n";
    for (int i = 0; i < nodes; ++i)
        program += "  - tanh\n";
    return program +
           "  - dense: {units: 2}\nloss: softmax_cross_entropy\n"
           "train: {epochs: 1, batch: 32, shard: 8, optimizer: sgd}\n";
}

}  // namespace

TEST_CASE("plan: what needs only its own shard is one task, however many layers it passes") {
    const Stepper stepper(test::small_programs()[0].text, {});
    std::size_t shards = 0;
    for (const Task& task : stepper.plan().tasks)
        shards += task.label.starts_with("shard ");
    CHECK(shards == 4);  // 30 samples in shards of 8, forward and backward together
    CHECK(stepper.plan().tasks.size() < 40);
}

TEST_CASE("plan: no shard waits for another one where nothing is combined over the batch") {
    for (const std::size_t program : {0, 2}) {
        const Stepper stepper(test::small_programs()[program].text, {});
        const auto& tasks = stepper.plan().tasks;
        for (const Task& task : tasks)
            if (task.label.starts_with("shard "))
                for (const std::uint32_t released : task.releases)
                    CHECK_FALSE(tasks[released].label.starts_with("shard "));
    }
}

TEST_CASE("plan: the last shard is as short as the batch leaves it") {
    const Stepper stepper(test::small_programs()[0].text, {});
    std::set<std::int64_t> sizes;
    for (const Op& op : stepper.plan().ops)
        if (op.kind == OpKind::objective)
            sizes.insert(op.count);
    CHECK(sizes == std::set<std::int64_t>{6, 8});
}

TEST_CASE("plan: a statistic over the batch splits a shard's work into tasks before and after") {
    const Stepper stepper(test::small_programs()[1].text, {});
    std::size_t first_shard = 0;
    for (const Task& task : stepper.plan().tasks)
        first_shard += task.label == "shard 0";
    CHECK(first_shard == 5);  // to bn1, to bn2, to bn2's backward sums, to bn1's, to the end
}

TEST_CASE("plan: an update waits for every reader of the parameter") {
    const Stepper stepper(test::small_programs()[2].text, {});
    const Plan& plan = stepper.plan();
    std::size_t updates = 0;
    for (const Task& task : plan.tasks)
        for (std::uint32_t o = 0; o < task.op_count; ++o)
            if (plan.ops[task.first_op + o].kind == OpKind::update) {
                ++updates;
                CHECK(task.waits_for > 0);
            }
    CHECK(updates > 6);
}

TEST_CASE("plan: the arena of a step is within 1.1 times its lower bound") {
    // The bound has one task at a time. Where a shard must not write over what it reads, as between the statistics of
    // batches, or gradients wait for their norm, tasks that may run at the same time need more.
    for (const auto& graph : test::shipped_graphs()) {
        CAPTURE(graph.string());
        const bool bench = graph.parent_path().filename() == "bench";
        const test::ShippedProgram program{graph};
        for (const auto& [name, request] : program.requests(128)) {
            const std::string what = name;
            CAPTURE(what);
            const Plan plan = make_plan(request);
            const double most = bench && what == "step" ? 1.1 : 1.5;
            CHECK(static_cast<double>(plan.arena_bytes) <= most * static_cast<double>(plan.arena_bound));
        }
    }
}

TEST_CASE("plan: a gradient that is made in tiles is updated where it is made, and nowhere else") {
    const auto program = [](const char* optimizer, const char* first = "") {
        return text("data: {source: {synthetic: {shape: [512], classes: 10, samples: 32}}}\nnetwork:\n", first,
                    "  - dense: {name: wide, units: 512}\n  - dense: {units: 10}\nloss: softmax_cross_entropy\n",
                    "train: {epochs: 1, batch: 32, shard: 8, optimizer: {sgd: ", optimizer, "}}\n");
    };
    const auto updates_beside_tiles = [](const Plan& plan) {
        std::size_t updates = 0;
        for (const Task& task : plan.tasks) {
            bool tile = false;
            for (std::uint32_t o = 0; o < task.op_count; ++o) {
                const Op& op = plan.ops[task.first_op + o];
                updates += tile && op.kind == OpKind::update;
                tile = tile || (op.kind == OpKind::stage && plan.nodes[op.node].stages[op.stage].over == Over::tile);
            }
        }
        return updates;
    };
    const Stepper fused(program("{learning_rate: 0.1}"), {});
    // Clipped by the norm of all gradients, no update may begin before the last of them is there.
    const Stepper clipped(program("{learning_rate: 0.1, clip_norm: 1}"), {});
    // The kernel of the middle one is also read by what hands gradients on to the first, when the loss is long known.
    const Stepper three(program("{learning_rate: 0.1}", "  - dense: {units: 512}\n  - dense: {units: 512}\n"), {});
    CHECK(updates_beside_tiles(fused.plan()) > 1);
    CHECK(updates_beside_tiles(three.plan()) == 3 * updates_beside_tiles(fused.plan()));
    CHECK(updates_beside_tiles(clipped.plan()) == 0);
    // Among the tasks go what the tiles read, and the gradient only if it outlives its tile.
    const std::size_t gradient = 512 * 512 * sizeof(float);
    CHECK(fused.plan().arena_bytes < gradient);
    CHECK(clipped.plan().arena_bytes >= gradient);
}

TEST_CASE("plan: an element-wise layer writes into its input's memory where nobody reads that later") {
    // Ten activations in a row need no more memory in inference than one.
    const auto scratch = [](int nodes) {
        const Environment& environment = test::shipped_plugins();
        std::string program =
            "data: {source: {synthetic: {shape: [256], classes: 2, samples: 16}}}\nnetwork:\n"
            "  - dense: {units: 64}\n";
        for (int i = 0; i < nodes; ++i)
            program += "  - relu\n";
        const Session session =
            open_session(environment, parse_program(program, "test.yaml", ".", {}, environment.types()));
        PlanRequest request{.model = session.model.get(), .mode = Mode::inference, .batch = 16, .shard = 16};
        request.keep = {*session.parts.output};
        return make_plan(request).scratch_bytes;
    };
    CHECK(scratch(10) == scratch(2));
}

TEST_CASE("plan: ten times the nodes are ten times the operations, not more") {
    const Stepper small(chain_of(20), {}), large(chain_of(200), {});
    const auto per_node = [](const Stepper& s, int nodes) { return static_cast<double>(s.plan().ops.size()) / nodes; };
    CHECK(per_node(large, 200) <= per_node(small, 20));
}
