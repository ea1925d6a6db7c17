#include "models.hpp"
#include "network_text.hpp"

namespace plexus::models {
namespace {

void add_convolution(NetworkText& network, const std::string& name, std::int64_t filters, std::int64_t kernel_size,
                     std::int64_t strides, const Value& inputs = {}) {
    std::vector<NetworkText::Attribute> attributes{{"filters", filters}, {"kernel_size", kernel_size},
                                                   {"strides", strides}, {"padding", "same"},
                                                   {"use_bias", false},  {"kernel_initializer", "he_normal"}};
    if (!inputs.is_null())
        attributes.emplace_back("inputs", inputs);
    network.add("conv2d", name, attributes);
    network.add("batch_normalization", name + "_bn");
}

/// The residual network for small images of He et al. 2016, arXiv 1512.03385, section 4.2, with 6 `blocks` + 2 layers:
/// a convolution, then for each of `filters` a stage of `blocks` residual blocks, the mean over each plane, and a dense
/// layer. Each stage but the first begins with strides of 2. Where a block changes the shape, its shortcut is a
/// convolution 1 x 1 (the paper's option B), else its input. No weight decay or schedule: those belong to `train`.
Value resnet(const Attributes& a) {
    NetworkText network;
    add_rescaling(network, a);
    const auto filters = counts(a, "filters", {16, 32, 64});
    if (filters.empty())
        throw a.error("filters", "'filters' is empty; there must be one stage or more");
    add_convolution(network, "conv1", filters.front(), 3, 1);
    network.add("relu", "conv1_relu");
    std::string before = "conv1_relu";
    std::int64_t channels = filters.front();
    for (std::size_t stage = 0; stage < filters.size(); ++stage)
        for (int block = 1; block <= a.get<int>("blocks"); ++block) {
            const std::string name = text("stage", stage + 1, "_block", block);
            const std::int64_t strides = stage > 0 && block == 1 ? 2 : 1;
            add_convolution(network, name + "_conv1", filters[stage], 3, strides, Value{before});
            network.add("relu", name + "_relu1");
            add_convolution(network, name + "_conv2", filters[stage], 3, 1);
            std::string shortcut = before;
            if (strides != 1 || channels != filters[stage]) {
                add_convolution(network, name + "_shortcut", filters[stage], 1, strides, Value{before});
                shortcut = name + "_shortcut_bn";
            }
            channels = filters[stage];
            network.add("add", name + "_add", {{"inputs", Value::List{name + "_conv2_bn", shortcut}}});
            network.add("relu", name + "_relu2");
            before = name + "_relu2";
        }
    network.add("global_average_pool2d", "pool");
    network.add("dense", "fc", {{"units", a.get<std::int64_t>("classes")}});
    return network.program();
}

}  // namespace

void add_resnet(Registry& registry) {
    Schema& schema =
        registry.model("resnet", "A residual network for small images; 20 layers unless told otherwise", resnet);
    schema.required("classes", AttributeSpec::Form::integer, "outputs of the last layer")
        .at_least(1)
        .attribute("blocks", 3, "residual blocks of each stage; 6 blocks + 2 layers in all with three stages")
        .range(1, 1000)
        .optional("filters", AttributeSpec::Form::integers, "channels of each stage; [16, 32, 64] where left out");
    add_scale_to(schema);
}

}  // namespace plexus::models
