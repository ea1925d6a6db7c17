// Walks the registry of what ships: a type is in here as soon as it is registered.
#include <doctest/doctest.h>

#include <cstdlib>
#include <functional>

#include "plexus/text.hpp"
#include "tests/contract/allocation_check.hpp"
#include "tests/contract/behaviour_checks.hpp"
#include "tests/contract/data_checks.hpp"
#include "tests/contract/gradient_check.hpp"
#include "tests/contract/memory_check.hpp"
#include "tests/contract/schema_check.hpp"
#include "tests/contract/training_checks.hpp"
#include "tests/support/process.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

constexpr Kind kinds[] = {Kind::layer,       Kind::loss,    Kind::metric, Kind::optimizer, Kind::schedule,
                          Kind::initializer, Kind::dataset, Kind::format, Kind::model};

const Environment& environment() {
    static const Environment shipped;
    return shipped;
}

// PLEXUS_CONTRACT_TYPE=conv2d leaves all other types out.
std::vector<const Schema*> types_of(Kind kind) {
    std::vector<const Schema*> chosen = environment().types().all(kind);
    if (const char* type = std::getenv("PLEXUS_CONTRACT_TYPE"))
        std::erase_if(chosen, [&](const Schema* schema) { return schema->type() != type; });
    return chosen;
}

void report(const Schema& schema, const Findings& findings) {
    for (const Finding& finding : findings)
        FAIL_CHECK(text(finding, "\n  again: PLEXUS_CONTRACT_TYPE=", schema.type(), " test_contract"));
}

using Check = std::function<Findings(const Example&)>;

// Every example of every layer, loss and metric.
void hold_all_to(const Check& check) {
    std::size_t examples = 0;
    for (const Kind kind : {Kind::layer, Kind::loss, Kind::metric})
        for (const Schema* schema : types_of(kind)) {
            Findings ignored;  // reported by a case of its own
            for (const Example& example : examples_of(environment(), *schema, ignored)) {
                report(*schema, check(example));
                ++examples;
            }
        }
    CHECK(examples > 0);
}

}  // namespace

TEST_CASE("contract: every type declares itself in full, and is held to it") {
    for (const Kind kind : kinds)
        for (const Schema* schema : types_of(kind))
            report(*schema, check_schema(*schema, environment().types()));
}

TEST_CASE("contract: every layer, loss and metric takes some input with attributes made from its schema") {
    for (const Kind kind : {Kind::layer, Kind::loss, Kind::metric})
        for (const Schema* schema : types_of(kind)) {
            Findings findings;
            const auto examples = examples_of(environment(), *schema, findings);
            report(*schema, findings);
            if (std::getenv("PLEXUS_CONTRACT_TYPE"))
                for (const Example& example : examples)
                    MESSAGE(to_string(example));
        }
}

TEST_CASE("contract: shapes depend on the samples alone") {
    hold_all_to(check_shapes);
}

TEST_CASE("contract: running again changes nothing") {
    hold_all_to(check_repeats);
}

TEST_CASE("contract: the same bits with 1, 2 and 5 threads, in any order") {
    hold_all_to(check_threads);
}

TEST_CASE("contract: the same numbers however the batch is cut") {
    hold_all_to(check_slices);
}

TEST_CASE("contract: stages touch what they declared, and assign what they are to write") {
    hold_all_to(check_memory);
}

TEST_CASE("contract: backward is the derivative of forward") {
    GradientTally tally;
    hold_all_to([&](const Example& example) { return check_gradients(example, tally); });
    MESSAGE(tally.compared << " directions compared, " << tally.kinks << " left out at kinks");
    CHECK(tally.kinks * 10 < tally.compared);
}

TEST_CASE("contract: a step calls no allocator") {
    hold_all_to(check_allocation);
}

TEST_CASE("contract: optimizers change parameters, the same in whatever tiles") {
    for (const Schema* schema : types_of(Kind::optimizer))
        report(*schema, check_optimizer(*schema, environment().types()));
}

TEST_CASE("contract: schedules are finite, and depend on the progress alone") {
    for (const Schema* schema : types_of(Kind::schedule))
        report(*schema, check_schedule(*schema, environment().types()));
}

TEST_CASE("contract: initializers assign finite values that the key decides") {
    for (const Schema* schema : types_of(Kind::initializer))
        report(*schema, check_initializer(*schema, environment().types()));
}

TEST_CASE("contract: formats read what they wrote, and refuse what is damaged") {
    const TemporaryFolder folder;
    for (const Schema* schema : types_of(Kind::format))
        report(*schema, check_format(*schema, environment(), folder.path()));
}

TEST_CASE("contract: data sets that need no file give the same samples again, others refuse what is none") {
    bool read = false;
    for (const Schema* schema : types_of(Kind::dataset))
        report(*schema, check_dataset(*schema, environment(), read));
    CHECK((read || std::getenv("PLEXUS_CONTRACT_TYPE") != nullptr));
}

TEST_CASE("contract: models expand to networks that can be planned") {
    for (const Schema* schema : types_of(Kind::model))
        report(*schema, check_model(*schema, environment()));
}

TEST_SUITE("slow") {
    TEST_CASE("contract: a right gradient is not called wrong, with 100 seeds") {
        GradientTally tally;
        for (std::uint32_t seed = 2; seed <= 100; ++seed)
            hold_all_to([&](const Example& example) { return check_gradients(example, tally, seed); });
        MESSAGE(tally.compared << " directions compared, " << tally.kinks << " left out at kinks");
    }
}
