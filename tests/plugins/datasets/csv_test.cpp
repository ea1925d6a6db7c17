#include <doctest/doctest.h>

#include "tests/plugins/datasets/opened.hpp"

using namespace plexus;
using namespace plexus::test;

TEST_CASE("csv: features and a class by name, whose names are in the alphabet's order") {
    file_of("a.csv", "width,kind,height\n1,tall,2\n3,\"low, wide\",4\n5,tall,6\n");
    const auto table = dataset("{csv: {file: a.csv, label: kind}}");
    REQUIRE(table->size() == 3);
    CHECK(table->classes() == std::vector<std::string>{"low, wide", "tall"});
    REQUIRE(table->tensors().size() == 2);
    CHECK(table->tensors()[0].name == "features");
    CHECK(table->tensors()[0].type == TensorType{Shape{2}, Element::float32});
    CHECK(table->tensors()[1].name == "label");
    CHECK(table->tensors()[1].type == TensorType{Shape{}, Element::int32});
    CHECK(values(sample(*table, 1)[0]) == std::vector<float>{3, 4});
    CHECK(values<std::int32_t>(sample(*table, 1)[1]) == std::vector<std::int32_t>{0});
    CHECK(values<std::int32_t>(sample(*table, 2)[1]) == std::vector<std::int32_t>{1});
}

TEST_CASE("csv: without names, columns are numbered, from the end too") {
    file_of("a.csv", "1.5;2;0\n\n3;4;7\n");
    const auto table = dataset("{csv: {file: a.csv, label: -1, delimiter: ';'}}");
    REQUIRE(table->size() == 2);
    CHECK(table->classes().empty());
    CHECK(values(sample(*table, 0)[0]) == std::vector<float>{1.5, 2});
    CHECK(values<std::int32_t>(sample(*table, 1)[1]) == std::vector<std::int32_t>{7});
}

TEST_CASE("csv: names in the last column alone are classes, not a header; `header` has the last word") {
    file_of("iris.csv", "5.1,3.5,setosa\n4.9,3,virginica\n");
    CHECK(dataset("{csv: {file: iris.csv, label: 2}}")->size() == 2);
    CHECK(dataset("{csv: {file: iris.csv, label: 2, header: true}}")->size() == 1);
    file_of("years.csv", "2001,2002\n1,2\n");
    CHECK(dataset("{csv: {file: years.csv}}")->size() == 2);
    CHECK(dataset("{csv: {file: years.csv, label: '2002', header: true}}")->size() == 1);
}

TEST_CASE("csv: `classes` fixes the order, so that a second file without one of them agrees") {
    file_of("a.csv", "x,kind\n1,b\n2,c\n");
    const auto table = dataset("{csv: {file: a.csv, label: kind, classes: [c, a, b]}}");
    CHECK(table->classes() == std::vector<std::string>{"c", "a", "b"});
    CHECK(values<std::int32_t>(sample(*table, 0)[1]) == std::vector<std::int32_t>{2});
    CHECK(refusal_of("{csv: {file: a.csv, label: kind, classes: [a, b]}}") ==
          "g.yaml:1:43: a.csv: line 3, column 'kind' holds 'c', which is not among 'classes'");
}

TEST_CASE("csv: quantities to be found are float targets, one column or several") {
    file_of("a.csv", "x,y,z\n1,2,3\n4,5,6.5\n");
    const auto one = dataset("{csv: {file: a.csv, target: z}}");
    CHECK(one->tensors()[1].name == "target");
    CHECK(one->tensors()[1].type == TensorType{Shape{1}, Element::float32});
    CHECK(values(sample(*one, 1)[1]) == std::vector<float>{6.5});
    const auto two = dataset("{csv: {file: a.csv, target: [z, 0]}}");
    CHECK(values(sample(*two, 1)[0]) == std::vector<float>{5});
    CHECK(values(sample(*two, 1)[1]) == std::vector<float>{6.5, 4});
    CHECK(dataset("{csv: {file: a.csv}}")->tensors().size() == 1);
}

TEST_CASE("csv: what does not fit is refused with file and line") {
    struct Case {
        std::string content;
        std::string attributes;
        std::string message;
    };
    for (const Case& c : std::vector<Case>{
             {"", "", "g.yaml:1:14: a.csv: is empty; a table is wanted"},
             {"a,b\n", ", header: true", "g.yaml:1:14: a.csv: has names of columns and no rows below them"},
             {"1,2\n3\n", "", "g.yaml:1:14: a.csv: line 2 has 1 columns; line 1 has 2"},
             {"1,\"2\n3,4\n", "", "g.yaml:1:14: a.csv: line 1: a quote is opened and never closed"},
             {"\"1\"2,3\n", "",
              "g.yaml:1:14: a.csv: line 1: text follows a closing quote; a quote inside of quotes is written twice"},
             {"x,y\n1,2\n3,\n", "", "g.yaml:1:14: a.csv: line 3, column 'y' holds ''; a finite number is wanted"},
             {"1,2\n3,nan\n", "", "g.yaml:1:14: a.csv: line 2, column 1 holds 'nan'; a finite number is wanted"},
             {"1,2\n3,1e39\n", "", "g.yaml:1:14: a.csv: line 2, column 1 holds '1e39'; a finite number is wanted"},
             {"x,y\n1,2\n", ", label: yy", "g.yaml:1:28: a.csv: has no column 'yy'; it has x, y"},
             {"1,2\n3,4\n", ", label: y",
              "g.yaml:1:28: a.csv: has no names in its first line, so there is no column 'y'; give its number from 0, "
              "or "
              "header: true"},
             {"1,2\n3,4\n", ", label: 2",
              "g.yaml:1:28: a.csv: has no column 2; its 2 columns are counted from 0, or from -1 backwards"},
             {"1,2\n3,4\n", ", label: 1.5", "g.yaml:1:28: 'label' is the name of a column, or its number from 0"},
             {"1,2\n3,4\n", ", label: [0, 1]", "g.yaml:1:28: 'label' is one column"},
             {"1,2\n3,4\n", ", target: [0, -2]", "g.yaml:1:29: 'target' names column 0 twice"},
             {"1,2\n3,4\n", ", target: []", "g.yaml:1:29: 'target' names no column; leave it out, or name one"},
             {"1,2\n3,4\n", ", target: [0, 1]",
              "g.yaml:1:14: a.csv: has no column besides those that are named; features are wanted"},
             {"1,2\n3,4\n", ", label: 0, target: 1",
              "g.yaml:1:39: csv takes 'label' (a class) or 'target' (a quantity), not both"},
             {"x,y\n1,2\n1,2.5\n", ", label: y",
              "g.yaml:1:28: a.csv: line 3, column 'y' holds 2.5; a label is a whole number from 0, or a name: a "
              "quantity is a "
              "target"},
             {"x,y\n1,a\n1,\n", ", label: y", "g.yaml:1:28: a.csv: line 3, column 'y' is empty; a class is wanted"},
             {"1,2\n", ", delimiter: ab", "g.yaml:1:32: 'delimiter' is 'ab'; it is one character, as ',' or ';'"},
         }) {
        file_of("a.csv", c.content);
        CHECK(refusal_of("{csv: {file: a.csv" + c.attributes + "}}") == c.message);
    }
}
