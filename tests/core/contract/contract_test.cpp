// Walks the registry of what ships: a type is in here as soon as it is registered.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <iterator>
#include <set>
#include <thread>
#include <vector>

#include "core/contract/example.hpp"
#include "core/contract/gradient_check.hpp"
#include "plexus/error.hpp"
#include "plexus/plugin_check.hpp"
#include "plexus/text.hpp"
#include "plexus/write_hdf5.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace fs = std::filesystem;

using namespace plexus;

namespace {

const Environment& environment() {
    static const Environment shipped;
    return shipped;
}

std::vector<Example> all_examples() {
    std::vector<Example> all;
    Findings ignored;  // reported by the first case below
    for (const Kind kind : {Kind::layer, Kind::loss, Kind::metric})
        for (const Schema* schema : environment().types().all(kind))
            std::ranges::move(examples_of(environment(), *schema, ignored), std::back_inserter(all));
    return all;
}

void compare(const Example& example, GradientTally& tally) {
    for (std::uint32_t seed = 1; seed <= 100; ++seed) {
        try {
            for (const Finding& finding : check_gradients(example, tally, seed))
                FAIL_CHECK(finding);
        } catch (const SampleError&) {
            return;  // such data it refuses: numbers of classes that there are not
        }
    }
}

}  // namespace

TEST_CASE("contract: every type that ships passes every check") {
    PluginCheckOptions options;
#ifdef __SANITIZE_THREAD__
    options.patience *= 10;  // on a busy machine a large recurrent case takes longer, which is nobody's fault
#endif
    std::set<Kind> kinds;
    for (const Environment::PluginInfo& plugin : environment().plugins())
        for (const CheckedType& checked : check_plugin(environment(), plugin, options)) {
            kinds.insert(checked.kind);
            CAPTURE(checked.type);
            CHECK(checked.left_out.empty());
            for (const CheckFinding& finding : checked.findings)
                FAIL_CHECK(text(finding.check, ": ", finding.subject, ": ", finding.what, "\n  again: runner check ",
                                plugin.path.string(), " --only ", finding.check, " --case '", finding.subject, "'"));
            const bool tried =
                checked.kind == Kind::layer || checked.kind == Kind::loss || checked.kind == Kind::metric;
            CHECK((checked.cases > 0) == tried);
            const bool wants_file = checked.kind == Kind::dataset && checked.type != "synthetic" &&
                                    checked.type != "addition";  // see below
            CHECK(checked.passed.size() == (tried ? check_names().size() - 6 : wants_file ? 1 : 2));
            CHECK(checked.not_tried.empty() != wants_file);
        }
    CHECK(kinds.size() == 9);
}

TEST_CASE("contract: data sets that want files keep their promises on some") {
    const test::TemporaryFolder folder;
    const fs::path pictures = folder / "pictures";
    for (const std::string name : {"grey", "colours"}) {
        fs::create_directories(pictures / name);
        fs::copy_file(test::source_dir() / "tests/fuzz/corpus/png" / (name + ".png"), pictures / name / "one.png");
    }
    Array numbers({{7, 3}, Element::float32});
    std::ranges::fill(numbers.as(), 0.5F);
    const Hdf5Item item{.path = "/x", .numbers = numbers.view()};
    write_hdf5(folder / "numbers.h5", {&item, 1});
    test::write_text(folder / "table.csv", "a,b,class\n1,2,x\n3,4,y\n");
    test::write_text(folder / "text.txt", "All of this is a text of some length.");
    const std::string mnist = (test::source_dir() / "graphs/data/mnist/t10k").string();
    std::set<std::string> types;
    for (const std::string& use :
         {text("csv {file: ", (folder / "table.csv").string(), ", label: class}"),
          text("hdf5 {file: ", (folder / "numbers.h5").string(), ", inputs: /x}"),
          text("idx {images: ", mnist, "-images-idx3-ubyte.gz, labels: ", mnist, "-labels-idx1-ubyte.gz}"),
          text("text {file: ", (folder / "text.txt").string(), ", length: 3, streams: 2, held_out: 0.3}"),
          text("sequence_csv {file: ", (folder / "table.csv").string(), ", id: a, label: class, length: 3}"),
          text("sequence_csv {file: ", (folder / "table.csv").string(), ", id: b, label: class, label_of: step}"),
          text("image_folder {folder: ", pictures.string(), ", size: [8, 8], channels: 3}")})
        for (const Environment::PluginInfo& plugin : environment().plugins()) {
            if (plugin.name != "datasets")
                continue;
            const CheckedType checked = check_plugin(environment(), plugin, {.use = use}).at(0);
            types.insert(checked.type);
            for (const CheckFinding& finding : checked.findings)
                FAIL_CHECK(text(finding.check, ": ", finding.subject, ": ", finding.what));
            CHECK(checked.passed == std::vector<std::string>{"data set"});
        }
    CHECK(types.size() == 6);
}

TEST_SUITE("slow") {
    TEST_CASE("contract: a right gradient is not called wrong, with 100 seeds") {
        const std::vector<Example> examples = all_examples();
        std::vector<GradientTally> tallies(std::max(std::thread::hardware_concurrency(), 1U));
        std::atomic<std::size_t> next = 0;
        {
            std::vector<std::jthread> threads;
            for (GradientTally& each : tallies)
                threads.emplace_back([&] {
                    for (std::size_t i = next++; i < examples.size(); i = next++)
                        compare(examples[i], each);
                });
        }
        GradientTally tally;
        for (const GradientTally& each : tallies) {
            tally.compared += each.compared;
            tally.kinks += each.kinks;
        }
        MESSAGE(tally.compared << " directions compared, " << tally.kinks << " left out at kinks");
        CHECK(tally.compared > 100'000);
        CHECK(tally.kinks * 10 < tally.compared);
    }
}
