#include "core/plan/verify.hpp"

#include <doctest/doctest.h>

#include <algorithm>

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

}  // namespace

TEST_CASE("verify: the plans of all small programs are sound") {
    for (std::size_t i = 0; i < test::small_programs().size(); ++i)
        CHECK_FALSE(find_fault(plan_of(i)).has_value());
}

TEST_CASE("verify: a planted fault in the order of tasks is found") {
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

TEST_CASE("verify: a planted fault in what lies where is found") {
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
