// Writes the nodes of a network as a graph file has them: `- conv2d: {name: conv1, filters: 32, kernel_size: 3}`.
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

    /// `{network: [nodes...]}`
    [[nodiscard]] Value program() const;

private:
    Value::List nodes_;
};

/// The attribute `scale` of all templates, and the rescaling that it makes: the first node.
void add_scale_to(Schema& schema);
void add_rescaling(NetworkText& network, const Attributes& a);

/// A list of counts; `otherwise` where it was left out. Throws InputError for one below 1.
[[nodiscard]] std::vector<std::int64_t> counts(const Attributes& a, const char* name,
                                               std::vector<std::int64_t> otherwise);

}  // namespace plexus::models
