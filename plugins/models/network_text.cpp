#include "network_text.hpp"

namespace plexus::models {

void NetworkText::add(const std::string& type, const std::string& name, const std::vector<Attribute>& attributes) {
    Value use;
    use.set("name", name);
    for (const auto& [attribute, value] : attributes)
        use.set(attribute, value);
    Value node;
    node.set(type, std::move(use));
    nodes_.push_back(std::move(node));
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
