#include "core/graph/dot.hpp"

#include <sstream>

namespace plexus {

namespace {

std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            result += '\\';
        result += c;
    }
    return result + '"';
}

/// Lines of a label are joined by an escape of Graphviz's own.
std::string label(const GraphNode& node, const std::string& more) {
    std::string lines = quoted(node.name);
    const auto add = [&](const std::string& line) {
        if (!line.empty() && line != node.name)
            lines.insert(lines.size() - 1, "\\n" + quoted(line).substr(1, quoted(line).size() - 2));
    };
    add(node.use.type);
    add(more);
    return lines;
}

}  // namespace

std::string to_dot(const Graph& graph, std::span<const std::string> labels) {
    std::ostringstream out;
    out << "digraph program {\n    node [shape=box, style=rounded, fontname=\"sans-serif\"];\n";
    for (std::size_t n = 0; n < graph.size(); ++n) {
        const GraphNode& node = graph.node(n);
        out << "    n" << n << " [label=" << label(node, n < labels.size() ? labels[n] : std::string());
        if (node.is_source())
            out << ", shape=ellipse";
        else if (node.kind != Kind::layer)
            out << ", style=\"rounded,dashed\"";
        out << "];\n";
    }
    for (std::size_t n = 0; n < graph.size(); ++n)
        for (const Endpoint& from : graph.inputs(n)) {
            out << "    n" << from.node << " -> n" << n;
            if (from.port != 0)
                out << " [label=" << from.port << "]";
            out << ";\n";
        }
    out << "}\n";
    return out.str();
}

}  // namespace plexus
