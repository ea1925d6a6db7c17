#include "core/diagnostic/thrown.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

#include "plexus/text.hpp"

using namespace plexus;

namespace {

const PluginUse use{"wild 'w1'", {"a.yaml", 3, 5}, "/plugins/wild.so"};

// What a person sees of what a plugin throws: the exit code, and the text.
template <class Thrown>
std::string seen(const Thrown& thrown, Blame otherwise = Blame::run) {
    try {
        call_plugin(use, "somewhere", otherwise, [&] { throw thrown; });
    } catch (const SampleError& error) {
        return text("sample ", error.sample(), " ", error.what());
    } catch (const InputError& error) {
        return text("2 ", error.what());
    } catch (const RunError& error) {
        return text("1 ", error.what());
    }
    return "";
}

}  // namespace

TEST_CASE("thrown: what a plugin throws gets the place that it could not know, and stays what it is") {
    CHECK(seen(InputError("no")) == "2 a.yaml:3:5: wild 'w1': no");
    CHECK(seen(RunError("no")) == "1 a.yaml:3:5: wild 'w1': no");
    CHECK(seen(Error("no")) == "1 a.yaml:3:5: wild 'w1': no");
    CHECK(seen(SampleError(7, "no")) == "sample 7 a.yaml:3:5: wild 'w1': no");
    CHECK(seen(std::bad_alloc()) == "1 a.yaml:3:5: wild 'w1': is out of memory");
    CHECK(seen(std::runtime_error("no")) == "1 a.yaml:3:5: wild 'w1': no");
    CHECK(seen(7) == "1 a.yaml:3:5: wild 'w1': threw something that is no exception");
    CHECK(seen(std::runtime_error("no"), Blame::input) == "2 a.yaml:3:5: wild 'w1': no");
    CHECK(seen(7, Blame::input) == "2 a.yaml:3:5: wild 'w1': threw something that is no exception");
}

TEST_CASE("thrown: a place that is known already is the better one") {
    CHECK(seen(InputError({"b.csv", 2}, "no")) == "2 b.csv:2: no");
    CHECK(seen(RunError({"b.csv", 2}, "no")) == "1 b.csv:2: no");
}

TEST_CASE("thrown: what a call returns comes back as it is") {
    int value = 3;
    int& same = call_plugin(use, "somewhere", Blame::run, [&]() -> int& { return value; });
    CHECK(&same == &value);
}
