// Checkpoint: a file as data, and the digest of its weights.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

#include "core/store/checkpoint.hpp"
#include "plexus/checkpoint.hpp"
#include "plexus/error.hpp"
#include "tests/core/store/trees.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

template <class T>
Array column(const std::vector<T>& values) {
    Array result{TensorType{{static_cast<std::int64_t>(values.size())}, element_of<T>}};
    std::ranges::copy(values, result.as<T>().begin());
    return result;
}

store::Group tree() {
    store::Group root;
    root.attributes.set("plexus_version", std::string{"0.1.0"});
    root.attributes.set("seed", std::uint64_t{18446744073709551615U});
    root.attributes.set("step", std::int64_t{-7});
    store::put(root, "networks/main/conv10/kernel", {array_of<float>({2, 3})});
    store::put(root, "networks/main/conv10/bias", {array_of<float>({3})});
    store::put(root, "networks/main/conv2/kernel", {array_of<float>({4})});
    store::put(root, "graph", {store::Text{{"network: [flatten]\n"}}});
    store::put(root, "data/classes", {store::Text{{"cat", ""}}});
    store::put(root, "training/main/count", {array_of<std::int32_t>({})});
    store::put(root, "history/epoch", {column<std::int32_t>({1, 2})});
    store::put(root, "history/step", {column<std::int32_t>({10, 20})});
    store::put(root, "history/split", {store::Text{{"training", "holdout"}}});
    store::put(root, "history/metric", {store::Text{{"loss", "accuracy"}}});
    store::put(root, "history/value", {column<double>({0.5, 0.25})});
    return root;
}

/// The view of a tree that was saved and read again.
Checkpoint viewed(const store::Group& root) {
    const Folder folder;
    store::save(folder / "a.h5", root);
    return Checkpoint{folder / "a.h5"};
}

std::string digest(const store::Group& root) {
    return viewed(root).digest();
}

std::string refusal(const store::Group& root) {
    try {
        (void)viewed(root);
    } catch (const InputError& error) {
        const std::string text = error.what();
        return text.substr(text.find("a.h5:"));
    }
    return {};
}

}  // namespace

TEST_CASE("Checkpoint shows tensors in the file's order, attributes as text, graph, classes and history as rows") {
    const Checkpoint checkpoint = viewed(tree());
    std::vector<std::string> paths;
    for (const CheckpointTensor& tensor : checkpoint.tensors())
        paths.push_back(tensor.path);
    CHECK(paths == std::vector<std::string>{"/networks/main/conv10/kernel", "/networks/main/conv10/bias",
                                            "/networks/main/conv2/kernel", "/training/main/count"});
    CHECK(checkpoint.attributes() ==
          std::vector<std::pair<std::string, std::string>>{
              {"plexus_format", "1"}, {"plexus_version", "0.1.0"}, {"seed", "18446744073709551615"}, {"step", "-7"}});
    CHECK(checkpoint.graph() == "network: [flatten]\n");
    CHECK(checkpoint.classes() == std::vector<std::string>{"cat", ""});
    REQUIRE(checkpoint.history().size() == 2);
    const HistoryRow& row = checkpoint.history()[1];
    CHECK(row.epoch == 2);
    CHECK(row.step == 20);
    CHECK(row.split == "holdout");
    CHECK(row.metric == "accuracy");
    CHECK(row.value == 0.25);
}

TEST_CASE("Checkpoint::find() knows whole paths alone") {
    const Checkpoint checkpoint = viewed(tree());
    REQUIRE(checkpoint.find("/networks/main/conv10/kernel") != nullptr);
    CHECK(checkpoint.find("/networks/main/conv10/kernel")->values.shape() == Shape{2, 3});
    CHECK(checkpoint.find("/networks/main/conv10/kernel")->checked);
    CHECK(checkpoint.find("/networks/main/conv10") == nullptr);
    CHECK(checkpoint.find("networks/main/conv10/kernel") == nullptr);
    CHECK(checkpoint.find("/history/value") == nullptr);
}

TEST_CASE("the digest is over names, shapes, types, values and order below /networks, and nothing else") {
    const std::string before = digest(tree());
    CHECK(before.size() == 32);
    CHECK(before.find_first_not_of("0123456789abcdef") == std::string::npos);
    CHECK(digest(tree()) == before);

    store::Group root = tree();
    root.attributes.set("step", std::int64_t{8});
    store::put(root, "training/main/count", {array_of<float>({9})});
    store::put(root, "graph", {store::Text{{"other\n"}}});
    store::put(root, "history/value", {column<double>({1, 1})});
    CHECK(digest(root) == before);

    const std::string bias = "networks/main/conv10/bias";
    std::vector<std::string> others;
    for (const store::Dataset& dataset :
         {store::Dataset{array_of<float>({3}, 1)}, store::Dataset{array_of<float>({3, 1})},
          store::Dataset{array_of<double>({3})}, store::Dataset{array_of<std::int32_t>({3})}}) {
        root = tree();
        store::put(root, bias, dataset);
        others.push_back(digest(root));
    }
    root = tree();
    store::put(root, "networks/main/conv3/kernel", {array_of<float>({4})});
    others.push_back(digest(root));
    others.push_back(before);
    std::ranges::sort(others);
    CHECK(std::ranges::adjacent_find(others) == others.end());
}

TEST_CASE("a digest is known: a change of how it is made would make every printed one wrong") {
    store::Group root;
    CHECK(digest(root) == "99aa06d3014798d86001c324468d497f");  // XXH3 of nothing
}

TEST_CASE("a file with nothing but weights can be looked at; a history that does not add up is refused") {
    store::Group root;
    store::put(root, "networks/main/fc1/kernel", {array_of<float>({2})});
    const Checkpoint checkpoint = viewed(root);
    CHECK(checkpoint.graph().empty());
    CHECK(checkpoint.history().empty());
    CHECK(checkpoint.tensors().size() == 1);

    root = tree();
    store::put(root, "history/step", {column<std::int32_t>({10})});
    CHECK(refusal(root) == "a.h5:/history: its columns have different lengths");
    root = tree();
    store::put(root, "history/value", {column<float>({1, 2})});
    CHECK(refusal(root) == "a.h5:/history/value: has to be a column of float64");
    root = tree();
    store::put(root, "history/split", {column<float>({1, 2})});
    CHECK(refusal(root) == "a.h5:/history/split: has to be a column of text");
}

TEST_CASE("Checkpoint refuses what is missing or no checkpoint, with the file's name") {
    const Folder folder;
    CHECK_THROWS_AS(Checkpoint{folder / "nowhere.h5"}, InputError);
    std::ofstream{folder / "text.h5"} << "no HDF5\n";
    CHECK_THROWS_AS(Checkpoint{folder / "text.h5"}, InputError);
}
