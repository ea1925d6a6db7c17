#include "core/store/checkpoint.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <limits>

#include "core/store/encode.hpp"
#include "plexus/error.hpp"
#include "tests/core/store/trees.hpp"

using namespace plexus;
using namespace plexus::store;
using namespace plexus::test;

namespace {

std::vector<std::string> names_of(const Group& group) {
    std::vector<std::string> names;
    for (const auto& [name, node] : group.children)
        names.push_back(name);
    return names;
}

/// What a shell command prints; its exit status must be 0.
std::string output_of(const std::string& command) {
    std::string output;
    std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
    REQUIRE(pipe != nullptr);
    for (int letter = std::fgetc(pipe); letter != EOF; letter = std::fgetc(pipe))
        output += static_cast<char>(letter);
    INFO(command, ": ", output);
    CHECK(pclose(pipe) == 0);
    return output;
}

bool contains(const std::string& whole, const std::string& part) {
    return whole.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("checkpoint: what is loaded is what was saved, in its order") {
    const Folder folder;
    const Group tree = small_tree();
    save(folder / "last.h5", tree);
    const Loaded loaded = load(folder / "last.h5");
    CHECK(loaded.unchecked.empty());
    CHECK(std::get<std::int64_t>(*loaded.root.attributes.find("plexus_format")) == 1);
    CHECK(loaded.root.attributes.size() == tree.attributes.size() + 1);
    CHECK(loaded.root.attributes.begin()->first == "plexus_format");
    CHECK(loaded.root.children == tree.children);
    CHECK(names_of(*find_group(loaded.root, "networks/main")) == std::vector<std::string>{"conv10", "conv2"});
    CHECK(find_text(loaded.root, "/data/classes")->items == std::vector<std::string>{"zero", "", "three letters"});
    CHECK(find_array(loaded.root, "training/main/slots/none")->shape() == Shape{0, 4});
    CHECK(find_array(loaded.root, "networks/main/conv2/kernel") == nullptr);

    // and what was loaded is saved as the same bytes
    save(folder / "again.h5", loaded.root);
    CHECK(bytes_of(folder / "again.h5") == bytes_of(folder / "last.h5"));
}

TEST_CASE("checkpoint: infinities, NaN payloads and negative zero keep their bits") {
    const Folder folder;
    Group tree;
    Array odd{TensorType{Shape{4}, Element::float32}};
    odd.as<float>()[0] = -0.0F;
    odd.as<float>()[1] = std::numeric_limits<float>::infinity();
    odd.as<float>()[2] = std::nanf("77");
    odd.as<float>()[3] = std::numeric_limits<float>::denorm_min();
    put(tree, "odd", {odd});
    save(folder / "odd.h5", tree);
    CHECK(load(folder / "odd.h5").root.children == tree.children);
}

TEST_CASE("checkpoint: equal trees give equal bytes, different ones do not") {
    const Image one = encode(small_tree());
    const Image two = encode(small_tree());
    const Image other = encode(small_tree(1));
    const auto same = [](const Image& a, const Image& b) { return std::ranges::equal(a.bytes(), b.bytes()); };
    CHECK(same(one, two));
    CHECK(!same(one, other));
    // Superblock version 3, as the format promises, and closed by its writer.
    CHECK(std::to_integer<int>(one.bytes()[8]) == 3);
    CHECK(std::to_integer<int>(one.bytes()[11]) == 0);
}

TEST_CASE("checkpoint: a large dataset is cut into rows of chunks") {
    const Folder folder;
    Group tree;
    put(tree, "rows", {array_of<float>({1000, 700})});
    put(tree, "one_row", {array_of<double>({1, 500000})});
    put(tree, "graph", {Text{{std::string(3'000'000, 'x')}}});
    save(folder / "large.h5", tree);
    CHECK(load(folder / "large.h5").root.children == tree.children);
    CHECK(contains(output_of("h5dump -p -H -d /rows " + (folder / "large.h5").string()), "CHUNKED ( 374, 700 )"));
}

TEST_CASE("checkpoint: ten thousand groups are saved and loaded") {
    const Folder folder;
    Group tree;
    for (int i = 0; i < 10'000; ++i) {
        put(tree, text("networks/main/node", i, "/kernel"), {array_of<float>({2, 3}, i)});
        put(tree, text("networks/main/node", i, "/bias"), {array_of<float>({3}, i)});
    }
    save(folder / "wide.h5", tree);
    CHECK(load(folder / "wide.h5").root.children == tree.children);
}

TEST_CASE("checkpoint: the tools of the distribution read every item") {
    const Folder folder;
    const std::string file = (folder / "last.h5").string();
    save(file, small_tree());
    const std::string dump = output_of("h5dump " + file);
    for (const char* part : {"GROUP \"networks\"", "DATASET \"kernel\"", "H5T_IEEE_F32LE", "H5T_IEEE_F64LE",
                             "H5T_STD_I32LE", "H5T_STD_U8LE", "ATTRIBUTE \"plexus_format\"", "\"three letters",
                             "18446744073709551615", "H5T_CSET_UTF8", "units: 10"})
        CHECK_MESSAGE(contains(dump, part), part);
    CHECK(contains(output_of("h5ls -r " + file), "/training/main/slots/scale Dataset {SCALAR}"));
    save(folder / "same.h5", small_tree());
    output_of("h5diff " + file + " " + (folder / "same.h5").string());  // status 0: no difference
}

TEST_CASE("checkpoint: what cannot be stored is refused with its path") {
    const auto refusal = [](const Group& tree) { return message_of<RunError>([&] { (void)encode(tree); }); };
    Group tree;
    tree.children.set("a/b", Node{Group{}});
    CHECK(refusal(tree) == "/: the name 'a/b' cannot be stored: a name has at least one letter, no '/' and no NUL");
    tree = {};
    put(tree, "a/words", {Text{{std::string("x\0y", 3)}}});
    CHECK(refusal(tree) == "/a/words: a text with a NUL in it cannot be stored");
    tree = {};
    group_at(tree, "a").attributes.set("long", std::string(40'000, 'x'));
    CHECK(refusal(tree) == "/a: attribute 'long' has 40000 bytes; a text of more than 32768 is stored as a dataset");
    tree = {};
    put(tree, "a/b", {Array{}});
    CHECK(refusal(tree) == "/a/b: an absent array cannot be stored");
    const Folder folder;
    const std::string path = (folder / "last.h5").string();
    CHECK(message_of<RunError>([&] { save(path, tree); }) == path + ":/a/b: an absent array cannot be stored");
    CHECK(!std::filesystem::exists(path));
}

TEST_CASE("checkpoint: what is no checkpoint is refused with what it is") {
    const Folder folder;
    const auto refusal = [&](const std::string& name) {
        const std::string path = (folder / name).string();
        std::string message = message_of<InputError>([&] { (void)load(path); });
        REQUIRE(message.starts_with(path));
        return message.substr(path.size());
    };
    CHECK(refusal("missing.h5") == ": no such file");
    CHECK(refusal("") == ": is a folder; name a file in it");
    write_bytes(folder / "empty.h5", {});
    CHECK(refusal("empty.h5") == ": is empty");
    write_bytes(folder / "text.h5", std::vector<std::byte>(5000, std::byte{'x'}));
    CHECK(refusal("text.h5") == ": is not an HDF5 file");

    save(folder / "good.h5", small_tree());
    std::vector<std::byte> bytes = bytes_of(folder / "good.h5");
    const std::size_t whole = bytes.size();
    bytes.resize(1000);
    write_bytes(folder / "cut.h5", bytes);
    CHECK(refusal("cut.h5") == text(": is truncated: of ", whole, " bytes, 1000 are there"));

    Group newer = small_tree();
    write_bytes(folder / "foreign.h5", [&] {
        const Image image = encode(newer);
        return std::vector<std::byte>(image.bytes().begin(), image.bytes().end());
    }());
    CHECK(refusal("foreign.h5") == ": is an HDF5 file, but no checkpoint: it has no attribute plexus_format");
    newer.attributes.set("plexus_format", std::int64_t{7});
    write_bytes(folder / "newer.h5", [&] {
        const Image image = encode(newer);
        return std::vector<std::byte>(image.bytes().begin(), image.bytes().end());
    }());
    CHECK(refusal("newer.h5") == ": has format 7; this Plexus reads formats up to 1: use a newer Plexus");
}

TEST_CASE("checkpoint: a file that a killed writer left open is named so, with the remedy") {
    const Folder folder;
    const std::string path = (folder / "open.h5").string();
    save(path, small_tree());
    std::vector<std::byte> bytes = bytes_of(path);
    bytes[11] = std::byte{1};
    write_bytes(path, bytes);
    CHECK(message_of<InputError>([&] { (void)load(path); }) ==
          text(path, ": was left open by a program that was writing it; if none is, `h5clear -s ", path,
               "` marks it closed"));
}
