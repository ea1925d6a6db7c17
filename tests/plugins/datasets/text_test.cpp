#include <doctest/doctest.h>

#include <numeric>

#include "tests/plugins/datasets/opened.hpp"
#include "tests/support/paths.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

using Tokens = std::vector<std::int32_t>;

/// A sample's tokens and labels as the characters that they stand for: "abc>bcd".
std::string spelled(const Dataset& text, std::size_t index) {
    const std::vector<std::string> names = text.classes();
    const std::vector<Array> arrays = sample(text, index);
    std::string out;
    for (const std::int32_t token : arrays[0].as<std::int32_t>())
        out += names[static_cast<std::size_t>(token)];
    out += '>';
    for (const std::int32_t label : arrays[1].as<std::int32_t>())
        out += names[static_cast<std::size_t>(label)];
    return out;
}

std::vector<std::string> spelled(const Dataset& text) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < text.size(); ++i)
        all.push_back(spelled(text, i));
    return all;
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("text: samples follow each other, labelled with what comes next") {
    file_of("a.txt", "abcdefgh");
    const auto text = dataset("{text: {file: a.txt, length: 3}}");
    REQUIRE(text->tensors().size() == 2);
    CHECK(text->tensors()[0].name == "tokens");
    CHECK(text->tensors()[1].name == "labels");
    CHECK(text->tensors()[0].type == TensorType{Shape{3}, Element::int32});
    CHECK(text->tensors()[1].type == TensorType{Shape{3}, Element::int32});
    CHECK(spelled(*text) == Words{"abc>bcd", "def>efg"});
    CHECK(values<std::int32_t>(sample(*text, 1)[0]) == Tokens{3, 4, 5});
    CHECK(text->streams() == 0);
    CHECK(text->held_out() == 0);
    file_of("b.txt", "abcdef");  // the last label is wanted too
    CHECK(spelled(*dataset("{text: {file: b.txt, length: 3}}")) == Words{"abc>bcd"});
}

TEST_CASE("text: with streams, sample i goes on in sample i + streams") {
    file_of("a.txt", "abcdefghijklmnopqrstuvwxyz");
    const auto text = dataset("{text: {file: a.txt, length: 2, streams: 3}}");
    CHECK(text->streams() == 3);
    CHECK(spelled(*text) == Words{"ab>bc", "ij>jk", "qr>rs", "cd>de", "kl>lm", "st>tu", "ef>fg", "mn>no", "uv>vw",
                                  "gh>hi", "op>pq", "wx>xy"});
}

TEST_CASE("text: the end is held out, cut into the same streams by itself") {
    file_of("a.txt", "abcdefghijklmnopqrst");
    const auto text = dataset("{text: {file: a.txt, length: 2, streams: 2, held_out: 0.5}}");
    CHECK(text->held_out() == 4);
    CHECK(spelled(*text) == Words{"ab>bc", "ef>fg", "cd>de", "gh>hi", "kl>lm", "op>pq", "mn>no", "qr>rs"});
    const auto alone = dataset("{text: {file: a.txt, length: 4, held_out: 0.3}}");
    CHECK(alone->held_out() == 1);
    CHECK(spelled(*alone) == Words{"abcd>bcde", "efgh>fghi", "ijkl>jklm", "opqr>pqrs"});
}

TEST_CASE("text: a part of a file has the numbers of the whole") {
    file_of("a.txt", "abcdefghijklmnopqrst");
    const auto begin = dataset("{text: {file: a.txt, length: 4, to: 0.75, held_out: 0.34}}");
    CHECK(spelled(*begin) == Words{"abcd>bcde", "efgh>fghi", "klmn>lmno"});
    const auto end = dataset("{text: {file: a.txt, length: 4, from: 0.75}}");
    CHECK(spelled(*end) == Words{"pqrs>qrst"});
    CHECK(end->classes() == begin->classes());
    CHECK(values<std::int32_t>(sample(*end, 0)[0]) == Tokens{15, 16, 17, 18});
}

TEST_CASE("text: characters are code points in ascending order, bytes are bytes") {
    file_of("a.txt", "zß\n€z\U0001f600a");
    const auto characters = dataset("{text: {file: a.txt, length: 6}}");
    CHECK(characters->classes() == Words{"\n", "a", "z", "ß", "€", "\U0001f600"});
    CHECK(values<std::int32_t>(sample(*characters, 0)[0]) == Tokens{2, 3, 0, 4, 2, 5});
    const auto bytes = dataset("{text: {file: a.txt, length: 2, unit: bytes}}");
    CHECK(bytes->classes() == Words{"0x0a", "a", "z", "0x80", "0x82", "0x98", "0x9f", "0xac", "0xc3", "0xe2", "0xf0"});
    CHECK(spelled(*bytes, 0) == "z0xc3>0xc30x9f");
    file_of("marked.txt", "\xef\xbb\xbf" + std::string("a\0b", 3));
    CHECK(dataset("{text: {file: marked.txt, length: 2}}")->classes() == Words{"0x00", "a", "b"});
}

TEST_CASE("text: another file may give the numbers") {
    file_of("a.txt", "abcdefgh");
    file_of("b.txt", "head");
    const auto text = dataset("{text: {file: b.txt, length: 3, vocabulary: a.txt}}");
    CHECK(text->classes().size() == 8);
    CHECK(values<std::int32_t>(sample(*text, 0)[0]) == Tokens{7, 4, 0});
}

TEST_CASE("text: the shipped one is ASCII, its verses on lines") {
    const std::string file = (source_dir() / "graphs/data/king_james/king_james.txt.gz").string();
    const auto text = dataset("{text: {file: " + file + ", length: 64, streams: 32, held_out: 0.1}}");
    CHECK(text->classes().size() == 63);
    CHECK(text->size() == 64640);
    CHECK(text->held_out() == 6464);
    CHECK(spelled(*text, 0) ==
          "In the beginning God created the heaven and the earth.\nAnd the e>"
          "n the beginning God created the heaven and the earth.\nAnd the ea");
}

TEST_CASE("text: what cannot be read or is too short is refused at the attribute that says it") {
    file_of("a.txt", "abcdefghij");
    file_of("empty.txt", "");
    file_of("mark.txt", "\xef\xbb\xbf");
    file_of("latin.txt",
            "ab\nß\xfc"
            "c");
    file_of("cut.txt", "abc\xe2\x82");
    file_of("other.txt", "ab\nßx!");
    struct Case {
        std::string use;
        std::string message;
    };
    for (const Case& c : std::vector<Case>{
             {"{text: {file: absent, length: 3}}", "g.yaml:1:15: absent: there is no such file; check the path"},
             {"{text: {file: empty.txt, length: 3}}", "g.yaml:1:15: empty.txt: is empty; a text is wanted"},
             {"{text: {file: mark.txt, length: 3}}", "g.yaml:1:15: mark.txt: is empty; a text is wanted"},
             {"{text: {file: latin.txt, length: 3}}",
              "g.yaml:1:15: latin.txt: line 2, column 2 (byte 5): 0xfc is no UTF-8; save the file as UTF-8, or say "
              "unit: "
              "bytes"},
             {"{text: {file: cut.txt, length: 3}}",
              "g.yaml:1:15: cut.txt: line 1, column 4 (byte 3): 0xe2 is no UTF-8; save the file as UTF-8, or say unit: "
              "bytes"},
             {"{text: {file: a.txt, length: 10}}",
              "g.yaml:1:30: a.txt: has 10 characters; a sample of 10 steps and the label after the last take 11"},
             {"{text: {file: a.txt, length: 3, streams: 4, unit: bytes}}",
              "g.yaml:1:30: a.txt: has 10 bytes; a sample of 3 steps for each of 4 streams and the label after the "
              "last "
              "take 13"},
             {"{text: {file: a.txt, length: 1, held_out: 0.1}}",
              "g.yaml:1:43: a.txt: holds out 1 character; a sample of 1 step and the label after the last take 2"},
             {"{text: {file: a.txt, length: 4, from: 0.9}}",
              "g.yaml:1:30: a.txt: has 1 character; a sample of 4 steps and the label after the last take 5"},
             {"{text: {file: a.txt, length: 4, from: 0.9, to: 0.1}}",
              "g.yaml:1:48: text 'to' is 0.1, 'from' 0.9; a part ends after its begin"},
             {"{text: {file: other.txt, length: 3, vocabulary: latin.txt}}",
              "g.yaml:1:49: latin.txt: line 2, column 2 (byte 5): 0xfc is no UTF-8; save the file as UTF-8, or say "
              "unit: "
              "bytes"},
             {"{text: {file: other.txt, length: 3, vocabulary: a.txt}}",
              "g.yaml:1:15: other.txt: line 1, column 3: 0x0a is not among the 10 characters of a.txt; take it out, or "
              "number the units of a text that has it"},
             {"{text: {file: latin.txt, length: 3, unit: bytes, vocabulary: other.txt}}",
              "g.yaml:1:15: latin.txt: line 2, column 2: '0xfc' is not among the 7 bytes of other.txt; take it out, or "
              "number the units of a text that has it"},
             {"{text: {file: other.txt, length: 3, vocabulary: absent}}",
              "g.yaml:1:49: absent: there is no such file; check the path"},
             {"{text: {file: a.txt}}", "g.yaml:1:2: text wants 'length', a whole number: steps of a sample"},
             {"{text: {file: a.txt, length: 3, unit: words}}",
              "g.yaml:1:39: text 'unit' is 'words'; it must be characters or bytes"},
         })
        CHECK(refusal_of(c.use) == c.message);
}
