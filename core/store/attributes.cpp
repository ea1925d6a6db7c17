#include "core/store/attributes.hpp"

#include "core/store/handle.hpp"
#include "core/store/library.hpp"
#include "core/store/refusal.hpp"
#include "plexus/text.hpp"

namespace plexus::store {
namespace {

template <class T>
T read_as(hid_t attribute, hid_t memory) {
    T value{};
    if (H5Aread(attribute, memory, &value) < 0)
        throw Refusal(text("has a damaged attribute (HDF5: ", Library::complaint(), ")"));
    return value;
}

Attribute read_value(hid_t attribute, const std::string& name, const Limits& limits) {
    const Handle type{H5Aget_type(attribute), H5Tclose};
    const Handle space{H5Aget_space(attribute), H5Sclose};
    if (!type || !space)
        throw Refusal("has a damaged attribute");
    const H5T_class_t kind = H5Tget_class(type.id());
    const std::size_t bytes = H5Tget_size(type.id());
    if (H5Tcommitted(type.id()) != 0)
        throw Refusal(text("has an attribute '", name, "' of a committed (named) type"));
    if (kind == H5T_STRING && H5Tis_variable_str(type.id()) != 0)
        throw Refusal(text("has an attribute '", name,
                           "' of variable length; only text of a fixed length is read (in h5py: numpy.bytes_)"));
    if (H5Sget_simple_extent_type(space.id()) == H5S_NULL || H5Sget_simple_extent_npoints(space.id()) != 1)
        throw Refusal(text("has an attribute '", name, "' that is not one value"));
    if (bytes > limits.attribute_bytes)
        throw Refusal(
            text("has an attribute '", name, "' of ", bytes, " bytes; at most ", limits.attribute_bytes, " are read"));
    if (kind == H5T_STRING) {
        std::string padded(bytes, '\0');
        if (H5Aread(attribute, type.id(), padded.data()) < 0)
            throw Refusal(text("has a damaged attribute '", name, "'"));
        return unpad(std::move(padded), type.id());
    }
    if (kind == H5T_FLOAT && bytes <= 8)
        return read_as<double>(attribute, H5T_NATIVE_DOUBLE);
    if (kind == H5T_INTEGER && bytes <= 8 && H5Tget_sign(type.id()) == H5T_SGN_NONE)
        return read_as<std::uint64_t>(attribute, H5T_NATIVE_UINT64);
    if (kind == H5T_INTEGER && bytes <= 8)
        return read_as<std::int64_t>(attribute, H5T_NATIVE_INT64);
    throw Refusal(text("has an attribute '", name, "' that is neither a number nor a text"));
}

std::string name_of(hid_t attribute, const Limits& limits) {
    const ssize_t length = H5Aget_name(attribute, 0, nullptr);
    if (length <= 0)
        throw Refusal("has an attribute with a damaged name");
    if (static_cast<std::size_t>(length) > limits.name)
        throw Refusal("has an attribute with a name that is too long");
    std::string name(static_cast<std::size_t>(length), '\0');
    H5Aget_name(attribute, name.size() + 1, name.data());
    return name;
}

bool ordered(hid_t object) {
    const bool is_group = H5Iget_type(object) == H5I_GROUP;
    const Handle properties{is_group ? H5Gget_create_plist(object) : H5Dget_create_plist(object), H5Pclose};
    unsigned order = 0;
    return properties && H5Pget_attr_creation_order(properties.id(), &order) >= 0 &&
           (order & H5P_CRT_ORDER_TRACKED) != 0;
}

}  // namespace

Ordered<Attribute> read_attributes(hid_t object, hsize_t count, const Limits& limits) {
    const H5_index_t index = ordered(object) ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
    Ordered<Attribute> attributes;
    for (hsize_t i = 0; i < count; ++i) {
        const Handle attribute{H5Aopen_by_idx(object, ".", index, H5_ITER_INC, i, H5P_DEFAULT, H5P_DEFAULT), H5Aclose};
        if (!attribute)
            throw Refusal(text("has a damaged attribute (HDF5: ", Library::complaint(), ")"));
        const std::string name = name_of(attribute.id(), limits);
        attributes.set(name, read_value(attribute.id(), name, limits));
    }
    return attributes;
}

std::string unpad(std::string padded, hid_t type) {
    if (H5Tget_strpad(type) == H5T_STR_SPACEPAD)
        padded.erase(padded.find_last_not_of(' ') + 1);
    else if (const std::size_t end = padded.find('\0'); end != std::string::npos)
        padded.erase(end);
    return padded;
}

}  // namespace plexus::store
