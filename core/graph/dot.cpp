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

class Drawing {
public:
    Drawing(const Graph& graph, const DotNotes& notes) : graph_(graph), notes_(notes) {}

    std::string run() {
        out_ << "digraph program {\n    node [shape=box, style=rounded, fontname=\"sans-serif\"];\n";
        if (notes_.phases.empty()) {
            for (std::size_t n = 0; n < graph_.size(); ++n)
                node(n, "    ");
        } else {
            frames();
        }
        for (std::size_t n = 0; n < graph_.size(); ++n)
            for (std::size_t i = 0; i < graph_.inputs(n).size(); ++i)
                edge(n, i);
        out_ << "}\n";
        return out_.str();
    }

private:
    void node(std::size_t n, const char* indent) {
        const GraphNode& node = graph_.node(n);
        out_ << indent << "n" << n
             << " [label=" << label(node, n < notes_.labels.size() ? notes_.labels[n] : std::string());
        if (node.is_source())
            out_ << ", shape=ellipse";
        else if (node.kind != Kind::layer)
            out_ << ", style=\"rounded,dashed\"";
        out_ << "];\n";
    }

    void frames() {
        for (std::size_t n = 0; n < graph_.size(); ++n)
            if (graph_.node(n).is_source())
                node(n, "    ");
        for (std::size_t p = 0; p < notes_.phases.size(); ++p) {
            out_ << "    subgraph cluster_" << p << " {\n        label=" << quoted("phase " + notes_.phases[p])
                 << ";\n        style=rounded;\n";
            for (std::size_t n = 0; n < graph_.size();) {
                const GraphNode& first = graph_.node(n);
                if (first.phase != p || first.is_source())
                    ++n;
                else if (first.call.empty())
                    node(n++, "        ");
                else
                    n = call(n);
            }
            out_ << "    }\n";
        }
    }

    /// The nodes of one call follow one another; returns the first after them.
    std::size_t call(std::size_t n) {
        const GraphNode first = graph_.node(n);
        out_ << "        subgraph cluster_call_" << n
             << " {\n            label=" << quoted(first.call + ": " + first.network)
             << ";\n            style=\"rounded,filled\";\n"
             << "            fillcolor=" << (first.twin == GraphNode::itself ? "gray92" : "gray97") << ";\n";
        for (; n < graph_.size() && graph_.node(n).call == first.call && graph_.node(n).phase == first.phase; ++n)
            node(n, "            ");
        out_ << "        }\n";
        return n;
    }

    void edge(std::size_t n, std::size_t i) {
        const Endpoint& from = graph_.inputs(n)[i];
        const bool stops = n < notes_.gradients.size() && !notes_.gradients[n][i];
        out_ << "    n" << from.node << " -> n" << n;
        if (from.port != 0 || stops)
            out_ << " [" << (from.port != 0 ? "label=" + std::to_string(from.port) : std::string())
                 << (from.port != 0 && stops ? ", " : "") << (stops ? "style=dashed" : "") << "]";
        out_ << ";\n";
    }

    const Graph& graph_;
    const DotNotes& notes_;
    std::ostringstream out_;
};

}  // namespace

std::string to_dot(const Graph& graph, const DotNotes& notes) {
    return Drawing(graph, notes).run();
}

}  // namespace plexus
