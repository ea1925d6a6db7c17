#include "models.hpp"
#include "network_text.hpp"

namespace plexus::models {
namespace {

/// A plain network of dense layers:
///     rescaling  flatten
///     for each of `units`:  dense  [batch_normalization]  activation  [dropout]
///     dense(classes)
/// The defaults are the network 784-512-512-10 on images of 28 x 28 and ten classes.
Value mlp(const Attributes& a) {
    NetworkText network;
    add_rescaling(network, a);
    network.add("flatten", "flatten");
    const bool normalised = a.get<bool>("batch_normalization");
    int layer = 1;
    for (const std::int64_t units : counts(a, "units", {512, 512})) {
        const std::string name = "fc" + std::to_string(layer++);
        network.add("dense", name, {{"units", units}, {"use_bias", !normalised}});
        if (normalised)
            network.add("batch_normalization", name + "_bn");
        network.add(a.get<std::string>("activation"), name + "_activation");
        if (a.get<double>("dropout") > 0)
            network.add("dropout", name + "_dropout", {{"rate", a.get<double>("dropout")}});
    }
    network.add("dense", "fc" + std::to_string(layer), {{"units", a.get<std::int64_t>("classes")}});
    return network.program();
}

}  // namespace

void add_mlp(Registry& registry) {
    Schema& schema = registry.model("mlp", "Dense layers, one after the other", mlp);
    schema.required("classes", AttributeSpec::Form::integer, "outputs of the last layer")
        .at_least(1)
        .optional("units", AttributeSpec::Form::integers,
                  "outputs of each dense layer before the last; [512, 512] where left out")
        .attribute("activation", "relu", "after each of these")
        .choices({"relu", "leaky_relu", "sigmoid", "tanh"})
        .attribute("batch_normalization", false, "before each activation; the dense layer then has no bias")
        .attribute("dropout", 0.0, "rate of the dropout after each activation; 0: none")
        .at_least(0)
        .below(1);
    add_scale_to(schema);
}

}  // namespace plexus::models
