#include "network_text.hpp"

namespace plexus::models {

void NetworkText::add(const std::string& type, const std::string& name, const std::vector<Attribute>& attributes) {
    std::vector<Attribute> named{{"name", name}};
    named.insert(named.end(), attributes.begin(), attributes.end());
    nodes_.push_back(use_of(type, named));
}

void NetworkText::add_written(const std::string& type, const std::string& name, const Value::Map& attributes,
                              const Value& inputs) {
    add(type, name, {{"inputs", inputs}});
    Value::Map& use = nodes_.back().map().front().value.map();
    use.insert(use.end(), attributes.begin(), attributes.end());
}

Value NetworkText::program() const {
    Value program;
    program.set("network", nodes_);
    return program;
}

Value use_of(const std::string& type, const std::vector<NetworkText::Attribute>& attributes) {
    Value own{Value::Map{}};
    for (const auto& [attribute, value] : attributes)
        own.set(attribute, value);
    Value use;
    use.set(type, std::move(own));
    return use;
}

void PhasesText::add_network(const std::string& name, const NetworkText& network) {
    networks_.set(name, network.nodes());
}

void PhasesText::add_phase(const std::string& name, const NetworkText& nodes,
                           const std::vector<NetworkText::Attribute>& attributes) {
    std::vector<NetworkText::Attribute> own{{"nodes", nodes.nodes()}};
    own.insert(own.end(), attributes.begin(), attributes.end());
    phases_.push_back(use_of(name, own));
}

Value PhasesText::program() const {
    Value program;
    program.set("networks", networks_);
    program.set("phases", phases_);
    return program;
}

void add_scale_to(Schema& schema) {
    schema.attribute("scale", 0.00392156862745098, "factor for the raw data; the default brings bytes to 0 .. 1");
}

void add_rescaling(NetworkText& network, const Attributes& a) {
    network.add("rescaling", "rescaling", {{"scale", a.get<double>("scale")}});
}

std::vector<std::int64_t> counts(const Attributes& a, const char* name, std::vector<std::int64_t> otherwise) {
    if (!a.has(name))
        return otherwise;
    auto given = a.get<std::vector<std::int64_t>>(name);
    for (const std::int64_t count : given)
        if (count < 1)
            throw a.error(name, text("'", name, "' has a ", count, "; each must be 1 or more"));
    return given;
}

}  // namespace plexus::models
