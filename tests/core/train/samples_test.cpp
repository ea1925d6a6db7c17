// What networks make out of noise.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <string>

#include "plexus/generation.hpp"
#include "tests/core/train/trained.hpp"
#include "tests/support/stepper.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

bool same(const Array& a, const Array& b) {
    return a.type() == b.type() && std::memcmp(a.view().data, b.view().data, a.type().bytes()) == 0;
}

std::string refused(const SampleOptions& options) {
    try {
        (void)make_samples(shipped_plugins(), options);
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("samples: one seed gives the same on any number of threads, another seed others") {
    Watcher watcher;
    train_in("made", alternating_program(1), watcher);
    SampleOptions options{.checkpoint = "made/last.h5", .network = "generator", .count = 130};
    options.threads = 1;
    const Samples first = make_samples(shipped_plugins(), options);
    CHECK(first.values.shape() == Shape{130, 6, 6, 1});
    CHECK(first.picture.shape() == Shape{11 * 8 - 2, 12 * 8 - 2, 1});
    options.threads = 3;
    CHECK(same(make_samples(shipped_plugins(), options).values, first.values));
    options.seed = 2;
    CHECK_FALSE(same(make_samples(shipped_plugins(), options).values, first.values));
    options.from = SampleOptions::From::ways;
    options.count = 15;
    const Samples ways = make_samples(shipped_plugins(), options);
    CHECK(ways.values.shape() == Shape{20, 6, 6, 1});
    CHECK(ways.picture.shape() == Shape{2 * 8 - 2, 10 * 8 - 2, 1});

    CHECK(refused({.checkpoint = "made/last.h5", .network = "genrator"}) ==
          "there is no network 'genrator'; did you mean 'generator'?");
    CHECK(refused({.checkpoint = "made/last.h5", .network = "critic"}) ==
          "network 'critic' reads 'input' of the data, so it makes nothing out of nothing; 'runner predict' with "
          "--network tells what it makes of a file");
    SampleOptions wrong{.checkpoint = "made/last.h5", .network = "generator"};
    wrong.label = "7";
    CHECK(refused(wrong) == "network 'generator' reads no class; leave out --class");
    wrong.label.reset();
    wrong.from = SampleOptions::From::plane;
    CHECK(refused(wrong) == "network 'generator' reads [5]; a plane is over two numbers, [2]");
}

TEST_CASE("samples: what collapses, and what is beyond a bound, is told once, with its reason") {
    const auto told = [](const std::string& part, const std::string& by, const char* what) {
        std::string program = alternating_program(3);
        REQUIRE(program.find(part) != std::string::npos);
        program.replace(program.find(part), part.size(), by);
        Watcher watcher;
        train_in("told", program, watcher);
        std::string all;
        for (const std::string& notice : watcher.notices)
            if (notice.find(what) != std::string::npos)
                all += notice + "\n";
        return all;
    };
    const std::string warned = told("above: 2", "above: -1", "never");
    CHECK(warned.starts_with("step 4: never (of_real "));
    CHECK(warned.ends_with(", over 4 steps)\n"));
    CHECK(std::ranges::count(warned, '\n') == 1);
    CHECK(told("above: 2", "above: 2", "never").empty());

    const std::string last = "dense: {units: 36, activation: sigmoid}";
    const std::string collapsed = told(last,
                                       "dense: {units: 36, activation: sigmoid, kernel_initializer: zeros}\n    "
                                       "- stop_gradient\n    - layer_normalization\n    - rescaling: {scale: 0.001}",
                                       "have collapsed");
    CHECK(collapsed.starts_with("step 6: the samples of 'generator' have collapsed: their variance is "));
    CHECK(std::ranges::count(collapsed, '\n') == 1);
    CHECK(told(last, last, "have collapsed").find("step 2:") == std::string::npos);
}

TEST_CASE("samples: class numbers run through the classes, which have to be named") {
    const std::string program = R"(
data: {source: {csv: {file: asked.csv, header: true, label: kind, classes: [a, b, c]}}CLASSES}
networks:
  maker:
    - one_hot: {num_tokens: 3}
    - dense: {units: 4}
    - reshape: {target_shape: [2, 2]}
phases:
  - only:
      nodes:
        - reshape: {name: wanted, target_shape: [2, 2]}
        - maker: {name: made, inputs: label}
      loss: {mean_squared_error: {inputs: [made, wanted]}}
      updates: maker
train: {epochs: 1, batch: 2, optimizer: sgd}
)";
    std::ofstream("asked.csv") << "w,x,y,z,kind\n1,0,0,0,a\n0,1,0,0,b\n0,0,1,0,c\n0,0,0,1,a\n";
    std::string text = program;
    text.replace(text.find("CLASSES"), 7, ", classes: [a, b, c]");
    Watcher watcher;
    train_in("asked", text, watcher);
    SampleOptions options{.checkpoint = "asked/last.h5", .network = "maker", .count = 6};
    const Samples all = make_samples(shipped_plugins(), options);
    const auto values = all.values.as();
    CHECK(std::equal(values.begin(), values.begin() + 12, values.begin() + 12));
    CHECK_FALSE(std::equal(values.begin(), values.begin() + 4, values.begin() + 4));
    options.label = "b";
    const Samples one = make_samples(shipped_plugins(), options);
    CHECK(std::equal(one.values.as().begin(), one.values.as().begin() + 4, values.begin() + 4));
    options.label = "d";
    CHECK(refused(options).starts_with("there is no class 'd'"));
}
