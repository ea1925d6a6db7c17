#include "core/plan/signature.hpp"

#include "plexus/text.hpp"

namespace plexus {

InputError NodeSignature::error(const std::string& message) const {
    return InputError(node->use.position, text(node->title(), ": ", message));
}

Mode InferContext::mode() const noexcept {
    return node_.mode;
}

std::int64_t InferContext::batch() const noexcept {
    return node_.batch;
}

std::size_t InferContext::inputs() const noexcept {
    return node_.inputs.size();
}

const TensorType& InferContext::input(std::size_t i) const {
    return node_.inputs.at(i);
}

std::string InferContext::source(std::size_t input) const {
    return text(node_.inputs.at(input).shape, " (", node_.sources.at(input), ")");
}

InputError InferContext::error(const std::string& message) const {
    return node_.error(message);
}

void InferContext::want(std::size_t input, std::size_t rank, const std::string& dimensions,
                        const std::string& remedy) const {
    const TensorType& type = node_.inputs.at(input);
    const std::string which = node_.inputs.size() > 1 ? text("input ", input) : "input";
    if (type.shape.rank() != rank)
        throw error(text(which, " has shape ", source(input), "; ", node_.node->use.type, " wants ", dimensions,
                         remedy.empty() ? "" : ": ", remedy));
    if (type.element != Element::float32)
        throw error(text(which, " holds ", type.element, " (", node_.sources.at(input), "); ", node_.node->use.type,
                         " wants float32: convert it before this node"));
}

void InferContext::output(std::size_t i, const TensorType& type) {
    if (node_.outputs.size() <= i)
        node_.outputs.resize(i + 1);
    node_.outputs[i] = type;
}

std::size_t InferContext::parameter(std::string name, const Shape& shape, const TypedValue& initializer) {
    node_.parameters.push_back({std::move(name), shape, initializer, 0, Estimate::never});
    return node_.parameters.size() - 1;
}

std::size_t InferContext::state(std::string name, const Shape& shape, float initial, Estimate estimate) {
    node_.states.push_back({std::move(name), shape, {}, initial, estimate});
    return node_.states.size() - 1;
}

std::size_t InferContext::saved(std::string name, const TensorType& type) {
    node_.saved.push_back({std::move(name), type});
    return node_.saved.size() - 1;
}

std::size_t InferContext::partial(std::string name, std::size_t size) {
    node_.partials.emplace_back(std::move(name), size);
    return node_.partials.size() - 1;
}

std::size_t InferContext::carry(std::string name, const TensorType& type) {
    node_.carries.push_back({std::move(name), type});
    return node_.carries.size() - 1;
}

std::size_t InferContext::shared(std::string name, const TensorType& type) {
    node_.shared.push_back({std::move(name), type});
    return node_.shared.size() - 1;
}

void InferContext::no_gradient(std::size_t input) {
    node_.no_gradient.at(input) = true;
}

}  // namespace plexus
