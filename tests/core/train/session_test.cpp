#include "core/train/session.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "plexus/error.hpp"
#include "plexus/text.hpp"
#include "tests/support/stepper.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

Session data_of(const std::string& section) {
    const Environment& environment = shipped_plugins();
    return open_data(environment, parse_program("data: {" + section + "}\nnetwork: [flatten]\n", "a.yaml", ".", {},
                                                environment.types()));
}

std::string refusal_of(const std::string& section) {
    try {
        (void)data_of(section);
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

void write(const char* file, const char* content) {
    std::ofstream(file) << content;
}

}  // namespace

TEST_CASE("session: without data.holdout the data set holds out what it means to; written, it has the last word") {
    write("text.txt", "abcdefghijklmnopqrst");
    const std::string text = "source: {text: {file: text.txt, length: 2, held_out: 0.5}}";
    CHECK(data_of(text).split.training == 4);
    CHECK(data_of(text).split.holdout == 4);
    CHECK(data_of(text + ", holdout: 0").split.holdout == 0);
    CHECK(data_of(text + ", holdout: 3").split.holdout == 3);
    CHECK(data_of(text + ", holdout: 0.4").split.holdout == 3);
    CHECK(data_of("source: {synthetic: {shape: [2]}}").split.holdout == 0);
    CHECK(refusal_of(text + ", holdout: 8") ==
          "a.yaml:1:7: data.holdout asks for 8 samples, but the source has 8; leave some to train on");
}

TEST_CASE("session: of streams, equally many samples are held out") {
    write("text.txt", "abcdefghijklmnopqrst");
    const std::string text = "source: {text: {file: text.txt, length: 2, streams: 3}}";  // 9 samples
    CHECK(data_of(text).split.holdout == 0);
    CHECK(data_of(text + ", holdout: 3").split.holdout == 3);
    CHECK(data_of(text + ", holdout: 0.5").split.holdout == 3);
    CHECK(refusal_of(text + ", holdout: 4") ==
          "a.yaml:1:7: data.holdout asks for 4 samples of 3 streams; make it a multiple of 3, or a fraction below 1");
}

TEST_CASE("session: the test data number their classes as the source does, or are refused") {
    write("a.csv", "1,red\n2,green\n3,yellow\n");
    write("b.csv", "1,red\n2,green\n");
    write("c.csv", "1,red\n2,yellow\n");
    const auto pair = [](const char* source, const char* test) {
        return text("source: {csv: {file: ", source, ".csv, label: 1}}, test: {csv: {file: ", test, ".csv, label: 1}}");
    };
    CHECK(refusal_of(pair("a", "a")) == "");
    CHECK(refusal_of(pair("a", "b")) == "");  // one less, at the end
    CHECK(refusal_of(pair("a", "c")) ==
          "a.yaml:1:55: class 0 of data.test is 'red', of data.source 'green'; both must number their classes alike: "
          "give both the same, where 'csv' has an attribute for them");
    CHECK(refusal_of(pair("b", "a")) ==
          "a.yaml:1:55: class 2 of data.test is 'yellow', of data.source none; both must number their classes alike: "
          "give both the same, where 'csv' has an attribute for them");
    CHECK(refusal_of("source: {csv: {file: a.csv, label: 1}}, test: {csv: {file: c.csv, label: 1, classes: [green, "
                     "red, yellow]}}") == "");
}
