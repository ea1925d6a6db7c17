#include "core/store/replace.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "core/store/checkpoint.hpp"
#include "plexus/error.hpp"
#include "tests/core/store/trees.hpp"

using namespace plexus;
using namespace plexus::store;
using namespace plexus::test;

namespace {

/// The real calls, but the n-th one fails, and all are written down.
struct Interposed final : SystemCalls {
    int fail_at = 0;  ///< counts from 1; 0: none
    int reason = EIO;
    std::size_t most = 100'000;  ///< of one write: short ones, as a full disk or a signal makes them
    std::vector<std::string> log;

    bool fails(std::string call) {
        log.push_back(std::move(call));
        if (static_cast<int>(log.size()) != fail_at)
            return false;
        errno = reason;
        return true;
    }
    int open(const char* path, int flags, mode_t mode) override {
        return fails((flags & O_DIRECTORY) != 0 ? "open folder" : "open") ? -1 : SystemCalls::open(path, flags, mode);
    }
    ssize_t write(int file, const void* data, std::size_t bytes) override {
        return fails("write") ? -1 : SystemCalls::write(file, data, std::min(bytes, most));
    }
    int fsync(int file) override { return fails("fsync") ? -1 : SystemCalls::fsync(file); }
    int close(int file) override {
        const int result = SystemCalls::close(file);  // Linux closes the file even when it reports an error
        return fails("close") ? -1 : result;
    }
    int rename(const char* from, const char* to) override {
        return fails("rename") ? -1 : SystemCalls::rename(from, to);
    }
    int unlink(const char* path) override { return fails("unlink") ? -1 : SystemCalls::unlink(path); }
};

std::size_t files_in(const std::filesystem::path& folder) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{folder}, {}));
}

const std::vector<std::byte> old_bytes(10, std::byte{1});
const std::vector<std::byte> new_bytes(250'000, std::byte{2});

}  // namespace

TEST_CASE("replace: write, then sync, then rename, then sync the folder") {
    const Folder folder;
    Interposed calls;
    replace_file(folder / "last.h5", new_bytes, calls);
    CHECK(calls.log == std::vector<std::string>{"open", "write", "write", "write", "fsync", "close", "rename",
                                                "open folder", "fsync", "close"});
    CHECK(bytes_of(folder / "last.h5") == new_bytes);
    CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("replace: whichever call fails, for whatever reason, the old file stays or the new one is whole") {
    for (const int reason : {EIO, ENOSPC, EDQUOT, EROFS}) {
        for (int n = 1; n <= 9; ++n) {
            CAPTURE(reason);
            CAPTURE(n);
            const Folder folder;
            const std::filesystem::path path = folder / "last.h5";
            write_bytes(path, old_bytes);
            Interposed calls;
            calls.fail_at = n;
            calls.reason = reason;
            const std::string message = message_of<RunError>([&] { replace_file(path, new_bytes, calls); });
            const bool renamed = n > 7;
            CHECK(bytes_of(path) == (renamed ? new_bytes : old_bytes));
            CHECK(files_in(folder.path()) == 1);
            CHECK(message.starts_with(path.string() + ": cannot be saved: "));
            CHECK(message.ends_with(std::string{": "} + std::strerror(reason)));
        }
    }
}

TEST_CASE("replace: a signal in the middle of a call does not matter") {
    for (int n = 1; n <= 10; ++n) {
        CAPTURE(n);
        const Folder folder;
        write_bytes(folder / "last.h5", old_bytes);
        Interposed calls;
        calls.fail_at = n;
        calls.reason = EINTR;
        replace_file(folder / "last.h5", new_bytes, calls);
        CHECK(bytes_of(folder / "last.h5") == new_bytes);
    }
}

TEST_CASE("replace: writes of a few bytes each come to the same file") {
    const Folder folder;
    Interposed calls;
    calls.most = 999;
    replace_file(folder / "last.h5", new_bytes, calls);
    CHECK(bytes_of(folder / "last.h5") == new_bytes);
}

TEST_CASE("replace: a full disk is named in the message") {
    const std::vector<std::byte> bytes(100, std::byte{3});
    SystemCalls real;
    const std::string message = message_of<RunError>([&] { replace_file("/no/such/folder/last.h5", bytes, real); });
    CHECK(message == "/no/such/folder/last.h5: cannot be saved: open: No such file or directory");
    Interposed calls;
    calls.fail_at = 2;
    calls.reason = ENOSPC;
    const Folder folder;
    const std::string path = (folder / "last.h5").string();
    CHECK(message_of<RunError>([&] { replace_file(path, bytes, calls); }) ==
          path + ": cannot be saved: write: No space left on device");
}

TEST_CASE("replace: the next start removes what the dead have left, and nothing else") {
    const Folder folder;
    pid_t dead = fork();
    if (dead == 0)
        _exit(0);
    waitpid(dead, nullptr, 0);
    const std::string of_the_dead = text(".last.h5.tmp-", dead);
    const std::string of_the_living = text(".last.h5.tmp-", getppid());
    const std::vector<std::string> kept{"last.h5",
                                        of_the_living,
                                        ".last.h5.tmp-",
                                        ".last.h5.tmp-12x",
                                        text(".best.h5.tmp-", dead),
                                        text("last.h5.tmp-", dead)};
    for (const std::string& name : kept)
        write_bytes(folder / name, old_bytes);
    write_bytes(folder / of_the_dead, old_bytes);
    write_bytes(folder / text(".last.h5.tmp-", getpid()), old_bytes);
    remove_leftovers(folder / "last.h5");
    for (const std::string& name : kept)
        CHECK_MESSAGE(std::filesystem::exists(folder / name), name);
    CHECK(files_in(folder.path()) == kept.size());
    remove_leftovers(folder / "no/such/folder/last.h5");
}

namespace {

/// Kills a process that saves without pause at a random instant, `times` times; the file always loads.
void kill_savers(int times) {
    const Folder folder;
    const std::filesystem::path path = folder / "last.h5";
    const std::vector<Group> trees{small_tree(0), small_tree(1000)};
    save(path, trees[0]);
    std::uint32_t random = 12345;
    for (int i = 0; i < times; ++i) {
        const pid_t saver = fork();
        REQUIRE(saver >= 0);
        if (saver == 0) {
            for (std::size_t turn = 0;; ++turn)
                save(path, trees[turn % 2]);
        }
        random = random * 1664525 + 1013904223;
        usleep(500 + (random >> 8U) % 4000);
        kill(saver, SIGKILL);
        waitpid(saver, nullptr, 0);
        const Loaded loaded = load(path);
        const bool whole = loaded.root.children == trees[0].children || loaded.root.children == trees[1].children;
        REQUIRE(whole);
        remove_leftovers(path);
        REQUIRE(files_in(folder.path()) == 1);
    }
}

}  // namespace

TEST_CASE("replace: a saver killed at 50 random instants leaves a whole file") {
    kill_savers(50);
}

TEST_CASE("replace: a saver killed at 1,000 random instants leaves a whole file" * doctest::test_suite("slow")) {
    kill_savers(1000);
}

TEST_CASE("replace: a thousand readers beside a saver always see a whole file") {
    const Folder folder;
    const std::filesystem::path path = folder / "last.h5";
    const std::vector<Group> trees{small_tree(0), small_tree(1000)};
    save(path, trees[0]);
    const pid_t saver = fork();
    REQUIRE(saver >= 0);
    if (saver == 0) {
        for (std::size_t turn = 0;; ++turn)
            save(path, trees[turn % 2]);
    }
    int whole = 0;
    for (int i = 0; i < 1000; ++i) {
        const Loaded loaded = load(path);
        whole += loaded.root.children == trees[0].children || loaded.root.children == trees[1].children ? 1 : 0;
    }
    kill(saver, SIGKILL);
    waitpid(saver, nullptr, 0);
    CHECK(whole == 1000);
}
