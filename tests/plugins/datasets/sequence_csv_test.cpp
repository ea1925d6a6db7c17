#include <doctest/doctest.h>

#include "tests/plugins/datasets/opened.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

using Labels = std::vector<std::int32_t>;
using Numbers = std::vector<float>;

const char* const two_sequences =
    "who,x,y,kind\n"
    "anna,1,2,up\n"
    "bert,3,4,down\n"
    "anna,5,6,up\n"
    "anna,7,8,up\n"
    "bert,9,10,down\n";

}  // namespace

TEST_CASE("sequence_csv: rows of one id are a sequence, wherever they stand; zeros follow the last step") {
    file_of("a.csv", two_sequences);
    const auto data = dataset("{sequence_csv: {file: a.csv, id: who, label: kind, length: 4}}");
    REQUIRE(data->size() == 2);
    REQUIRE(data->tensors().size() == 3);
    CHECK(data->tensors()[0].name == "features");
    CHECK(data->tensors()[0].type == TensorType{Shape{4, 2}, Element::float32});
    CHECK(data->tensors()[1].name == "label");
    CHECK(data->tensors()[1].type == TensorType{Shape{}, Element::int32});
    CHECK(data->tensors()[2].name == "length");
    CHECK(data->tensors()[2].type == TensorType{Shape{}, Element::int32});
    CHECK(data->classes() == std::vector<std::string>{"down", "up"});
    const std::vector<Array> anna = sample(*data, 0);
    CHECK(values(anna[0]) == Numbers{1, 2, 5, 6, 7, 8, 0, 0});
    CHECK(values<std::int32_t>(anna[1]) == Labels{1});
    CHECK(values<std::int32_t>(anna[2]) == Labels{3});
    const std::vector<Array> bert = sample(*data, 1);
    CHECK(values(bert[0]) == Numbers{3, 4, 9, 10, 0, 0, 0, 0});
    CHECK(values<std::int32_t>(bert[1]) == Labels{0});
    CHECK(values<std::int32_t>(bert[2]) == Labels{2});
}

TEST_CASE("sequence_csv: each step may have a label, and -1 follows the last") {
    file_of("a.csv", "1;0.5;2\n1;0.25;0\n2;8;1\n");
    const auto data = dataset("{sequence_csv: {file: a.csv, id: 0, label: -1, label_of: step, delimiter: ';'}}");
    CHECK(data->tensors()[0].type.shape == Shape{2, 1});
    CHECK(data->tensors()[1].name == "labels");
    CHECK(data->tensors()[1].type == TensorType{Shape{2}, Element::int32});
    CHECK(data->classes().empty());
    CHECK(values<std::int32_t>(sample(*data, 0)[1]) == Labels{2, 0});
    CHECK(values<std::int32_t>(sample(*data, 1)[1]) == Labels{1, -1});
    CHECK(values(sample(*data, 1)[0]) == Numbers{8, 0});
    CHECK(values<std::int32_t>(sample(*data, 1)[2]) == Labels{1});
}

TEST_CASE("sequence_csv: features may be chosen, the label left out") {
    file_of("a.csv", two_sequences);
    const auto data = dataset("{sequence_csv: {file: a.csv, id: who, features: [y]}}");
    REQUIRE(data->tensors().size() == 2);
    CHECK(data->tensors()[0].type.shape == Shape{3, 1});
    CHECK(data->tensors()[1].name == "length");
    CHECK(values(sample(*data, 1)[0]) == Numbers{4, 10, 0});
    const auto named = dataset("{sequence_csv: {file: a.csv, id: who, label: kind, classes: [up, down]}}");
    CHECK(values<std::int32_t>(sample(*named, 0)[1]) == Labels{0});
}

TEST_CASE("sequence_csv: what does not fit is refused with file and line") {
    struct Case {
        std::string content;
        std::string attributes;
        std::string message;
    };
    for (const Case& c : std::vector<Case>{
             {two_sequences, "id: who, label: kind, length: 2",
              "g.yaml:1:60: a.csv: in line 5, a sequence of 3 steps goes beyond 'length', 2; the longest has 3"},
             {two_sequences, "id: who, label: x, features: y",
              "g.yaml:1:46: a.csv: line 4, column 'x' holds another label than line 2 of the same sequence; with "
              "label_of: step, each row has its own"},
             {"who,x\na,1\n,2\n", "id: who",
              "g.yaml:1:34: a.csv: line 3, column 'who' is empty; a sequence has a name or a number"},
             {"who,x\na,1\nb,2,3\n", "id: who", "g.yaml:1:23: a.csv: line 3 has 3 columns; line 1 has 2"},
             {"who,x\na,1\nb,\n", "id: who",
              "g.yaml:1:23: a.csv: line 3, column 'x' holds ''; a finite number is wanted"},
             {"who,x\na,1\nb,nan\n", "id: who",
              "g.yaml:1:23: a.csv: line 3, column 'x' holds 'nan'; a finite number is wanted"},
             {"who,x\na,1\n", "id: whose", "g.yaml:1:34: a.csv: has no column 'whose'; it has who, x"},
             {"who,x\na,1\n", "id: [who, x]", "g.yaml:1:34: 'id' is one column"},
             {"who,x\na,1\n", "id: who, label: x",
              "g.yaml:1:23: a.csv: has no column besides those that are named; features are wanted"},
             {"who,x\n", "id: who, header: true", "g.yaml:1:23: a.csv: has names of columns and no rows below them"},
             {"", "id: who", "g.yaml:1:23: a.csv: is empty; a table is wanted"},
             {two_sequences, "id: who, label: kind, classes: [up]",
              "g.yaml:1:61: a.csv: line 3, column 'kind' holds 'down', which is not among 'classes'"},
             {two_sequences, "id: who, label_of: row",
              "g.yaml:1:49: sequence_csv 'label_of' is 'row'; it must be sequence or step"},
             {two_sequences, "label: kind",
              "g.yaml:1:2: sequence_csv wants 'id', a value of its own form: column that says which sequence a row "
              "belongs to: its name, or its "
              "number from 0"},
         }) {
        file_of("a.csv", c.content);
        CHECK(refusal_of("{sequence_csv: {file: a.csv, " + c.attributes + "}}") == c.message);
    }
}
