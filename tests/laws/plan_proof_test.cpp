// Law 9: a plan proves itself. The verifier passes every plan that is made, and no plan with a fault in it.
#include <doctest/doctest.h>

#include <algorithm>

#include "core/plan/verify.hpp"
#include "plexus/text.hpp"
#include "tests/laws/shipped_graphs.hpp"
#include "tests/support/stepper.hpp"

using namespace plexus;

namespace {

Plan plan_of(std::size_t program) {
    return test::Stepper(test::small_programs().at(program).text, {}).take_plan();
}

bool found(const Plan& plan, const std::string& words) {
    const auto fault = find_fault(plan);
    CAPTURE(fault.value_or("nothing found"));
    return fault && fault->find(words) != std::string::npos;
}

// The first access that fits, with its operation.
template <class Fits>
Access& access_where(Plan& plan, Fits&& fits) {
    for (const Op& op : plan.ops)
        for (std::uint32_t i = 0; i < op.access_count; ++i)
            if (fits(op, plan.accesses[op.accesses + i]))
                return plan.accesses[op.accesses + i];
    FAIL("no access fits");
    return plan.accesses[0];
}

constexpr auto arena = static_cast<std::uint8_t>(Base::arena);
constexpr auto scratch = static_cast<std::uint8_t>(Base::scratch);

void drop_edge(Plan& plan, std::size_t from) {
    const std::uint32_t to = plan.tasks.at(from).releases.back();
    plan.tasks[from].releases.pop_back();
    --plan.tasks[to].waits_for;
}

// Whether `from` is before `to` without the edge between them, for tasks in step order.
bool ordered_otherwise(const Plan& plan, std::uint32_t from, std::uint32_t to) {
    std::vector<bool> reached(plan.tasks.size());
    for (const std::uint32_t next : plan.tasks[from].releases)
        reached[next] = reached[next] || next != to;
    for (std::uint32_t t = from + 1; t < to; ++t)
        if (reached[t])
            for (const std::uint32_t next : plan.tasks[t].releases)
                reached[next] = true;
    return reached[to];
}

bool touch_the_same(const Plan& plan, const Task& a, const Task& b) {
    const auto accesses = [&](const Task& task) {
        const Op& first = plan.ops[task.first_op];
        const Op& last = plan.ops[task.first_op + task.op_count - 1];
        return std::span(plan.accesses).subspan(first.accesses, last.accesses + last.access_count - first.accesses);
    };
    // Memory of one worker is not shared, and nobody writes to the batch.
    const auto shared = [](const Access& x) { return x.place.base != scratch && x.bytes > 0; };
    for (const Access& x : accesses(a))
        for (const Access& y : accesses(b))
            if (shared(x) && x.place.base == y.place.base && (x.write || y.write) &&
                x.place.offset < y.place.offset + y.bytes && y.place.offset < x.place.offset + x.bytes)
                return true;
    return false;
}

// Drops each edge between tasks in turn. Returns how many of those that are needed were missed, and counts them.
std::size_t missed_without(Plan& plan, std::size_t& needed) {
    std::size_t missed = 0;
    for (std::uint32_t from = 0; from < plan.tasks.size(); ++from) {
        std::vector<std::uint32_t>& releases = plan.tasks[from].releases;
        for (std::size_t i = 0; i < releases.size(); ++i) {
            const std::uint32_t to = releases[i];
            if (ordered_otherwise(plan, from, to) || !touch_the_same(plan, plan.tasks[from], plan.tasks[to]))
                continue;
            ++needed;
            releases.erase(releases.begin() + static_cast<std::ptrdiff_t>(i));
            --plan.tasks[to].waits_for;
            missed += find_fault(plan).has_value() ? 0 : 1;
            ++plan.tasks[to].waits_for;
            releases.insert(releases.begin() + static_cast<std::ptrdiff_t>(i), to);
        }
    }
    return missed;
}

}  // namespace

TEST_CASE("law 9: the plans of all small programs are sound") {
    for (std::size_t i = 0; i < test::small_programs().size(); ++i)
        CHECK_FALSE(find_fault(plan_of(i)).has_value());
}

TEST_CASE("law 9: the plan of every shipped graph is sound, in every mode and for batches of any size") {
    std::size_t plans = 0;
    for (const auto& graph : test::shipped_graphs()) {
        const test::ShippedProgram program{graph};
        for (const std::int64_t batch : {1, 5, 16, 97, 128, 200})
            for (const auto& [name, request] : program.requests(batch)) {
                const auto fault = find_fault(make_plan(request));
                CHECK_MESSAGE(!fault, graph.string(), ", ", name, " of ", batch, ": ", fault.value_or(""));
                ++plans;
            }
    }
    CHECK(plans >= 100);
}

TEST_CASE("law 9: no plan is made that is not proved: a layer that reads what nobody wrote is found out") {
    const Environment environment{{.plugins = {UNWRITTEN}}};
    const std::string program = R"(
data: {source: {synthetic: {shape: [4], classes: 2, samples: 32}}}
network: [unwritten, dense: {units: 2}]
loss: softmax_cross_entropy
train: {epochs: 1, batch: 32, shard: 8, optimizer: sgd}
)";
    try {
        const test::Stepper stepper(program, {}, environment);
        FAIL("the plan was made");
    } catch (const RunError& error) {
        CHECK_MESSAGE(std::string(error.what()).find("the plan is wrong") != std::string::npos, error.what());
    }
}

TEST_CASE("law 9: in the step of every shipped graph, each dependency that is needed is missed when it is gone") {
    for (const auto& graph : test::shipped_graphs()) {
        const test::ShippedProgram program{graph};
        for (const auto& [name, request] : program.requests(48)) {
            CAPTURE(graph.string());
            CAPTURE(std::string{name});
            Plan plan = make_plan(request);
            std::size_t needed = 0;
            CHECK(missed_without(plan, needed) == 0);
            CHECK((needed > 0 || plan.tasks.size() < 4));
        }
    }
}

TEST_CASE("law 9: in a step, any access that is off by one cache line is found") {
    Plan plan = plan_of(1);
    std::size_t moved = 0;
    for (std::size_t i = 0; i < plan.accesses.size(); ++i) {
        Access& access = plan.accesses[i];
        // What is written and never read, as a sum's last partial, may lie anywhere.
        const bool is_read = std::any_of(plan.accesses.begin() + static_cast<std::ptrdiff_t>(i), plan.accesses.end(),
                                         [&](const Access& x) { return !x.write && x.value == access.value; });
        if ((access.place.base != arena && access.place.base != scratch) || access.bytes == 0 || !is_read)
            continue;
        access.place.offset += 64;
        CHECK(find_fault(plan).has_value());
        access.place.offset -= 64;
        ++moved;
    }
    CHECK(moved > 300);
    CHECK_FALSE(find_fault(plan).has_value());
}

TEST_CASE("law 9: a planted fault in the order of tasks is found") {
    Plan plan = plan_of(1);  // with stages over the batch, so that there are tasks before and after

    SUBCASE("a task does not wait for one whose result it needs") {
        // Some dependencies repeat what others imply, so that one alone may be spared: all of one task's are not.
        for (std::size_t t = 0; t < 4; ++t)
            while (!plan.tasks[t].releases.empty())
                drop_edge(plan, t);
        CHECK(found(plan, "nothing orders them"));
    }
    SUBCASE("a task counts one dependency too many, and would never start") {
        ++plan.tasks.back().waits_for;
        CHECK(found(plan, "release it"));
    }
    SUBCASE("a task counts one too few, and would start early") {
        --plan.tasks.back().waits_for;
        CHECK(found(plan, "release it"));
    }
    SUBCASE("a task waits for a later one") {
        plan.tasks[3].releases.insert(plan.tasks[3].releases.begin(), 1);
        ++plan.tasks[1].waits_for;
        CHECK(found(plan, "does not come after it"));
    }
}

TEST_CASE("law 9: a planted fault in what lies where is found") {
    Plan plan = plan_of(1);

    SUBCASE("a value is read where something else lies") {
        access_where(plan, [](const Op&, const Access& a) { return a.place.base == scratch && !a.write; }).value += 1;
        CHECK(found(plan, "where it does not lie"));
    }
    SUBCASE("a value is read before it is written") {
        const auto last =
            std::find_if(plan.ops.rbegin(), plan.ops.rend(), [](const Op& op) { return op.kind == OpKind::update; });
        Access& first_write =
            access_where(plan, [](const Op&, const Access& a) { return a.place.base == arena && a.write; });
        first_write.write = false;
        CHECK(last != plan.ops.rend());
        CHECK(found(plan, "where it does not lie"));
    }
    SUBCASE("two values that live at once share memory") {
        // Everything in the arena at its start: the first value that is still needed is overwritten.
        for (Access& a : plan.accesses)
            if (a.place.base == arena)
                a.place.offset = 0;
        CHECK(find_fault(plan).has_value());
    }
    SUBCASE("an access reaches beyond the arena") {
        access_where(plan, [](const Op&, const Access& a) { return a.place.base == arena; }).place.offset =
            plan.arena_bytes;
        CHECK(found(plan, "beyond the end"));
    }
    SUBCASE("the scratch is smaller than what is used") {
        plan.scratch_bytes /= 2;
        CHECK(find_fault(plan).has_value());
    }
    SUBCASE("a value has no place") {
        access_where(plan, [](const Op&, const Access& a) { return a.place.base == arena; }).place = {};
        CHECK(found(plan, "has no place"));
    }
    SUBCASE("an operation belongs to no task") {
        --plan.tasks.back().op_count;
        CHECK(found(plan, "operations of"));
    }
    SUBCASE("a value in one worker's scratch is wanted by another task") {
        Access& a = access_where(plan, [](const Op&, const Access& x) { return x.place.base == arena && x.write; });
        const std::uint32_t value = a.value;
        for (Access& other : plan.accesses)
            if (other.place.base == arena && other.value == value)
                other.place = {0, scratch};
        CHECK(find_fault(plan).has_value());
    }
}
