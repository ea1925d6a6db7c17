#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

#include "tests/plugins/formats/opened.hpp"

using namespace plexus;
using namespace plexus::test;

TEST_CASE("formats: every one refuses what is no readable file, by name") {
    std::filesystem::create_directory("folder.x");
    ::mkfifo("pipe.x", 0600);
    for (const char* name : {"csv", "idx", "jpeg", "npy", "png", "text"}) {
        CAPTURE(name);
        CHECK(refusal_of(name, "absent.x") == "absent.x: there is no such file; check the path");
        CHECK(refusal_of(name, "folder.x") == "folder.x: is a folder; a file is wanted");
        CHECK(refusal_of(name, "pipe.x") == "pipe.x: is a device or a pipe; a file is wanted");
    }
}

TEST_CASE("formats: a file that nobody may read is refused with the reason") {
    if (::geteuid() == 0)
        return;  // may read everything
    ::chmod(file_of("secret.x", "1").c_str(), 0);
    CHECK(refusal_of("csv", "secret.x") == "secret.x: cannot be opened: Permission denied");
}

TEST_CASE("formats: a file as large as no data set is refused before memory is asked for") {
    file_of("large.x", "");
    std::filesystem::resize_file("large.x", (std::uintmax_t{8} << 30) + 1);
    CHECK(refusal_of("idx", "large.x") == "large.x: has 8589934593 bytes; at most 8589934592 are read");
    std::filesystem::remove("large.x");
}

TEST_CASE("formats: a place that cannot be written is named") {
    const Array one{{Shape{1, 1}, Element::uint8}};
    for (const char* name : {"csv", "npy", "png"}) {
        CAPTURE(name);
        CHECK_THROWS_WITH_AS(format(name).write("nowhere/a", one.view()),
                             "nowhere/a: cannot be written: the folder does not exist", InputError);
        if (std::filesystem::exists("/dev/full"))
            CHECK_THROWS_WITH_AS(format(name).write("/dev/full", one.view()),
                                 "/dev/full: cannot be written: No space left on device", RunError);
    }
    for (const char* name : {"idx", "jpeg"})
        CHECK_THROWS_WITH_AS(format(name).write("a.x", one.view()),
                             "a.x: files of this format are read, but cannot be written", InputError);
}
