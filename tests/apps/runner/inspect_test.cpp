// runner inspect: what it says of a file, and that what it says is so.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/store/checkpoint.hpp"
#include "tests/support/process.hpp"

using namespace plexus;
using namespace plexus::test;
using nlohmann::json;

namespace {

Array array(const Shape& shape, const std::vector<float>& values) {
    Array result{TensorType{shape}};
    for (std::size_t i = 0; i < values.size(); ++i)
        result.as()[i] = values[i];
    return result;
}

Array counting(const Shape& shape) {
    Array result{TensorType{shape}};
    float next = 0;
    for (float& value : result.as())
        value = next++;
    return result;
}

template <class T>
Array column(const std::vector<T>& values) {
    Array result{TensorType{{static_cast<std::int64_t>(values.size())}, element_of<T>}};
    std::ranges::copy(values, result.as<T>().begin());
    return result;
}

store::Group small_checkpoint() {
    store::Group root;
    root.attributes.set("plexus_version", std::string{"0.1.0"});
    root.attributes.set("seed", std::uint64_t{7});
    root.attributes.set("step", std::int64_t{20});
    root.attributes.set("epoch", std::int64_t{2});
    store::put(root, "networks/main/conv10/kernel", {counting({3, 3, 1, 2})});
    store::put(root, "networks/main/conv10/bias", {array({2}, {0, -1})});
    store::put(root, "networks/main/conv2/kernel", {counting({4, 5})});
    store::put(root, "graph", {store::Text{{"network:\n  - dense: {units: 2}\n"}}});
    store::put(root, "data/classes", {store::Text{{"cat", "dog"}}});
    store::put(root, "training/main/slots/momentum/main/conv2/kernel", {array({3}, {1, 2, 2})});
    store::put(root, "history/epoch", {column<std::int32_t>({1, 1, 2, 2})});
    store::put(root, "history/step", {column<std::int32_t>({10, 10, 20, 20})});
    store::put(root, "history/split", {store::Text{{"train", "holdout", "train", "holdout"}}});
    store::put(root, "history/metric", {store::Text{{"loss", "loss", "loss", "loss"}}});
    store::put(root, "history/value", {column<double>({1.5, 1.25, 0.5, 0.75})});
    return root;
}

std::string inspect_error(const std::vector<std::string>& words, const TemporaryFolder& folder, int code = 2) {
    std::vector<std::string> all{"inspect"};
    all.insert(all.end(), words.begin(), words.end());
    const Outcome outcome = run_runner(all, {folder.path()});
    CHECK(outcome.code == code);
    CHECK(outcome.out == "");
    return outcome.err;
}

Outcome inspect(const std::vector<std::string>& words, const TemporaryFolder& folder) {
    std::vector<std::string> all{"inspect"};
    all.insert(all.end(), words.begin(), words.end());
    return run_runner(all, {folder.path()});
}

}  // namespace

TEST_CASE("inspect shows attributes, tensors in the graph's order, and the history") {
    const TemporaryFolder folder;
    store::save(folder / "a.h5", small_checkpoint());
    const Outcome outcome = inspect({"a.h5"}, folder);
    CHECK(outcome.code == 0);
    CHECK(outcome.err == "");
    CHECK(!has_control_bytes(outcome.out));
    const std::string& text = outcome.out;
    for (const std::string part : {"plexus_format", "seed", "cat, dog", "[3, 3, 1, 2]", "float32", "momentum/",
                                   "train loss", "holdout loss", "0.7500", "--graph prints it"})
        CHECK_MESSAGE(text.find(part) != std::string::npos, part);
    CHECK(text.find("conv10/") < text.find("conv2/"));
}

TEST_CASE("inspect --json has the same facts, and statistics that are right") {
    const TemporaryFolder folder;
    store::save(folder / "a.h5", small_checkpoint());
    const json facts = json::parse(inspect({"a.h5", "--json"}, folder).out);
    CHECK(facts["attributes"]["step"] == "20");
    CHECK(facts["classes"] == json({"cat", "dog"}));
    CHECK(facts["graph"] == "network:\n  - dense: {units: 2}\n");
    CHECK(facts["history"].size() == 4);
    CHECK(facts["history"][3] ==
          json({{"epoch", 2}, {"step", 20}, {"split", "holdout"}, {"metric", "loss"}, {"value", 0.75}}));
    REQUIRE(facts["tensors"].size() == 4);
    const json& kernel = facts["tensors"][0];
    CHECK(kernel["path"] == "/networks/main/conv10/kernel");
    CHECK(kernel["shape"] == json({3, 3, 1, 2}));
    CHECK(kernel["mean"] == 8.5);
    CHECK(kernel["min"] == 0);
    CHECK(kernel["max"] == 17);
    CHECK(kernel["zeros"] == 1);
    CHECK(kernel["std"].get<double>() == doctest::Approx(5.188127472091127));
    CHECK(facts["tensors"][3]["norm"] == 3);
}

TEST_CASE("inspect PATH shows a tensor, or all of a node, with histograms") {
    const TemporaryFolder folder;
    store::save(folder / "a.h5", small_checkpoint());
    const Outcome one = inspect({"a.h5", "/networks/main/conv10/kernel"}, folder);
    CHECK(one.code == 0);
    CHECK(one.out.find("###") != std::string::npos);
    CHECK(one.out.find("conv2") == std::string::npos);
    const Outcome node = inspect({"a.h5", "/networks/main/conv10/"}, folder);
    CHECK(node.out.find("bias") != std::string::npos);
    CHECK(node.out.find("values: 0 -1") != std::string::npos);
    CHECK(inspect({"a.h5", "/graph"}, folder).out == "network:\n  - dense: {units: 2}\n");
    CHECK(inspect({"a.h5", "--graph"}, folder).out == "network:\n  - dense: {units: 2}\n");
    CHECK(inspect({"a.h5", "/data/classes"}, folder).out == "cat\ndog\n");
    CHECK(inspect_error({"a.h5", "/networks/main/conv3"}, folder) ==
          "a.h5: has nothing at '/networks/main/conv3'; did you mean '/networks/main/conv2'?\n");
}

TEST_CASE("inspect counts what is not finite and leaves it out of the statistics") {
    const TemporaryFolder folder;
    store::Group root = small_checkpoint();
    store::put(root, "networks/main/conv10/bias", {array({4}, {NAN, INFINITY, 1, 3})});
    store::save(folder / "a.h5", root);
    const json tensor =
        json::parse(inspect({"a.h5", "/networks/main/conv10/bias", "--json"}, folder).out)["tensors"][0];
    CHECK(tensor["nan"] == 1);
    CHECK(tensor["infinite"] == 1);
    CHECK(tensor["mean"] == 2);
    CHECK(inspect({"a.h5"}, folder).out.find("1 NaN, 1 infinite") != std::string::npos);
}

TEST_CASE("inspect --digest is 32 digits over the weights alone") {
    const TemporaryFolder folder;
    store::Group root = small_checkpoint();
    store::save(folder / "a.h5", root);
    const std::string digest = inspect({"a.h5", "--digest"}, folder).out;
    REQUIRE(digest.size() == 33);
    CHECK(digest.find_first_not_of("0123456789abcdef") == 32);
    CHECK(json::parse(inspect({"a.h5", "--digest", "--json"}, folder).out)["digest"] == digest.substr(0, 32));

    root.attributes.set("step", std::int64_t{21});
    store::put(root, "training/main/slots/momentum/main/conv2/kernel", {array({3}, {9, 9, 9})});
    store::save(folder / "same_weights.h5", root);
    CHECK(inspect({"same_weights.h5", "--digest"}, folder).out == digest);

    store::put(root, "networks/main/conv10/bias", {array({2}, {0, -1.0000001F})});
    store::save(folder / "other_weights.h5", root);
    CHECK(inspect({"other_weights.h5", "--digest"}, folder).out != digest);
}

TEST_CASE("inspect of two files is exit 0 where they agree, else 1 with what differs") {
    const TemporaryFolder folder;
    store::Group root = small_checkpoint();
    store::save(folder / "a.h5", root);
    store::save(folder / "b.h5", root);
    const Outcome same = inspect({"a.h5", "b.h5"}, folder);
    CHECK(same.code == 0);
    CHECK(same.out == "no differences (4 tensors agree bit for bit)\n");

    root.attributes.set("step", std::int64_t{21});
    store::put(root, "networks/main/conv10/bias", {array({2}, {0, -1.5F})});
    store::put(root, "networks/main/conv2/kernel", {counting({5, 4})});
    store::put(root, "networks/main/new/bias", {array({1}, {1})});
    store::save(folder / "c.h5", root);
    const Outcome other = inspect({"a.h5", "c.h5"}, folder);
    CHECK(other.code == 1);
    CHECK(other.err == "");
    for (const std::string part : {"only in c.h5\n  /networks/main/new/bias", "step", "1 of 2", "0.5000",
                                   "float32 [4, 5] and float32 [5, 4]", "2 tensors agree bit for bit"})
        CHECK_MESSAGE(other.out.find(part) != std::string::npos, other.out);

    const Outcome part = inspect({"a.h5", "c.h5", "/networks/main/conv10/kernel"}, folder);
    CHECK(part.code == 0);
    const Outcome facts = inspect({"a.h5", "c.h5", "--json"}, folder);
    CHECK(facts.code == 1);
    CHECK(json::parse(facts.out)["equal"] == false);
    CHECK(json::parse(facts.out)["only_in_second"] == json({"/networks/main/new/bias"}));
    // By its whole path a file is a file, though it begins as a path in a checkpoint does.
    CHECK(inspect({"a.h5", (folder / "b.h5").string()}, folder).code == 0);
}

TEST_CASE("inspect --export and --image write what is there, and refuse what cannot be written") {
    const TemporaryFolder folder;
    store::save(folder / "a.h5", small_checkpoint());
    const Outcome csv = inspect({"a.h5", "/networks/main/conv2/kernel", "--export", "k.csv"}, folder);
    CHECK_MESSAGE(csv.code == 0, csv.err);
    CHECK(csv.out == "");
    CHECK(read_text(folder / "k.csv").find("\n5,6,7,8,9") != std::string::npos);
    CHECK(inspect({"a.h5", "/networks/main/conv2/kernel", "--export", "k.npy"}, folder).code == 0);
    CHECK(read_text(folder / "k.npy").substr(1, 5) == "NUMPY");
    const Outcome image = inspect({"a.h5", "--image", "k.png"}, folder);
    CHECK_MESSAGE(image.code == 0, image.err);
    CHECK(image.err == "wrote /networks/main/conv10/kernel to k.png\n");
    CHECK(read_text(folder / "k.png").substr(1, 3) == "PNG");

    CHECK(inspect_error({"a.h5", "--export", "k.csv"}, folder).find("--export wants the path of a tensor") == 0);
    CHECK(inspect_error({"a.h5", "/networks/main/conv10/bias", "--image", "k.png"}, folder)
              .find("has shape [2]; --image shows kernels [H, W, C, F]") != std::string::npos);
    CHECK(inspect_error({"a.h5", "/networks/main/conv2", "--export", "k.csv"}, folder).find("is a group") !=
          std::string::npos);
}

TEST_CASE("inspect of what is no checkpoint is exit 2 with the file's name") {
    const TemporaryFolder folder;
    write_text(folder / "text.h5", "no HDF5\n");
    CHECK(inspect_error({"text.h5"}, folder).starts_with("text.h5: "));
    store::save(folder / "a.h5", small_checkpoint());
    CHECK(inspect_error({"a.h5", "text.h5"}, folder).starts_with("text.h5: "));
    store::Group root = small_checkpoint();
    store::put(root, "history/step", {column<std::int32_t>({1})});
    store::save(folder / "history.h5", root);
    CHECK(inspect_error({"history.h5"}, folder) == "history.h5:/history: its columns have different lengths\n");
}

TEST_CASE("a name in a checkpoint does not reach the terminal with its control bytes") {
    const TemporaryFolder folder;
    store::Group root = small_checkpoint();
    store::put(root, "networks/main/\x1b]0;title\x07/kernel", {counting({2})});
    store::save(folder / "a.h5", root);
    const Outcome outcome = inspect({"a.h5"}, folder);
    CHECK(outcome.code == 0);
    CHECK(!has_control_bytes(outcome.out));
}
