// The checks can fail: each fault that was planted is found, by the check that is there for it and no other.
#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>

#include "core/contract/example.hpp"
#include "core/contract/gradient_check.hpp"
#include "plexus/plugin_check.hpp"
#include "plexus/text.hpp"
#include "tests/support/process.hpp"

using namespace plexus;

namespace {

struct Expected {
    std::set<std::string> checks;
    std::string message;  // a part of one of them
};

const std::map<std::string, Expected>& wrong_gradients() {
    static const std::map<std::string, Expected> expected{
        {"no_product_rule", {{"gradients"}, "of input 0 the slope is"}},
        {"input_for_output", {{"gradients"}, "of input 0 the slope is"}},
        {"forgets_factor", {{"gradients"}, "of input 0 the slope is"}},
        {"wrong_sign", {{"gradients"}, "of input 0 the slope is"}},
        {"one_percent_less", {{"gradients"}, "of input 0 the slope is"}},
        {"sides_exchanged", {{"gradients"}, "of input 0 the slope is"}},
        {"no_gradient_at_all", {{"gradients"}, "of input 0 the slope is"}},
        {"clipped_gradient", {{"gradients"}, "of input 0 the slope is"}},
        {"kernel_not_transposed", {{"gradients"}, "of input 0 the slope is"}},
        {"gradient_transposed", {{"gradients"}, "of parameter 'kernel' the slope is"}},
        {"loses_first_sample", {{"gradients", "slices"}, "of parameter 'kernel' the slope is"}},
        {"loses_shards", {{"gradients", "slices"}, "of parameter 'bias' the slope is"}},
        {"mean_over_shard", {{"gradients", "slices"}, "of parameter 'bias' the slope is"}},
        {"mean_over_batch", {{"gradients"}, "of parameter 'kernel' the slope is"}},
        {"wrong_broadcast", {{"gradients"}, "of parameter 'bias' the slope is"}},
        {"off_by_one", {{"gradients"}, "of parameter 'bias' the slope is"}},
        {"forgets_one_of_many", {{"gradients"}, "at element 15 of parameter 'bias' the slope is"}},
        {"forgets_last", {{"gradients"}, "of parameter 'kernel' the slope is"}},
        {"same_sample_for_all", {{"gradients", "slices"}, "of parameter 'kernel' the slope is"}},
        {"adds_to_gradient", {{"memory"}, "never assigns element 0 of parameter gradient 1"}},
        {"inputs_exchanged", {{"gradients"}, "of input 0 the slope is"}},
        {"mean_held_constant", {{"gradients"}, "of input 0 the slope is"}},
        {"other_mask", {{"gradients"}, "of input 0 the slope is"}},
        {"clamp_at_four", {{"gradients"}, "of input 0 the slope is 0, but backward says"}},
        {"forgets_constant", {{"gradients"}, " (seed 1, inputs 20 times smaller)"}},
        {"output_by_input", {{"gradients"}, "nan (seed 1, zeros among the inputs)"}},
        {"two_flags", {{"gradients"}, "of input 0 the slope is"}},
        {"four_groups", {{"gradients"}, "of input 0 the slope is"}},
    };
    return expected;
}

const std::map<std::string, Expected>& wrong_conduct() {
    static const std::map<std::string, Expected> expected{
        {"allocates", {{"allocation"}, "stage 'forward' calls the allocator"}},
        {"starts_thread", {{"allocation", "conduct"}, "stage 'forward' starts a thread or a process"}},
        {"rounds_upward", {{"conduct", "threads"}, "stage 'forward' leaves another floating-point mode"}},
        {"changes_folder", {{"conduct"}, "training: stage 'forward' changes the working directory"}},
        {"sets_variable", {{"conduct"}, "training: stage 'forward' changes the environment variable 'PLANTED'"}},
        {"changes_mask", {{"conduct"}, "training: stage 'forward' changes the mask of file modes (umask)"}},
        {"handles_signal", {{"conduct"}, "stage 'forward' changes what is done on signal 15 (Terminated)"}},
        {"calls_malloc", {{"allocation"}, "stage 'forward' calls the allocator 9 times in 3 steps of 5 samples"}},
        {"throws_error", {{"memory"}, "throws: out of order"}},
        {"throws_number", {{"memory"}, "throws what is no std::exception"}},
        {"leaves", {{"memory"}, "ends the process with code 3"}},
        {"gives_up", {{"memory"}, "ends with signal 6 (Aborted)"}},
        {"hangs", {{"memory"}, "is not done after 2 s"}},
        {"crashes_in_infer", {{"examples"}, "ends with signal 6 (Aborted)"}},
    };
    return expected;
}

const std::map<std::string, Expected>& faults_without_inputs() {
    static const std::map<std::string, Expected> expected{
        {"depends_on_tile", {{"optimizer"}, "tiles of 64 give other bits than one tile"}},
        {"stays", {{"optimizer"}, "no step changed the parameter"}},
        {"momentum", {{}, ""}},
        {"writes_gradient", {{"optimizer"}, "update() writes to gradient, which is to be read only"}},
        {"writes_beyond_slot", {{"optimizer"}, "update() writes to byte 0 past the end of slot 'momentum'"}},
        {"reads_before_parameter", {{"optimizer"}, "update() reads byte 4 before parameter"}},
        {"undeclared_slot", {{"optimizer"}, "update() writes to tensor that it did not declare"}},
        {"undeclared_counter", {{"optimizer"}, "begin_step() writes to byte 0 past the end of the counters"}},
        {"unasked_norm", {{"optimizer"}, "update() reads gradient_norm(), which declare() does not ask for"}},
        {"thread_in_update", {{"optimizer"}, "update() starts a thread or a process"}},
        {"rate_rounds_upward", {{"optimizer"}, "learning_rate() leaves another floating-point mode"}},
        {"throws_in_update", {{"optimizer"}, "update() throws: out of step"}},
        {"allocates_in_update", {{"optimizer"}, "an update calls the allocator"}},
        {"below_zero", {{"schedule"}, "the value of step 6 is"}},
        {"counts", {{"schedule"}, "depends on what was asked before"}},
        {"thread_in_value", {{"schedule"}, "value() starts a thread or a process"}},
        {"ignores_key", {{}, ""}},  // as an identity does
        {"repeats_numbers", {{"initializer"}, "neighbours are equal: random numbers are used twice"}},
        {"leaves_one_out", {{"initializer"}, "not finite, or none"}},
        {"fills_beyond", {{"initializer"}, "fill() writes to byte 0 past the end of its values"}},
        {"fill_rounds_upward", {{"initializer"}, "fill() leaves another floating-point mode"}},
        {"of_file", {{}, ""}},
        {"backwards", {{"format"}, "reads other numbers than it wrote: uint8 [12]"}},
        {"names_no_file", {{"format"}, "refuses a damaged file without naming it"}},
        {"writes_array", {{"format"}, "write() writes to the array, which is to be read only"}},
        {"indices", {{}, ""}},
        {"restless", {{"data set"}, "sample 99 is another when it is read again"}},
        {"leaves_label_out", {{"data set"}, "read() of sample 99 never assigns element 0 of tensor 'label'"}},
        {"leaves_byte_out", {{"data set"}, "read() of sample 99 never assigns element 3 of tensor 'x'"}},
        {"counts_from_one",
         {{"data set"}, "sample 2 has the label 3 in tensor 'label'; with 3 classes, labels are 0 to 2"}},
        {"reads_beyond", {{"data set"}, "read() of sample 0 writes to byte 0 past the end of tensor 'x'"}},
        {"shares_buffer", {{"data set"}, "when two threads read at once, sample "}},
        {"shrinks", {{"data set"}, "size() is 100 at first, and 99 when samples were read"}},
        {"retypes", {{"data set"}, "tensors() are others when samples were read"}},
        {"holds_all_out", {{"data set"}, "held_out() is 100 of 100 samples; some must be left to train on"}},
        {"uneven_streams", {{"data set"}, "streams() is 3, which divides 100 samples and 0 held out not evenly"}},
        {"crashes_when_made", {{"data set"}, "it, when it is made, ends with signal 6 (Aborted)"}},
        {"refuses_while_reading", {{"data set"}, "read() of sample 0 throws what is no RunError: no more"}},
        {"not_finite_in_the_middle", {{"data set"}, "sample 39 holds nan at element 0 of tensor 'x'"}},
        {"one_is_damaged", {{}, ""}},
        {"has_threads", {{}, ""}},
        {"lines", {{}, ""}},
        {"of_nothing", {{"examples"}, "there is no layer 'no_such_layer'"}},
    };
    return expected;
}

const std::map<std::string, Expected>& rare_faults() {
    static const std::map<std::string, Expected> expected{
        {"skips_zeros", {{"memory"}, "training, with zeros in the inputs: stage 'forward' (guards at the ends) never"}},
        {"by_place", {{"slices"}, "output 0 of a sample alone differs at element 0"}},
        {"allocates_for_many",
         {{"allocation"}, "stage 'forward' calls the allocator 2 times in 1 steps of 130 samples"}},
        {"half_at_seven", {{"gradients"}, "of input 0 the slope is"}},
        {"half_below_zero", {{"gradients"}, "of input 0 the slope is"}},
        {"half_for_first_alone",
         {{"gradients"}, "where of its inputs only 0 wants a gradient, gradient of input 0 differs at element 0"}},
        {"mean_of_first", {{}, ""}},
    };
    return expected;
}

const std::map<std::string, Expected>& things_in_common() {
    static const std::map<std::string, Expected> expected{
        {"remembers", {{"memory"}, "writes to a member, or what a member points at"}},
        {"scratch_in_member", {{"memory"}, "writes to a member, or what a member points at"}},
        {"counts_in_static",
         {{"memory"}, "writes to a static variable, which every thread that runs it has in common"}},
        {"counts_per_thread", {{"repeats"}, "run again, output 0 differs at element 0"}},
        {"counts_atomically", {{}, ""}},
        {"fills_table", {{}, ""}},
        {"gradients_for_both", {{"memory"}, "training, where of its inputs only 0 wants a gradient: stage 'backward'"}},
    };
    return expected;
}

std::map<std::string, Expected> expectations() {
    std::map<std::string, Expected> expected{
        {"no_fault", {{}, ""}},
        {"hard_clip", {{}, ""}},
        {"surrogate", {{}, ""}},
        {"staircase", {{}, ""}},
        {"logarithm", {{}, ""}},
        {"root", {{}, ""}},
        {"absolute", {{}, ""}},
        {"tangent", {{}, ""}},
        {"unit_length", {{}, ""}},
        {"wants_sixteen_channels", {{}, ""}},
        {"looks", {{}, ""}},
        {"always_refuses", {{"memory"}, "refuses the data of this case and of every other: "}},
        {"leaves_quietly", {{"memory"}, "ends the process with code 0"}},
        {"leaves_too_early", {{"memory"}, "training, as the first of a network: stage 'backward'"}},
        {"never_finite", {{"repeats"}, "output 0 holds nan at element 0"}},
        {"without_help", {{"schema"}, "it has no help"}},
        {"attribute_without_help", {{"schema"}, "attribute 'factor' has no help"}},
        {"default_out_of_range", {{"schema"}, "the default of 'factor' is refused"}},
        {"takes_nothing", {{"examples"}, "'. It said\n    takes_nothing 'takes_nothing': wants the moon\n"}},
        {"never_content", {{"examples"}, "1600 numbers are no good\n    and 10 more"}},
        {"shape_of_batch", {{"shapes"}, "the outputs' samples have another shape"}},
        {"wrong_shape", {{"memory"}, "never assigns element 12 of output 0"}},
        {"writes_beyond", {{"memory"}, "writes to byte 0 past the end of output 0"}},
        {"writes_input", {{"memory"}, "writes to input 0, which is to be read only"}},
        {"reads_undeclared", {{"memory"}, "reads tensor that it did not declare"}},
        {"reads_scratch", {{"memory"}, "with rubbish in memory"}},
        {"wrong_gradient", {{"gradients"}, "of input 0 the slope is"}},
        {"loses_samples", {{"gradients", "slices"}, "of parameter 'offset' the slope is"}},
        {"depends_on_thread", {{"threads"}, "with tasks given to five workers in turn, output 0 differs at element"}},
        {"depends_on_shard", {{"slices"}, "with shards of 1, output 0 differs at element 0"}},
        {"sixteen_samples", {{"slices"}, "batch of 70, with shards of 33, output 0 differs at element"}},
        {"mean_square", {{}, ""}},
        {"spread", {{}, ""}},
        {"reports_nan", {{"repeats"}, "reported 'mean_square' holds"}},
        {"report_reads_beyond", {{"memory"}, "report() reads byte 0 past the end of merged partial 0"}},
        {"report_remembers", {{"repeats"}, "run again, reported 'mean_square' differs at element 0"}},
        {"reports_odd_matrix", {{"memory"}, "report() gives 2 numbers for 'sums', a matrix of 2 rows and 2 columns"}},
    };
    for (const auto* more :
         {&wrong_gradients(), &wrong_conduct(), &faults_without_inputs(), &things_in_common(), &rare_faults()})
        expected.insert(more->begin(), more->end());
    return expected;
}

const Environment& environment() {
    static const Environment shipped_and_planted({.plugins = {PLANTED}});
    return shipped_and_planted;
}

std::vector<CheckedType> check_all() {
    std::vector<CheckedType> all;
    const Environment::PluginInfo& plugin = environment().plugins().front();
    for (const auto& [kind, type] : plugin.types) {
        const std::chrono::seconds patience{type == "hangs" ? 2 : 60};  // with a sanitizer, others take seconds
        for (CheckedType& checked : check_plugin(environment(), plugin, {.type = type, .patience = patience}))
            all.push_back(std::move(checked));
    }
    return all;
}

const std::vector<CheckedType>& checked() {
    static const std::vector<CheckedType> types = check_all();
    return types;
}

}  // namespace

TEST_CASE("contract: each planted fault is found by its check") {
    const auto all = expectations();
    std::size_t planted = 0;
    for (const CheckedType& type : checked()) {
        const auto expected = all.find(type.type);
        if (expected == all.end())
            continue;
        ++planted;
        CAPTURE(type.type);
        std::set<std::string> checks;
        bool said = expected->second.message.empty();
        std::string said_all;
        for (const CheckFinding& finding : type.findings) {
            checks.insert(finding.check);
            said = said || finding.what.find(expected->second.message) != std::string::npos;
            said_all += text(finding.check, ": ", finding.subject, ": ", finding.what, "\n");
        }
        CAPTURE(said_all);
        CHECK(checks == expected->second.checks);
        CHECK(said);
    }
    CHECK(planted == all.size());
    CHECK(wrong_gradients().size() >= 20);
}

TEST_CASE("contract: a library that ends its process badly is found") {
    const Environment ending({.plugins = {ENDING}});
    const std::vector<CheckedType> types = check_plugin(ending, ending.plugins().front(), {.check = "schema"});
    REQUIRE(types.size() == 1);
    REQUIRE(types[0].findings.size() == 1);
    CHECK(types[0].findings[0].what ==
          "at the end of the program, when static objects are destroyed, it ends with signal 6 (Aborted)");
}

TEST_CASE("contract: what wants a file is not tried without one, and tried with a case that names one") {
    std::map<std::string, std::string> to_fill_in;
    for (const CheckedType& type : checked())
        if (!type.not_tried.empty()) {
            to_fill_in[type.type] = type.case_to_fill_in;
            CHECK(type.not_tried.find("there is no such file") != std::string::npos);
            CHECK(type.passed == std::vector<std::string>{"schema"});
        }
    CHECK(to_fill_in ==
          std::map<std::string, std::string>{{"of_file", "of_file {file: FILE}"}, {"lines", "lines {file: FILE}"}});
    const Environment::PluginInfo& plugin = environment().plugins().front();
    const auto try_case = [&](const std::string& use) {
        return check_plugin(environment(), plugin, {.use = use}).at(0);
    };
    const test::TemporaryFolder folder;
    test::write_text(folder / "on lines.txt", "one\ntwo\n");
    const CheckedType tried = try_case(text("lines {file: ", (folder / "on lines.txt").string(), "}"));
    CHECK(tried.passed == std::vector<std::string>{"data set"});
    CHECK(tried.not_tried.empty());
    const CheckedType refused = try_case("lines {file: missing.txt}");
    REQUIRE(refused.findings.size() == 1);
    CHECK(refused.findings[0].check == "examples");
    CHECK(refused.findings[0].subject == "lines {file: missing.txt}");
    CHECK(refused.findings[0].what == "is refused: case:1:14: missing.txt: there is no such file");
    CHECK(try_case("momentum").passed == std::vector<std::string>{"optimizer"});
    CHECK(try_case("backwards").findings.at(0).check == "format");
}

TEST_CASE("contract: the smallest case that fails is found") {
    const std::map<std::string, std::string> smallest{
        {"wrong_gradient", "wrong_gradient on float32 [1]"},
        {"gives_up", "gives_up on float32 [1]"},
        {"kernel_not_transposed", "kernel_not_transposed on float32 [2]"},
    };
    std::size_t seen = 0;
    for (const CheckedType& type : checked())
        if (const auto expected = smallest.find(type.type); expected != smallest.end()) {
            ++seen;
            CHECK(type.findings.at(0).smallest == expected->second);
        }
    CHECK(seen == smallest.size());
}

TEST_CASE("contract: kinks and steps are no wrong gradients, with 100 seeds") {
    for (const std::string type : {"hard_clip", "staircase", "root", "absolute", "tangent", "unit_length"}) {
        GradientTally tally;
        for (std::uint32_t seed = 1; seed <= 100; ++seed)
            for (const std::int64_t size : {6, 320}) {
                const Example example{&environment(), Kind::layer, type, {}, {{{size}, Element::float32}}};
                for (const Finding& finding : check_gradients(example, tally, seed))
                    FAIL_CHECK(finding);
            }
        MESSAGE(type << ": " << tally.compared << " directions compared, " << tally.kinks << " left out at kinks");
        CHECK(tally.compared > tally.kinks);
    }
}
