#include "source_file.hpp"

namespace plexus::datasets {

Array read_source(const Attributes& attributes, const Factory& factory, std::string_view name,
                  std::string_view format) {
    try {
        return factory.format_named(format).read(factory.path(attributes, name));
    } catch (const InputError& error) {
        throw attributes.error(name, error.what());
    }
}

}  // namespace plexus::datasets
