#include "plexus/write_hdf5.hpp"

#include <cstring>
#include <new>

#include "core/store/encode.hpp"
#include "core/store/replace.hpp"
#include "plexus/error.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

Array copy_of(const ConstTensor& tensor) {
    Array copy{tensor.type};
    if (const std::size_t bytes = tensor.type.bytes(); bytes > 0)
        std::memcpy(copy.view().data, tensor.data, bytes);
    return copy;
}

}  // namespace

void write_hdf5(const std::filesystem::path& file, std::span<const Hdf5Item> items) {
    const std::string name = file.string();
    store::Group root;
    try {
        for (const Hdf5Item& item : items) {
            if (item.numbers)
                store::put(root, item.path, {copy_of(item.numbers)});
            else
                store::put(root, item.path, {store::Text{item.texts}});
        }
        store::SystemCalls calls;
        const store::Image image = [&] {
            try {
                return store::encode(root);
            } catch (const RunError& error) {
                throw RunError(text(name, ":", error.what()));
            }
        }();
        store::replace_file(file, image.bytes(), calls);
    } catch (const std::bad_alloc&) {
        throw RunError(Position{name}, "cannot be written: out of memory");
    }
}

}  // namespace plexus
