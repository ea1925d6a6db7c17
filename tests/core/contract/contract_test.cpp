// Walks the registry of what ships: a type is in here as soon as it is registered.
#include <doctest/doctest.h>

#include <set>

#include "core/contract/example.hpp"
#include "core/contract/gradient_check.hpp"
#include "plexus/plugin_check.hpp"
#include "plexus/text.hpp"

using namespace plexus;

namespace {

const Environment& environment() {
    static const Environment shipped;
    return shipped;
}

}  // namespace

TEST_CASE("contract: every type that ships passes every check") {
    std::set<Kind> kinds;
    for (const Environment::PluginInfo& plugin : environment().plugins())
        for (const CheckedType& checked : check_plugin(environment(), plugin)) {
            kinds.insert(checked.kind);
            CAPTURE(checked.type);
            CHECK(checked.left_out.empty());
            for (const CheckFinding& finding : checked.findings)
                FAIL_CHECK(text(finding.check, ": ", finding.subject, ": ", finding.what, "\n  again: runner check ",
                                plugin.path.string(), " --only ", finding.check, " --case '", finding.subject, "'"));
            const bool tried =
                checked.kind == Kind::layer || checked.kind == Kind::loss || checked.kind == Kind::metric;
            CHECK((checked.cases > 0) == tried);
            CHECK(checked.passed.size() == (tried ? check_names().size() - 6 : 2));
        }
    CHECK(kinds.size() == 9);
}

TEST_SUITE("slow") {
    TEST_CASE("contract: a right gradient is not called wrong, with 100 seeds") {
        GradientTally tally;
        for (const Kind kind : {Kind::layer, Kind::loss, Kind::metric})
            for (const Schema* schema : environment().types().all(kind)) {
                Findings ignored;  // reported by the case above
                for (const Example& example : examples_of(environment(), *schema, ignored))
                    for (std::uint32_t seed = 1; seed <= 100; ++seed)
                        for (const Finding& finding : check_gradients(example, tally, seed))
                            FAIL_CHECK(finding);
            }
        MESSAGE(tally.compared << " directions compared, " << tally.kinks << " left out at kinks");
        CHECK(tally.compared > 100'000);
        CHECK(tally.kinks * 10 < tally.compared);
    }
}
