#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "tests/plugins/datasets/opened.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

std::string spelled(const Array& tokens) {
    std::string out;
    for (const std::int32_t token : tokens.as<std::int32_t>())
        out += "0123456789+ "[token];
    return out;
}

std::string without_padding(std::string padded) {
    std::erase(padded, ' ');
    return padded;
}

}  // namespace

TEST_CASE("addition: answers are sums, padded as Keras pads them, and no sum comes twice") {
    const auto sums = dataset("{addition: {digits: 2, samples: 2525, reverse: false}}");
    REQUIRE(sums->size() == 2525);
    REQUIRE(sums->tensors().size() == 2);
    CHECK(sums->tensors()[0].name == "question");
    CHECK(sums->tensors()[0].type == TensorType{Shape{5}, Element::int32});
    CHECK(sums->tensors()[1].name == "answer");
    CHECK(sums->tensors()[1].type == TensorType{Shape{3}, Element::int32});
    CHECK(sums->classes().size() == 12);
    CHECK(sums->classes()[11] == " ");
    CHECK(sums->streams() == 0);
    std::set<std::set<int>> seen;
    std::set<std::size_t> lengths;
    for (std::size_t i = 0; i < sums->size(); ++i) {
        const std::vector<Array> arrays = sample(*sums, i);
        const std::string question = spelled(arrays[0]);
        CAPTURE(question);
        const std::string written = without_padding(question);
        REQUIRE(question == written + std::string(5 - written.size(), ' '));
        const std::size_t plus = written.find('+');
        const int a = std::stoi(written.substr(0, plus));
        const int b = std::stoi(written.substr(plus + 1));
        const std::string answer = std::to_string(a + b);
        REQUIRE(spelled(arrays[1]) == answer + std::string(3 - answer.size(), ' '));
        REQUIRE(written == std::to_string(a) + "+" + std::to_string(b));
        REQUIRE(seen.insert({a, b}).second);
        lengths.insert(written.size());
    }
    CHECK(lengths == std::set<std::size_t>{3, 4, 5});
}

TEST_CASE("addition: a sample follows from the seed, whatever else is asked for") {
    const auto few = dataset("{addition: {samples: 100}}");
    const auto many = dataset("{addition: {samples: 2000, reverse: false}}");
    const auto other = dataset("{addition: {samples: 100, seed: 2}}");
    CHECK(dataset("addition")->size() == 50000);
    int different = 0;
    for (std::size_t i = few->size(); i-- > 0;) {
        std::string question = spelled(sample(*many, i)[0]);
        std::ranges::reverse(question);
        CHECK(spelled(sample(*few, i)[0]) == question);
        CHECK(spelled(sample(*few, i)[1]) == spelled(sample(*many, i)[1]));
        different += spelled(sample(*few, i)[0]) != spelled(sample(*other, i)[0]);
    }
    CHECK(different > 90);
}

TEST_CASE("addition: a number has one digit as often as three") {
    const auto sums = dataset("{addition: {samples: 2000, reverse: false}}");
    int of_three = 0;
    for (std::size_t i = 0; i < sums->size(); ++i)
        of_three += spelled(sample(*sums, i)[0]).find('+') == 3;
    CHECK(of_three > 500);  // a third, less those that begin with 0; more, for small sums are soon used up
    CHECK(of_three < 900);
}

TEST_CASE("addition: the longest numbers fit, and too many sums are refused") {
    const auto longest = dataset("{addition: {digits: 9, samples: 1000, reverse: false}}");
    CHECK(longest->tensors()[1].type.shape == Shape{10});
    for (std::size_t i = 0; i < longest->size(); ++i) {
        const std::vector<Array> arrays = sample(*longest, i);
        const std::string question = without_padding(spelled(arrays[0]));
        const std::size_t plus = question.find('+');
        CHECK(std::stoll(question.substr(0, plus)) + std::stoll(question.substr(plus + 1)) ==
              std::stoll(spelled(arrays[1])));
    }
    CHECK(
        refusal_of("{addition: {digits: 1, samples: 28}}") ==
        "g.yaml:1:33: addition 'samples' is 28; there are 55 different sums, half of which, 27, can be drawn: ask for "
        "fewer, or for more 'digits'");
    CHECK(refusal_of("{addition: {digits: 2}}") ==
          "g.yaml:1:2: addition 'samples' is 50000; there are 5050 different sums, half of which, 2525, can be drawn: "
          "ask for fewer, or for more 'digits'");
    CHECK(refusal_of("{addition: {digits: 10}}") ==
          "g.yaml:1:21: addition 'digits' is 10; it must be at least 1 and at most 9");
}
