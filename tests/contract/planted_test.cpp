// The checks can fail: each fault that was planted is found, by the check that is there for it and no other.
#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>

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

const Environment& environment() {
    static const Environment shipped_and_planted({.plugins = {PLANTED}});
    return shipped_and_planted;
}

struct Expected {
    std::set<std::string> checks;
    std::string message;  // a part of one of them
};

using Check = Findings (*)(const Example&);

Findings data_checks(const Schema& schema) {
    const TemporaryFolder folder;
    bool read = false;
    switch (schema.kind()) {
        case Kind::optimizer:
            return check_optimizer(schema, environment().types());
        case Kind::schedule:
            return check_schedule(schema, environment().types());
        case Kind::initializer:
            return check_initializer(schema, environment().types());
        case Kind::format:
            return check_format(schema, environment(), folder.path());
        case Kind::dataset:
            return check_dataset(schema, environment(), read);
        default:
            return check_model(schema, environment());
    }
}

// What touches memory that is not its own, or is never twice the same, makes the later checks fail by chance.
Findings all_checks(const Schema& schema) {
    Findings findings = check_schema(schema, environment().types());
    if (schema.kind() != Kind::layer) {
        append(findings, data_checks(schema));
        return findings;
    }
    const auto examples = examples_of(environment(), schema, findings);
    for (const Example& example : examples)
        append(findings, check_shapes(example));
    if (!findings.empty())
        return findings;
    for (const Check check : {check_memory, check_repeats}) {
        for (const Example& example : examples)
            append(findings, check(example));
        if (!findings.empty())
            return findings;
    }
    for (const Example& example : examples) {
        GradientTally tally;
        append(findings, check_threads(example));
        append(findings, check_slices(example));
        append(findings, check_gradients(example, tally));
        append(findings, check_allocation(example));
    }
    return findings;
}

const std::map<std::string, Expected>& expectations() {
    static const std::map<std::string, Expected> expected{
        {"no_fault", {{}, ""}},
        {"without_help", {{"schema"}, "it has no help"}},
        {"attribute_without_help", {{"schema"}, "attribute 'factor' has no help"}},
        {"default_out_of_range", {{"schema"}, "the default of 'factor' is refused"}},
        {"takes_nothing", {{"examples"}, "wants the moon"}},
        {"shape_of_batch", {{"shapes"}, "the outputs' samples have another shape"}},
        {"wrong_shape", {{"memory"}, "never assigns element 6 of output 0"}},
        {"writes_beyond", {{"memory"}, "writes to byte 0 past the end of output 0"}},
        {"writes_input", {{"memory"}, "writes to input 0, which it declared as read only"}},
        {"reads_undeclared", {{"memory"}, "reads tensor that it did not declare"}},
        {"reads_scratch", {{"memory"}, "with rubbish in memory"}},
        {"wrong_gradient", {{"gradients"}, "of input 0 the slope is"}},
        {"loses_samples", {{"gradients", "slices"}, "of parameter 'offset' the slope is"}},
        {"depends_on_thread", {{"threads"}, "with tasks given to five workers in turn, output 0 differs at element"}},
        {"depends_on_shard", {{"slices"}, "with shards of 2, output 0 differs at element 0"}},
        {"remembers", {{"repeats"}, "run again, output 0 differs at element 0"}},
        {"depends_on_tile", {{"optimizer"}, "tiles of 64 give other bits than one tile"}},
        {"stays", {{"optimizer"}, "no step changed the parameter"}},
        {"below_zero", {{"schedule"}, "the value of step 6 is"}},
        {"counts", {{"schedule"}, "depends on what was asked before"}},
        {"ignores_key", {{"initializer"}, "values that vary do not depend on the key"}},
        {"leaves_one_out", {{"initializer"}, "not finite, or none"}},
        {"backwards", {{"format"}, "reads other numbers than it wrote: uint8 [12]"}},
        {"names_no_file", {{"format"}, "refuses a damaged file without naming it"}},
        {"restless", {{"data set"}, "sample 4 is another when it is read again"}},
        {"of_nothing", {{"examples"}, "there is no layer 'no_such_layer'"}},
        {"allocates", {{"allocation"}, "calls the allocator"}},
    };
    return expected;
}

}  // namespace

TEST_CASE("contract: each planted fault is found by its check") {
    std::size_t planted = 0;
    std::vector<const Schema*> all;
    for (const Kind kind :
         {Kind::layer, Kind::optimizer, Kind::schedule, Kind::initializer, Kind::format, Kind::dataset, Kind::model})
        for (const Schema* schema : environment().types().all(kind))
            all.push_back(schema);
    for (const Schema* schema : all) {
        const auto expected = expectations().find(schema->type());
        if (expected == expectations().end())
            continue;
        ++planted;
        CAPTURE(schema->type());
        std::set<std::string> checks;
        bool said = expected->second.message.empty();
        std::string said_all;
        for (const Finding& finding : all_checks(*schema)) {
            checks.insert(finding.check);
            said = said || finding.what.find(expected->second.message) != std::string::npos;
            said_all += text(finding, "\n");
        }
        CAPTURE(said_all);
        CHECK(checks == expected->second.checks);
        CHECK(said);
    }
    CHECK(planted == expectations().size());
}
