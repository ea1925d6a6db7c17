#include <doctest/doctest.h>

#include "tests/plugins/datasets/opened.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

/// A new, empty folder "photos" with subfolders.
void folders(const std::vector<std::string>& names) {
    std::filesystem::remove_all("photos");
    std::filesystem::create_directory("photos");
    for (const std::string& name : names)
        std::filesystem::create_directory("photos/" + name);
}

}  // namespace

TEST_CASE("image_folder: classes and images come in alphabetical order, whatever the disk says") {
    folders({"dog", "cat", "Zebra", ".hidden"});
    int value = 0;
    for (const char* name : {"dog/b.png", "dog/a.png", "cat/10.png", "cat/9.png", "Zebra/z.PNG"})
        write_png("photos/" + std::string{name}, Shape{2, 3, 3}, static_cast<std::uint8_t>(++value));
    file_of("photos/dog/notes.doc", "x");
    file_of("photos/dog/.c.png", "x");
    file_of("photos/stray.png", "x");
    std::filesystem::create_directory("photos/dog/deeper.png");
    std::filesystem::create_symlink("a.png", "photos/dog/link.png");
    std::filesystem::create_directory_symlink("dog", "photos/linked");
    const auto images = dataset("{image_folder: {folder: photos}}");
    CHECK(images->classes() == std::vector<std::string>{"Zebra", "cat", "dog"});
    REQUIRE(images->size() == 5);
    CHECK(images->tensors()[0].name == "image");
    CHECK(images->tensors()[0].type == TensorType{Shape{2, 3, 3}, Element::uint8});
    CHECK(images->tensors()[1].type == TensorType{Shape{}, Element::int32});
    std::vector<int> order;
    std::vector<int> labels;
    for (std::size_t i = 0; i < images->size(); ++i) {
        const std::vector<Array> arrays = sample(*images, i);
        order.push_back(arrays[0].as<std::uint8_t>()[0]);
        labels.push_back(arrays[1].as<std::int32_t>()[0]);
    }
    CHECK(order == std::vector<int>{5, 3, 4, 2, 1});
    CHECK(labels == std::vector<int>{0, 1, 1, 2, 2});
    const auto chosen = dataset("{image_folder: {folder: photos, classes: [dog, cat]}}");
    CHECK(chosen->size() == 4);
    CHECK(sample(*chosen, 0)[1].as<std::int32_t>()[0] == 0);
    CHECK(chosen->classes() == std::vector<std::string>{"dog", "cat"});
}

TEST_CASE("image_folder: photos are converted to the channels and scaled to the size that is asked for") {
    folders({"a"});
    write_png("photos/a/1.png", Shape{2, 2, 1}, 100);
    write_png("photos/a/2.png", Shape{5, 7, 3}, 200);
    for (const int channels : {1, 3}) {
        const auto images =
            dataset("{image_folder: {folder: photos, size: [4, 3], channels: " + std::to_string(channels) + "}}");
        CHECK(images->tensors()[0].type.shape == Shape{4, 3, channels});
        CHECK(values<std::uint8_t>(sample(*images, 0)[0]) ==
              std::vector<std::uint8_t>(static_cast<std::size_t>(12 * channels), 100));
        CHECK(values<std::uint8_t>(sample(*images, 1)[0]) ==
              std::vector<std::uint8_t>(static_cast<std::size_t>(12 * channels), 200));
    }
}

TEST_CASE("image_folder: scaling is bilinear between the centres of pixels") {
    folders({"a"});
    // Two pixels, 0 and 100, become four, whose centres lie at -0.25, 0.25, 0.75 and 1.25 of the old ones.
    const std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2, 1)}\n";
    file_of("photos/a/1.npy", std::string{"\x93NUMPY\x01\x00", 8} + static_cast<char>(header.size()) + '\0' + header +
                                  std::string{"\0\x64", 2});
    const auto images = dataset("{image_folder: {folder: photos, size: [1, 4], channels: 1}}");
    CHECK(values<std::uint8_t>(sample(*images, 0)[0]) == std::vector<std::uint8_t>{0, 25, 75, 100});
}

TEST_CASE("image_folder: a bad sample is named when it is read, and the others stay readable") {
    folders({"a"});
    write_png("photos/a/1.png", Shape{4, 4, 3}, 1);
    file_of("photos/a/2.png", "\x89PNG\r\n\x1a\n");
    write_png("photos/a/3.png", Shape{5, 4, 3}, 3);
    file_of("photos/a/4.csv", "1,2\n");
    const auto images = dataset("{image_folder: {folder: photos}}");
    CHECK(failure_of(*images, 0) == "");
    CHECK(failure_of(*images, 1) == "photos/a/2.png: is a damaged PNG file (the file stops before its end)");
    CHECK(failure_of(*images, 2) ==
          "photos/a/3.png: the image has 5 x 4 pixels; photos/a/1.png has 4 x 4: give image_folder a size, as in size: "
          "[4, 4]");
    CHECK(failure_of(*images, 3) == "photos/a/4.csv: holds float32 [1, 2]; an image is uint8 [H, W, 1] or [H, W, 3]");
    std::filesystem::remove("photos/a/1.png");
    CHECK(failure_of(*images, 0) == "photos/a/1.png: there is no such file; check the path");
}

TEST_CASE("image_folder: a folder that is none, or is laid out otherwise, is refused with what is wanted") {
    CHECK(refusal_of("{image_folder: {folder: absent}}") ==
          "g.yaml:1:25: absent: there is no such folder; check the path");
    file_of("file", "");
    CHECK(refusal_of("{image_folder: {folder: file}}") ==
          "g.yaml:1:25: file: is no folder; one with a subfolder per class is wanted");
    folders({});
    CHECK(refusal_of("{image_folder: {folder: photos}}") ==
          "g.yaml:1:25: photos: has no subfolders; one per class is wanted, named after it, with its images inside");
    folders({"a", "b"});
    write_png("photos/a/1.png", Shape{4, 4, 3}, 1);
    CHECK(refusal_of("{image_folder: {folder: photos}}") ==
          "g.yaml:1:25: photos/b: holds no images; remove the folder, or put the images of its class into it");
    CHECK(refusal_of("{image_folder: {folder: photos, classes: [a, c]}}") ==
          "g.yaml:1:42: photos: has no subfolder 'c'; every class has one, named after it");
    CHECK(refusal_of("{image_folder: {folder: photos, classes: [a, a]}}") == "g.yaml:1:42: 'classes' names 'a' twice");
    CHECK(refusal_of("{image_folder: {folder: photos, classes: [a], channels: 2}}") ==
          "g.yaml:1:57: 'channels' is 2; it is 1 (grey) or 3 (colours)");
    file_of("photos/a/0.png", "no image");
    CHECK(refusal_of("{image_folder: {folder: photos, classes: [a]}}") ==
          "g.yaml:1:25: photos/a/0.png: is no PNG file: it does not begin with \\x89PNG");
}
