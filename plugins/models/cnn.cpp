#include "models.hpp"
#include "network_text.hpp"

namespace plexus::models {
namespace {

/// A plain convolutional classifier:
///     rescaling
///     for each of `filters`:  conv2d  [batch_normalization]  relu  max_pool2d
///     flatten  [dropout]
///     for each of `units`:    dense  relu  [dropout]
///     dense(classes)
/// The defaults are the network of the Keras MNIST example: 34,826 parameters on images of 28 x 28.
Value cnn(const Attributes& a) {
    NetworkText network;
    add_rescaling(network, a);
    const bool normalised = a.get<bool>("batch_normalization");
    int block = 1;
    for (const std::int64_t filters : counts(a, "filters", {32, 64})) {
        const std::string number = std::to_string(block++);
        network.add("conv2d", "conv" + number,
                    {{"filters", filters},
                     {"kernel_size", a.get<std::int64_t>("kernel_size")},
                     {"padding", a.get<std::string>("padding")},
                     {"use_bias", !normalised}});
        if (normalised)
            network.add("batch_normalization", "bn" + number);
        network.add("relu", "relu" + number);
        network.add("max_pool2d", "pool" + number, {{"pool_size", a.get<std::int64_t>("pool_size")}});
    }
    network.add("flatten", "flatten");
    int layer = 1;
    const auto drop = [&] {
        if (a.get<double>("dropout") > 0)
            network.add("dropout", "dropout" + std::to_string(layer), {{"rate", a.get<double>("dropout")}});
    };
    drop();
    for (const std::int64_t units : counts(a, "units", {})) {
        network.add("dense", "fc" + std::to_string(layer), {{"units", units}});
        network.add("relu", "fc" + std::to_string(layer) + "_relu");
        ++layer;
        drop();
    }
    network.add("dense", "fc" + std::to_string(layer), {{"units", a.get<std::int64_t>("classes")}});
    return network.program();
}

}  // namespace

void add_cnn(Registry& registry) {
    Schema& schema = registry.model("cnn", "Blocks of convolution and pooling, then dense layers", cnn);
    schema.required("classes", AttributeSpec::Form::integer, "outputs of the last layer")
        .at_least(1)
        .optional("filters", AttributeSpec::Form::integers, "channels of each convolution; [32, 64] where left out")
        .attribute("kernel_size", 3, "rows and columns of each kernel")
        .at_least(1)
        .attribute("padding", "valid", "of the convolutions")
        .choices({"valid", "same"})
        .attribute("pool_size", 2, "rows and columns of each pooling window")
        .at_least(1)
        .attribute("batch_normalization", false, "normalises after each convolution, which then has no bias")
        .optional("units", AttributeSpec::Form::integers,
                  "outputs of each dense layer before the last; none where left out")
        .attribute("dropout", 0.5, "rate of the dropout before each dense layer; 0: none")
        .at_least(0)
        .below(1);
    add_scale_to(schema);
}

}  // namespace plexus::models
