#include "core/store/open_image.hpp"

#include <cstring>

#include "core/store/library.hpp"
#include "core/store/superblock.hpp"
#include "plexus/error.hpp"
#include "plexus/text.hpp"

namespace plexus::store {
namespace {

// All "copies" that the core driver makes of the image are the image itself. It is opened for reading, never grown or
// freed.
H5FD_file_image_callbacks_t callbacks_for(void* image) {
    return {
        [](std::size_t, H5FD_file_image_op_t, void* udata) { return udata; },
        [](void* to, const void* from, std::size_t size, H5FD_file_image_op_t, void*) {
            return to == from ? to : std::memcpy(to, from, size);
        },
        [](void*, std::size_t, H5FD_file_image_op_t, void*) -> void* { return nullptr; },
        [](void*, H5FD_file_image_op_t, void*) -> herr_t { return 0; },
        [](void* udata) { return udata; },
        [](void*) -> herr_t { return 0; },
        image,
    };
}

void judge_head(std::span<const std::byte> bytes, const std::string& name) {
    const auto head = find_superblock(bytes);
    if (!head)
        throw InputError(Position{name}, bytes.empty() ? "is empty" : "is not an HDF5 file");
    if (head->left_open)
        throw InputError(Position{name},
                         text("was left open by a program that was writing it; if none is, `h5clear -s ", name,
                              "` marks it closed"));
    if (head->end > bytes.size())
        throw InputError(Position{name}, text("is truncated: of ", head->end, " bytes, ", bytes.size(), " are there"));
}

}  // namespace

Handle open_image(std::span<const std::byte> bytes, const std::string& name) {
    judge_head(bytes, name);
    const Handle access{H5Pcreate(H5P_FILE_ACCESS), H5Pclose};
    H5Pset_fapl_core(access.id(), 64 * 1024, false);
    auto* image = const_cast<std::byte*>(bytes.data());
    H5FD_file_image_callbacks_t callbacks = callbacks_for(image);
    H5Pset_file_image_callbacks(access.id(), &callbacks);
    H5Pset_file_image(access.id(), image, bytes.size());
    // Images that are open at one time are told apart by name; and no file can have a name below /dev/null.
    const std::string unique = text("/dev/null/", static_cast<const void*>(image));
    Handle file{H5Fopen(unique.c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose};
    if (!file)
        throw InputError(Position{name}, text("is damaged (HDF5: ", Library::complaint(), ")"));
    return file;
}

}  // namespace plexus::store
