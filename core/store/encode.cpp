#include "core/store/encode.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/store/handle.hpp"
#include "core/store/library.hpp"
#include "core/store/superblock.hpp"
#include "core/store/tiles.hpp"
#include "core/store/types.hpp"
#include "plexus/error.hpp"
#include "plexus/text.hpp"

namespace plexus::store {
namespace {

constexpr std::size_t longest_attribute = 32 * 1024;

hid_t need(hid_t id, const std::string& path) {
    if (id >= 0)
        return id;
    throw RunError(text(path.empty() ? "/" : path, ": cannot be put into an HDF5 file: ", Library::complaint()));
}

void check_name(const std::string& name, const std::string& path) {
    if (name.empty() || name == "." || name.find('/') != std::string::npos || name.find('\0') != std::string::npos)
        throw RunError(text(path.empty() ? "/" : path, ": the name '", name,
                            "' cannot be stored: a name has at least one letter, no '/' and no NUL"));
}

std::size_t longest(const std::vector<std::string>& items) {
    std::size_t length = 1;
    for (const std::string& item : items)
        length = std::max(length, item.size());
    return length;
}

class Encoder {
public:
    explicit Encoder(hid_t file) {
        H5Pset_char_encoding(link_.id(), H5T_CSET_UTF8);
        H5Pset_char_encoding(attribute_.id(), H5T_CSET_UTF8);
        prepare_group(group_.id());
        file_ = file;
    }

    /// What every group needs, the root too: links and attributes in the order in which they are made, no times.
    static void prepare_group(hid_t properties) {
        H5Pset_link_creation_order(properties, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
        prepare_object(properties);
    }

    void write(const Group& root, const Ordered<Attribute>& first) {
        write_attributes(file_, first, "");
        Ordered<Attribute> others;
        for (const auto& [name, value] : root.attributes)
            if (first.find(name) == nullptr)
                others.set(name, value);
        write_attributes(file_, others, "");
        write_children(file_, root, "");
    }

private:
    static void prepare_object(hid_t properties) {
        H5Pset_attr_creation_order(properties, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
        H5Pset_obj_track_times(properties, false);
    }

    void write_children(hid_t at, const Group& group, const std::string& path) {
        for (const auto& [name, node] : group.children) {
            check_name(name, path);
            const std::string below = path + "/" + name;
            if (const Dataset* dataset = std::get_if<Dataset>(&node.content)) {
                write_dataset(at, name, *dataset, below);
                continue;
            }
            const Handle child{need(H5Gcreate2(at, name.c_str(), link_.id(), group_.id(), H5P_DEFAULT), below),
                               H5Gclose};
            write_attributes(child.id(), std::get<Group>(node.content).attributes, below);
            write_children(child.id(), std::get<Group>(node.content), below);
        }
    }

    void write_attributes(hid_t at, const Ordered<Attribute>& attributes, const std::string& path) {
        const Handle scalar{H5Screate(H5S_SCALAR), H5Sclose};
        for (const auto& [name, value] : attributes) {
            check_name(name, path);
            const auto write = [&, &name = name](hid_t stored, hid_t given, const void* data) {
                const std::string place = text(path.empty() ? "/" : path, ": attribute '", name, "'");
                const Handle attribute{
                    need(H5Acreate2(at, name.c_str(), stored, scalar.id(), attribute_.id(), H5P_DEFAULT), place),
                    H5Aclose};
                need(H5Awrite(attribute.id(), given, data), place);
            };
            if (const auto* number = std::get_if<std::int64_t>(&value))
                write(H5T_STD_I64LE, H5T_NATIVE_INT64, number);
            if (const auto* number = std::get_if<std::uint64_t>(&value))
                write(H5T_STD_U64LE, H5T_NATIVE_UINT64, number);
            if (const auto* number = std::get_if<double>(&value))
                write(H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, number);
            if (const auto* words = std::get_if<std::string>(&value)) {
                check_text(*words, path);
                if (words->size() > longest_attribute)
                    throw RunError(text(path.empty() ? "/" : path, ": attribute '", name, "' has ", words->size(),
                                        " bytes; a text of more than ", longest_attribute, " is stored as a dataset"));
                const Handle type = text_type(words->size());
                write(type.id(), type.id(), words->c_str());
            }
        }
    }

    static void check_text(const std::string& words, const std::string& path) {
        if (words.find('\0') != std::string::npos)
            throw RunError(text(path.empty() ? "/" : path, ": a text with a NUL in it cannot be stored"));
    }

    void write_dataset(hid_t at, const std::string& name, const Dataset& dataset, const std::string& path) {
        Handle made;
        if (const Array* array = std::get_if<Array>(&dataset.content)) {
            const TensorType& type = array->type();
            if (!array->view())
                throw RunError(text(path, ": an absent array cannot be stored"));
            const Extents extents(type.shape.begin(), type.shape.end());
            made = create(at, name, extents, file_type(type.element), path);
            if (type.bytes() > 0)
                need(H5Dwrite(made.id(), memory_type(type.element), H5S_ALL, H5S_ALL, H5P_DEFAULT, array->view().data),
                     path);
        } else {
            made = write_text(at, name, std::get<Text>(dataset.content), path);
        }
        write_attributes(made.id(), dataset.attributes, path);
    }

    Handle write_text(hid_t at, const std::string& name, const Text& words, const std::string& path) {
        const std::size_t length = longest(words.items);
        const Handle type = text_type(length);
        std::string padded(length * words.items.size(), '\0');
        for (std::size_t i = 0; i < words.items.size(); ++i) {
            check_text(words.items[i], path);
            std::copy(words.items[i].begin(), words.items[i].end(),
                      padded.begin() + static_cast<std::ptrdiff_t>(i * length));
        }
        Handle made = create(at, name, {words.items.size()}, type.id(), path);
        if (!padded.empty())
            need(H5Dwrite(made.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, padded.data()), path);
        return made;
    }

    /// Chunks with a checksum; what has no rows to cut (a scalar) or nothing in it lies in the object's header, which
    /// has a checksum of its own.
    Handle create(hid_t at, const std::string& name, const Extents& extents, hid_t type, const std::string& path) {
        const Handle space{
            need(extents.empty() ? H5Screate(H5S_SCALAR)
                                 : H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr),
                 path),
            H5Sclose};
        const Handle properties{H5Pcreate(H5P_DATASET_CREATE), H5Pclose};
        prepare_object(properties.id());
        if (H5Sget_simple_extent_npoints(space.id()) == 0 || extents.empty()) {
            H5Pset_layout(properties.id(), H5D_COMPACT);
        } else {
            const Extents tile = tile_of(extents, H5Tget_size(type));
            need(H5Pset_chunk(properties.id(), static_cast<int>(tile.size()), tile.data()), path);
            need(H5Pset_fletcher32(properties.id()), path);
        }
        return {need(H5Dcreate2(at, name.c_str(), type, space.id(), link_.id(), properties.id(), H5P_DEFAULT), path),
                H5Dclose};
    }

    hid_t file_ = -1;
    Handle link_{H5Pcreate(H5P_LINK_CREATE), H5Pclose};
    Handle attribute_{H5Pcreate(H5P_ATTRIBUTE_CREATE), H5Pclose};
    Handle group_{H5Pcreate(H5P_GROUP_CREATE), H5Pclose};
};

// The core driver hands its memory to these when it closes the file; H5Fget_file_image would copy it.
struct Catch {
    void* data = nullptr;
    std::size_t size = 0;
    ~Catch() { std::free(data); }
};

H5FD_file_image_callbacks_t callbacks_of(Catch& target) {
    return {
        [](std::size_t size, H5FD_file_image_op_t, void*) { return std::malloc(size); },
        [](void* to, const void* from, std::size_t size, H5FD_file_image_op_t, void*) {
            return std::memcpy(to, from, size);
        },
        [](void* data, std::size_t size, H5FD_file_image_op_t, void* udata) {
            void* larger = std::realloc(data, size);
            if (larger != nullptr)
                static_cast<Catch*>(udata)->size = size;
            return larger;
        },
        [](void* data, H5FD_file_image_op_t when, void* udata) -> herr_t {
            if (when == H5FD_FILE_IMAGE_OP_FILE_CLOSE)
                static_cast<Catch*>(udata)->data = data;
            else
                std::free(data);
            return 0;
        },
        [](void* udata) { return udata; },
        [](void*) -> herr_t { return 0; },
        &target,
    };
}

std::size_t bytes_of(const Group& group) {
    std::size_t bytes = 0;
    for (const auto& [name, node] : group.children) {
        if (const Group* child = std::get_if<Group>(&node.content))
            bytes += bytes_of(*child);
        else if (const Array* array = std::get_if<Array>(&std::get<Dataset>(node.content).content))
            bytes += array->type().bytes();
    }
    return bytes;
}

}  // namespace

Image encode(const Group& root, const Ordered<Attribute>& first) {
    const Library library;
    Catch caught;
    const Handle access{H5Pcreate(H5P_FILE_ACCESS), H5Pclose};
    const std::size_t step = std::clamp<std::size_t>(bytes_of(root) / 8, 64 * 1024, std::size_t{64} << 20U);
    H5Pset_fapl_core(access.id(), step, false);
    H5FD_file_image_callbacks_t callbacks = callbacks_of(caught);
    H5Pset_file_image_callbacks(access.id(), &callbacks);
    H5Pset_libver_bounds(access.id(), H5F_LIBVER_V110, H5F_LIBVER_V110);
    const Handle creation{H5Pcreate(H5P_FILE_CREATE), H5Pclose};
    Encoder::prepare_group(creation.id());
    // Images that are open at one time are told apart by name; and no file can have a name below /dev/null.
    const std::string name = text("/dev/null/", static_cast<const void*>(&caught));
    Handle file{need(H5Fcreate(name.c_str(), H5F_ACC_TRUNC, creation.id(), access.id()), ""), H5Fclose};
    Encoder{file.id()}.write(root, first);
    if (file.close() < 0)
        throw RunError(text("/: cannot be put together in memory: ", Library::complaint()));
    const auto head = find_superblock({static_cast<const std::byte*>(caught.data), caught.size});
    if (!head || head->end > caught.size)
        throw RunError("/: cannot be put together in memory: HDF5 left no file");
    return {std::exchange(caught.data, nullptr), static_cast<std::size_t>(head->end)};
}

}  // namespace plexus::store
