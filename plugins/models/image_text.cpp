#include "image_text.hpp"

namespace plexus::models {
namespace {

void add_hidden(NetworkText& network, const std::string& name, const Hidden& hidden, bool normalised) {
    if (normalised)
        // PyTorch's: beside kernels from N(0, 0.02) the variances are small, and so must epsilon be.
        network.add("batch_normalization", name + "_bn", {{"momentum", 0.9}, {"epsilon", 0.00001}});
    if (hidden.negative_slope > 0)
        network.add("leaky_relu", name + "_relu", {{"negative_slope", hidden.negative_slope}});
    else
        network.add("relu", name + "_relu");
    if (hidden.dropout > 0)
        network.add("dropout", name + "_dropout", {{"rate", hidden.dropout}});
}

void add_dense(NetworkText& network, const std::string& name, std::int64_t units, const Hidden& hidden) {
    std::vector<NetworkText::Attribute> attributes{{"units", units}};
    if (hidden.kernel_initializer)
        attributes.emplace_back("kernel_initializer", *hidden.kernel_initializer);
    network.add("dense", name, attributes);
}

std::string numbered(const char* name, std::size_t number) {
    return name + std::to_string(number);
}

}  // namespace

void ImageText::declare(Schema& schema, const char* units) {
    schema
        .optional("shape", AttributeSpec::Form::integers,
                  "rows, columns and channels of an image; [28, 28, 1] where left out")
        .optional("filters", AttributeSpec::Form::integers,
                  "channels of each convolution, from the image on; each halves rows and columns; none where left out")
        .attribute("kernel_size", 4, "rows and columns of each kernel")
        .at_least(1)
        .optional("units", AttributeSpec::Form::integers, units);
}

ImageText::ImageText(const Attributes& a, std::vector<std::int64_t> units)
    : kernel_size_{a.get<std::int64_t>("kernel_size")}, filters_{counts(a, "filters", {})} {
    units_ = counts(a, "units", filters_.empty() ? std::move(units) : std::vector<std::int64_t>{});
    const auto shape = counts(a, "shape", {28, 28, 1});
    if (shape.size() != 3)
        throw a.error("shape", text("'shape' has ", shape.size(), shape.size() == 1 ? " number" : " numbers",
                                    "; an image has rows, columns and channels: shape: [28, 28, 1]"));
    rows_ = shape[0];
    columns_ = shape[1];
    channels_ = shape[2];
    std::int64_t part = 1;
    for (std::size_t i = 0; i < filters_.size(); ++i) {
        part *= 2;
        if (rows_ % part != 0 || columns_ % part != 0)
            throw a.error("filters", text("'filters' asks for ", filters_.size(),
                                          " convolutions; rows and columns of an image of ", rows_, " x ", columns_,
                                          " can be halved ", i, i == 1 ? " time" : " times", ": leave some out"));
    }
}

std::vector<NetworkText::Attribute> ImageText::convolution(std::int64_t filters, const Hidden& hidden,
                                                           bool normalised) const {
    std::vector<NetworkText::Attribute> attributes{{"filters", filters},
                                                   {"kernel_size", kernel_size_},
                                                   {"strides", 2},
                                                   {"padding", "same"},
                                                   {"use_bias", !normalised}};
    if (hidden.kernel_initializer)
        attributes.emplace_back("kernel_initializer", *hidden.kernel_initializer);
    return attributes;
}

void ImageText::add_reader(NetworkText& network, const Hidden& hidden) const {
    for (std::size_t i = 0; i < filters_.size(); ++i) {
        const bool normalised = hidden.batch_normalization && i > 0;
        network.add("conv2d", numbered("conv", i + 1), convolution(filters_[i], hidden, normalised));
        add_hidden(network, numbered("conv", i + 1), hidden, normalised);
    }
    network.add("flatten", "flatten");
    for (std::size_t i = 0; i < units_.size(); ++i) {
        add_dense(network, numbered("fc", i + 1), units_[i], hidden);
        add_hidden(network, numbered("fc", i + 1), hidden, false);
    }
}

void ImageText::add_painter(NetworkText& network, const Hidden& hidden) const {
    for (std::size_t i = 0; i < units_.size(); ++i) {
        add_dense(network, numbered("fc", i + 1), units_[units_.size() - 1 - i], hidden);
        add_hidden(network, numbered("fc", i + 1), hidden, false);
    }
    const std::string last = numbered("fc", units_.size() + 1);
    if (filters_.empty()) {
        add_dense(network, last, rows_ * columns_ * channels_, hidden);
        network.add("reshape", "image", {{"target_shape", Value::List{rows_, columns_, channels_}}});
        return;
    }
    const std::int64_t part = std::int64_t{1} << filters_.size();
    add_dense(network, last, rows_ / part * (columns_ / part) * filters_.back(), hidden);
    network.add("reshape", "planes", {{"target_shape", Value::List{rows_ / part, columns_ / part, filters_.back()}}});
    add_hidden(network, last, hidden, hidden.batch_normalization);
    for (std::size_t i = 1; i < filters_.size(); ++i) {
        network.add("conv2d_transpose", numbered("conv", i),
                    convolution(filters_[filters_.size() - 1 - i], hidden, hidden.batch_normalization));
        add_hidden(network, numbered("conv", i), hidden, hidden.batch_normalization);
    }
    network.add("conv2d_transpose", "image", convolution(channels_, hidden, false));
}

void add_range_to(Schema& schema, double scale, double offset, const char* range) {
    schema.attribute("scale", scale, text("factor for the raw data; the defaults bring bytes to ", range))
        .attribute("offset", offset, "added afterwards");
}

void add_range(NetworkText& network, const Attributes& a, const std::string& name) {
    network.add("rescaling", name,
                {{"scale", a.get<double>("scale")}, {"offset", a.get<double>("offset")}, {"inputs", "input"}});
}

}  // namespace plexus::models
