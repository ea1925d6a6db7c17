#include "models.hpp"
#include "network_text.hpp"

namespace plexus::models {
namespace {

/// Configuration D of Simonyan and Zisserman 2015, arXiv 1409.1556: thirteen convolutions 3 x 3 in five blocks with
/// 64, 128, 256, 512 and 512 channels, each block followed by pooling, then dense layers with dropout. The defaults are
/// the network for images of 32 x 32 in which stochastic weight averaging was measured (two dense layers of 512); the
/// paper's own is {units: [4096, 4096], classes: 1000} on 224 x 224.
Value vgg16(const Attributes& a) {
    NetworkText network;
    add_rescaling(network, a);
    const bool normalised = a.get<bool>("batch_normalization");
    struct Block {
        std::int64_t filters;
        int convolutions;
    };
    int block = 1;
    for (const auto& [filters, convolutions] : {Block{64, 2}, {128, 2}, {256, 3}, {512, 3}, {512, 3}}) {
        for (int i = 1; i <= convolutions; ++i) {
            const std::string number = std::to_string(block) + "_" + std::to_string(i);
            network.add("conv2d", "conv" + number,
                        {{"filters", filters},
                         {"kernel_size", 3},
                         {"padding", "same"},
                         {"use_bias", !normalised},
                         {"kernel_initializer", "he_normal"}});
            if (normalised)
                network.add("batch_normalization", "bn" + number);
            network.add("relu", "relu" + number);
        }
        network.add("max_pool2d", "pool" + std::to_string(block++), {{"pool_size", 2}});
    }
    network.add("flatten", "flatten");
    int layer = 1;
    for (const std::int64_t units : counts(a, "units", {512, 512})) {
        const std::string number = std::to_string(layer++);
        if (a.get<double>("dropout") > 0)
            network.add("dropout", "dropout" + number, {{"rate", a.get<double>("dropout")}});
        network.add("dense", "fc" + number, {{"units", units}});
        network.add("relu", "fc" + number + "_relu");
    }
    network.add("dense", "fc" + std::to_string(layer), {{"units", a.get<std::int64_t>("classes")}});
    return network.program();
}

}  // namespace

void add_vgg16(Registry& registry) {
    Schema& schema = registry.model("vgg16", "VGG-16: thirteen convolutions, then dense layers", vgg16);
    schema.required("classes", AttributeSpec::Form::integer, "outputs of the last layer")
        .at_least(1)
        .attribute("batch_normalization", false, "normalises after each convolution, which then has no bias")
        .optional("units", AttributeSpec::Form::integers,
                  "outputs of each dense layer before the last; [512, 512] where left out")
        .attribute("dropout", 0.5, "rate of the dropout before each of these; 0: none")
        .at_least(0)
        .below(1);
    add_scale_to(schema);
}

}  // namespace plexus::models
