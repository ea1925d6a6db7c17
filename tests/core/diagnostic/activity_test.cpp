#include "core/diagnostic/activity.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <thread>

using namespace plexus;

namespace {

const PluginUse outer_use{"outer"}, inner_use{"inner"};

}  // namespace

TEST_CASE("activity: the innermost call is current, and leads to those around it") {
    CHECK(Activity::current() == nullptr);
    {
        const PluginCall outer(outer_use, "here");
        {
            const PluginCall inner(inner_use, "there");
            REQUIRE(Activity::current() == &inner);
            CHECK(Activity::current()->use() == &inner_use);
            CHECK(Activity::current()->outer() == &outer);
        }
        CHECK(Activity::current() == &outer);
    }
    CHECK(Activity::current() == nullptr);
}

TEST_CASE("activity: a thread that works for another one goes on from what that one does") {
    const PluginCall outer(outer_use, "here");
    const Activity* alone = &outer;
    const Activity* around = nullptr;
    std::thread([&] {
        alone = Activity::current();
        const Activity::Shared shared(&outer);
        const PluginCall inner(inner_use, "there");
        around = Activity::current()->outer();
    }).join();
    CHECK(alone == nullptr);
    CHECK(around == &outer);
}

TEST_CASE("crash text: texts, numbers and places, within its memory and without control characters") {
    CrashText text;
    text << "a" << std::uint64_t{0} << " " << std::numeric_limits<std::uint64_t>::max() << " "
         << Position{"a.yaml", 3, 5} << " " << Position{"b.h5"} << "\x1b\n";
    CHECK(std::string{text.view()} == "a0 18446744073709551615 a.yaml:3:5 b.h5?\n");
    for (int i = 0; i < 1000; ++i)
        text << "0123456789";
    CHECK(text.view().size() == 4096);
}
