#include "core/plan/size_limit.hpp"

#include <unistd.h>

#include <iomanip>
#include <sstream>

#include "plexus/text.hpp"

namespace plexus {
namespace {

// In floating point, for the product of absurd sizes does not fit into an integer.
double bytes_of(const Shape& shape, Element element) {
    auto bytes = static_cast<double>(size_of(element));
    for (const std::int64_t size : shape)
        bytes *= static_cast<double>(size);
    return bytes;
}

}  // namespace

std::size_t machine_memory() {
    return static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::string in_gibibytes(double bytes) {
    std::ostringstream out;
    const double gibibytes = bytes / (1U << 30U);
    if (gibibytes < 1000)
        out << std::setprecision(3) << gibibytes << " GiB";
    else
        out << std::fixed << std::setprecision(0) << gibibytes << " GiB";
    return out.str();
}

void refuse_too_large(const NodeSignature& node) {
    const auto memory = static_cast<double>(machine_memory());
    const auto judge = [&](const std::string& what, const Shape& shape, Element element) {
        const double bytes = bytes_of(shape, element);
        if (bytes <= memory)
            return;
        const std::string message = text(what, " has shape ", shape, ", ", in_gibibytes(bytes), "; this machine has ",
                                         in_gibibytes(memory), " of memory");
        throw node.node->is_source() ? InputError(node.node->use.position, message) : node.error(message);
    };
    for (const TensorType& type : node.outputs)
        judge(node.node->is_source() ? "a batch of the data" : "its output", type.shape, type.element);
    for (const WeightDeclaration& weight : node.parameters)
        judge("its " + weight.name, weight.shape, Element::float32);
    for (const WeightDeclaration& weight : node.states)
        judge("its " + weight.name, weight.shape, Element::float32);
    for (const NamedType& carry : node.carries)
        judge("what it carries, " + carry.name + ",", carry.type.shape, carry.type.element);
    for (const NamedType& saved : node.saved)
        judge("what it saves, " + saved.name + ",", saved.type.shape, saved.type.element);
}

}  // namespace plexus
