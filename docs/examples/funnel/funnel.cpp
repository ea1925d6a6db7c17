// A model template: attributes become a network, as a graph file would have it.
#include <plexus/plugin.hpp>

#include <string>

namespace {

/// Dense layers, each with half the outputs of the one before it:
///     flatten
///     while units > classes:  dense(units), activation; units = units / 2
///     dense(classes)
plexus::Value funnel(const plexus::Attributes& a) {
    const auto classes = a.get<std::int64_t>("classes");
    plexus::Value::List nodes{plexus::Value{"flatten"}};
    int number = 1;
    const auto add_dense = [&](std::int64_t units, const std::string& activation) {
        plexus::Value attributes;
        attributes.set("name", "fc" + std::to_string(number++));
        attributes.set("units", units);
        if (!activation.empty())
            attributes.set("activation", activation);
        nodes.emplace_back().set("dense", std::move(attributes));
    };
    for (auto units = a.get<std::int64_t>("units"); units > classes; units /= 2)
        add_dense(units, a.get<std::string>("activation"));
    add_dense(classes, "");
    plexus::Value program;
    program.set("network", std::move(nodes));
    return program;
}

}  // namespace

PLEXUS_PLUGIN("funnel", "1.0.0", registry) {
    registry.model("funnel", "Dense layers, each with half the outputs of the one before it", funnel)
        .required("classes", plexus::AttributeSpec::Form::integer, "outputs of the last layer")
        .at_least(1)
        .attribute("units", 64, "outputs of the first layer")
        .at_least(1)
        .attribute("activation", "relu", "what follows each layer but the last")
        .choices({"relu", "tanh", "sigmoid"});
}
