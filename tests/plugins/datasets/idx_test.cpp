#include <doctest/doctest.h>

#include "tests/plugins/datasets/opened.hpp"
#include "tests/support/paths.hpp"

using namespace plexus;
using namespace plexus::test;

TEST_CASE("idx: MNIST's images come with their channel last, its labels as int32") {
    const std::string folder = (source_dir() / "graphs/data/mnist").string();
    const auto mnist = dataset("{idx: {images: " + folder + "/t10k-images-idx3-ubyte.gz, labels: " + folder +
                               "/t10k-labels-idx1-ubyte.gz}}");
    REQUIRE(mnist->size() == 10000);
    REQUIRE(mnist->tensors().size() == 2);
    CHECK(mnist->tensors()[0].name == "image");
    CHECK(mnist->tensors()[0].type == TensorType{Shape{28, 28, 1}, Element::uint8});
    CHECK(mnist->tensors()[1].name == "label");
    CHECK(mnist->tensors()[1].type == TensorType{Shape{}, Element::int32});
    CHECK(mnist->classes().empty());
    const std::vector<int> first{7, 2, 1, 0, 4, 1, 4, 9, 5, 9};
    for (std::size_t i = 0; i < first.size(); ++i)
        CHECK(sample(*mnist, i)[1].as<std::int32_t>()[0] == first[i]);
    int ink = 0;
    for (const std::uint8_t pixel : values<std::uint8_t>(sample(*mnist, 0)[0]))
        ink += pixel;
    CHECK(ink == 18454);
}

TEST_CASE("idx: each sample gets its own pixels; files of other ranks keep their dimensions") {
    idx("labels", {2}, "\x03\x09");
    idx("images", {2, 1, 2}, "abcd");
    const auto images = dataset("{idx: {images: images, labels: labels}}");
    CHECK(values<std::uint8_t>(sample(*images, 1)[0]) == std::vector<std::uint8_t>{'c', 'd'});
    CHECK(values<std::int32_t>(sample(*images, 1)[1]) == std::vector<std::int32_t>{9});
    idx("rows", {2, 2}, "abcd");
    CHECK(dataset("{idx: {images: rows, labels: labels}}")->tensors()[0].type.shape == Shape{2});
    idx("colours", {2, 1, 1, 3}, "abcdef");
    CHECK(dataset("{idx: {images: colours, labels: labels}}")->tensors()[0].type.shape == Shape{1, 1, 3});
}

TEST_CASE("idx: what does not fit is refused at the attribute that names the file") {
    std::filesystem::create_directory("folder");
    idx("images", {2, 1, 2}, "abcd");
    idx("labels", {2}, "\x03\x09");
    idx("three", {3}, "abc");
    idx("none", {0, 1, 2}, "");
    idx("no_labels", {0}, "");
    file_of("negative", std::string{"\0\0\x09\x01\0\0\0\2\1\xff", 10});
    struct Case {
        std::string use;
        std::string message;
    };
    for (const Case& c : std::vector<Case>{
             {"{idx: {images: absent, labels: labels}}", "g.yaml:1:16: absent: there is no such file; check the path"},
             {"{idx: {images: images, labels: folder}}", "g.yaml:1:32: folder: is a folder; a file is wanted"},
             {"{idx: {images: images, labels: three}}",
              "g.yaml:1:32: three: has 3 labels; images has 2 images: the two files do not belong together"},
             {"{idx: {images: none, labels: no_labels}}", "g.yaml:1:16: none: has no samples; at least 1 is wanted"},
             {"{idx: {images: images, labels: images}}",
              "g.yaml:1:32: images: holds uint8 [2, 1, 2]; labels are whole numbers of shape [N]: are these the "
              "images?"},
             {"{idx: {images: images, labels: negative}}",
              "g.yaml:1:32: negative: label -1 of sample 1 is below 0; classes are counted from 0"},
             {"{idx: {images: images}}",
              "g.yaml:1:2: idx wants 'labels', text: file of the labels, as many as there are "
              "images"},
         })
        CHECK(refusal_of(c.use) == c.message);
}
