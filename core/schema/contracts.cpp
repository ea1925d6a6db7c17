// What the contracts of plugins do by default, and their key functions: each class has one home for its vtable, so that
// casts and exceptions work across libraries.
#include "plexus/registry.hpp"
#include "plexus/text.hpp"

namespace plexus {

Layer::~Layer() = default;
Report::~Report() = default;
Optimizer::~Optimizer() = default;
Schedule::~Schedule() = default;
Initializer::~Initializer() = default;
Dataset::~Dataset() = default;
Format::~Format() = default;
Factory::~Factory() = default;
Registry::~Registry() = default;

void Layer::forward(const ForwardContext&) const {
    throw RunError("the layer has no forward pass");
}
void Layer::backward(const BackwardContext&) const {
    throw RunError("the layer has no backward pass");
}
Traits Layer::traits() const {
    return {};
}
void Layer::merge(std::size_t, std::span<double> into, std::span<const double> from) const {
    for (std::size_t i = 0; i < into.size(); ++i)
        into[i] += from[i];
}
Description Layer::describe() const {
    return {};
}
bool Layer::absorbs(const Neighbour&, std::span<const Neighbour>, Mode) const {
    return false;
}
double Description::attribute(std::string_view name, double otherwise) const noexcept {
    for (const auto& [known, value] : attributes)
        if (known == name)
            return value;
    return otherwise;
}
void Layer::report(std::span<const double>, Report&) const {
    throw RunError("the layer has nothing to report");
}

void Optimizer::begin_step(const Progress&, std::span<double>) const {}
std::optional<std::size_t> Optimizer::inference_slot(std::span<const double>) const {
    return std::nullopt;
}

std::vector<std::string> Dataset::classes() const {
    return {};
}
std::size_t Dataset::streams() const {
    return 0;
}
std::size_t Dataset::held_out() const {
    return 0;
}

void Format::write(const std::filesystem::path& file, const ConstTensor&) const {
    throw InputError(text(file.string(), ": files of this format are read, but cannot be written"));
}

}  // namespace plexus
