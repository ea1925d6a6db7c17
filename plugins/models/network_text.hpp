// Writes networks and phases as a graph file has them: `- conv2d: {name: conv1, filters: 32, kernel_size: 3}`.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "plexus/plugin.hpp"

namespace plexus::models {

class NetworkText {
public:
    using Attribute = std::pair<const char*, Value>;

    /// Adds `- type: {name: name, attributes...}`.
    void add(const std::string& type, const std::string& name, const std::vector<Attribute>& attributes = {});

    /// The same with attributes as a person wrote them: messages about these keep their places.
    void add_written(const std::string& type, const std::string& name, const Value::Map& attributes,
                     const Value& inputs);

    [[nodiscard]] const Value::List& nodes() const noexcept { return nodes_; }
    /// `{network: [nodes...]}`
    [[nodiscard]] Value program() const;

private:
    Value::List nodes_;
};

/// `{type: {attributes...}}`
[[nodiscard]] Value use_of(const std::string& type, const std::vector<NetworkText::Attribute>& attributes);

/// A program of several networks and the phases that train them.
class PhasesText {
public:
    void add_network(const std::string& name, const NetworkText& network);
    /// `nodes` has calls of networks too: their name stands where a type does. `attributes` are loss, updates, ...
    void add_phase(const std::string& name, const NetworkText& nodes,
                   const std::vector<NetworkText::Attribute>& attributes);

    /// `{networks: {...}, phases: [...]}`
    [[nodiscard]] Value program() const;

private:
    Value networks_;
    Value::List phases_;
};

/// The attribute `scale` of all templates, and the rescaling that it makes: the first node.
void add_scale_to(Schema& schema);
void add_rescaling(NetworkText& network, const Attributes& a);

/// A list of counts; `otherwise` where it was left out. Throws InputError for one below 1.
[[nodiscard]] std::vector<std::int64_t> counts(const Attributes& a, const char* name,
                                               std::vector<std::int64_t> otherwise);

}  // namespace plexus::models
