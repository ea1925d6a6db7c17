#include "core/graph/graph.hpp"

#include <doctest/doctest.h>

#include "core/graph/dot.hpp"

using namespace plexus;

namespace {

GraphNode node(const char* name, const char* type = "relu", int line = 0) {
    return {name, "main", Kind::layer, {type, {}, {"a.yaml", line, 5, {}}}};
}

GraphNode source(const char* name) {
    return {name, "", Kind::layer, {}};
}

using Numbers = std::vector<std::size_t>;

}  // namespace

TEST_CASE("graph: nodes and inputs keep their numbers and ports") {
    Graph g;
    const auto x = g.add(source("x"));
    const auto a = g.add(node("a"), {{x, 0}});
    const auto b = g.add(node("b"), {{a, 1}, {a, 0}, {a, 1}});
    CHECK(g.size() == 3);
    CHECK(g.node(x).is_source());
    CHECK_FALSE(g.node(a).is_source());
    CHECK(g.node(b).name == "b");
    CHECK(g.inputs(b) == std::vector<Endpoint>{{a, 1}, {a, 0}, {a, 1}});
    CHECK(g.inputs(x).empty());
}

TEST_CASE("graph: a graph that is in order stays in it") {
    Graph g;
    g.add(source("x"));
    for (std::size_t i = 0; i < 5; ++i)
        g.add(node("n"), {{i / 2, 0}});
    CHECK(g.order() == Numbers{0, 1, 2, 3, 4, 5});
    CHECK(Graph().order().empty());
}

TEST_CASE("graph: what a node reads is moved to just before it") {
    Graph g;
    const auto x = g.add(source("x"));
    const auto early = g.add(node("early"));
    const auto other = g.add(node("other"), {{x, 0}});
    const auto late = g.add(node("late"), {{x, 0}});
    g.connect(early, {{late, 0}});
    CHECK(g.order() == Numbers{x, late, early, other});
    const Graph copy = g;
    CHECK(copy.order() == g.order());
}

TEST_CASE("graph: a cycle is refused with the names of all its nodes") {
    Graph g;
    const auto x = g.add(source("x"));
    const auto a = g.add(node("a", "add", 3), {{x, 0}});
    const auto b = g.add(node("b", "relu", 4), {{a, 0}});
    const auto c = g.add(node("c", "relu", 5), {{b, 0}});
    g.connect(a, {{c, 0}});
    CHECK_THROWS_WITH_AS(
        (void)g.order(),
        "a.yaml:3:5: a cycle: add 'a' -> relu 'b' -> relu 'c' -> add 'a'; a node cannot read what depends "
        "on its own output",
        InputError);
    Graph self;
    const auto s = self.add(node("s", "add", 2));
    self.connect(s, {{s, 0}});
    CHECK_THROWS_WITH_AS((void)self.order(),
                         "a.yaml:2:5: a cycle: add 's' -> add 's'; a node cannot read what depends on its own output",
                         InputError);
}

TEST_CASE("graph: a chain of 100,000 nodes is ordered, without recursion") {
    Graph g;
    g.add(source("x"));
    constexpr std::size_t nodes = 100'000;
    for (std::size_t i = 0; i < nodes; ++i)
        g.add(node("n"));
    for (std::size_t i = 1; i < nodes; ++i)
        g.connect(i, {{i + 1, 0}});
    g.connect(nodes, {{0, 0}});
    const auto order = g.order();
    CHECK(order.front() == 0);
    CHECK(order.back() == 1);
}

TEST_CASE("graph: DOT has a box per node and an arrow per input") {
    Graph g;
    const auto x = g.add(source("image"));
    const auto a = g.add(node("say \"a\"", "split"), {{x, 0}});
    GraphNode loss = node("loss", "mse");
    loss.kind = Kind::loss;
    g.add(loss, {{a, 1}, {x, 0}});
    const std::vector<std::string> labels{"[N, 3]", "", "[N]"};
    CHECK(to_dot(g, {.labels = labels}) ==
          "digraph program {\n"
          "    node [shape=box, style=rounded, fontname=\"sans-serif\"];\n"
          "    n0 [label=\"image\\n[N, 3]\", shape=ellipse];\n"
          "    n1 [label=\"say \\\"a\\\"\\nsplit\"];\n"
          "    n2 [label=\"loss\\nmse\\n[N]\", style=\"rounded,dashed\"];\n"
          "    n0 -> n1;\n"
          "    n1 -> n2 [label=1];\n"
          "    n0 -> n2;\n"
          "}\n");
}
