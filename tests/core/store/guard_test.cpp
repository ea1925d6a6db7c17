#include "core/store/guard.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <stdexcept>
#include <string>

#include "plexus/error.hpp"
#include "tests/core/store/trees.hpp"

using namespace plexus;
using namespace plexus::store;
using namespace plexus::test;

namespace {

std::string verdict_on(const std::function<void()>& work, GuardLimits limits = {}) {
    return message_of<InputError>([&] { guarded("x.h5", limits, work); });
}

}  // namespace

TEST_CASE("guard: what the child does stays in the child, what it says comes home") {
    int number = 1;
    CHECK(verdict_on([&] { number = 2; }).empty());
    CHECK(number == 1);
    CHECK(verdict_on([] { throw InputError("x.h5:/a: is odd"); }) == "x.h5:/a: is odd");
    CHECK(message_of<RunError>([] { guarded("x.h5", {}, [] { throw RunError("x.h5: no luck"); }); }) ==
          "x.h5: no luck");
    CHECK(verdict_on([] { throw std::runtime_error("odd"); }) == "x.h5: is a malformed file: odd");
}

TEST_CASE("guard: the child's death is the file's fault") {
    CHECK(verdict_on([] { raise(SIGKILL); }) == "x.h5: is a malformed file: reading it takes too long");
    CHECK(verdict_on([] { _exit(3); }) == "x.h5: is a malformed file: reading it ended without a result");
    // Restored to its default in the child, whatever the process has made of it.
    const auto before = std::signal(SIGSEGV, SIG_IGN);
    CHECK(verdict_on([] { raise(SIGSEGV); }) == "x.h5: is a malformed file: reading it crashed (signal 11)");
    std::signal(SIGSEGV, before);
}

TEST_CASE("guard: time ends") {
    CHECK(verdict_on([] { pause(); }, {1U << 30U, 10, 1}) == "x.h5: is a malformed file: reading it takes too long");
    CHECK(verdict_on(
              [] {
                  for (volatile unsigned i = 0;;) {
                      (void)i;
                  }
              },
              {1U << 30U, 1, 100}) == "x.h5: is a malformed file: reading it takes too long");
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("guard: memory ends (a sanitizer's own addresses would be counted)") {
    const auto work = [] {
        const std::size_t bytes = std::size_t{64} << 20U;
        std::vector<std::unique_ptr<char[]>> all;
        for (int i = 0; i < 100; ++i)
            all.push_back(std::make_unique<char[]>(bytes));
    };
    CHECK(verdict_on(work, {std::uint64_t{128} << 20U, 10, 60}) ==
          "x.h5: is a malformed file: it asks for more memory than a file of its size can need");
}
#endif
