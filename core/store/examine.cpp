#include "core/store/examine.hpp"

#include <algorithm>
#include <array>

#include "core/store/handle.hpp"
#include "core/store/refusal.hpp"
#include "plexus/text.hpp"

namespace plexus::store {
namespace {

constexpr std::uint64_t deflate_ratio = 1032;  // zlib's technical notes: no input unpacks to more

void judge_number(hid_t type, H5T_class_t kind, Stored& stored) {
    const std::size_t bytes = H5Tget_size(type);
    if (bytes == 0 || bytes > 8)
        throw Refusal(text("has numbers of ", bytes, " bytes; at most 8 can be read"));
    if (kind == H5T_FLOAT)
        stored.element = bytes <= 4 ? Element::float32 : Element::float64;
    else
        stored.element = bytes == 1 && H5Tget_sign(type) == H5T_SGN_NONE ? Element::uint8 : Element::int32;
}

const char* describe(H5T_class_t kind) {
    switch (kind) {
        case H5T_TIME:
            return "times";
        case H5T_BITFIELD:
            return "bit fields";
        case H5T_OPAQUE:
            return "opaque bytes";
        case H5T_COMPOUND:
            return "compound values";
        case H5T_REFERENCE:
            return "references";
        case H5T_ENUM:
            return "enumerated values (h5py's bool is one; store uint8)";
        case H5T_VLEN:
            return "variable-length values";
        case H5T_ARRAY:
            return "arrays as elements";
        default:
            return "values of an unknown type";
    }
}

/// The size of one element.
std::size_t judge_type(hid_t dataset, Stored& stored) {
    const Handle type{H5Dget_type(dataset), H5Tclose};
    if (!type)
        throw Refusal("has a damaged type");
    if (H5Tcommitted(type.id()) != 0)
        throw Refusal("has a committed (named) type; only plain types are read");
    const H5T_class_t kind = H5Tget_class(type.id());
    if (kind == H5T_STRING) {
        if (H5Tis_variable_str(type.id()) != 0)
            throw Refusal("holds variable-length text; only text of a fixed length is read (in h5py: dtype 'S')");
        stored.is_text = true;
        stored.text_bytes = H5Tget_size(type.id());
        return stored.text_bytes;
    }
    if (kind != H5T_INTEGER && kind != H5T_FLOAT)
        throw Refusal(text("holds ", describe(kind), "; only numbers and text of a fixed length are read"));
    judge_number(type.id(), kind, stored);
    return H5Tget_size(type.id());
}

struct Filters {
    bool checksum = false;
    bool compressed = false;
};

Filters judge_filters(hid_t properties, Origin origin) {
    Filters found;
    const int count = H5Pget_nfilters(properties);
    if (count < 0)
        throw Refusal("has damaged filters");
    for (int i = 0; i < count; ++i) {
        std::size_t values = 0;
        std::array<char, 64> name{};
        const H5Z_filter_t filter = H5Pget_filter2(properties, static_cast<unsigned>(i), nullptr, &values, nullptr,
                                                   name.size() - 1, name.data(), nullptr);
        if (filter == H5Z_FILTER_FLETCHER32)
            found.checksum = true;
        else if (origin == Origin::foreign && filter == H5Z_FILTER_DEFLATE)
            found.compressed = true;
        else if (origin == Origin::checkpoint || filter != H5Z_FILTER_SHUFFLE)
            throw Refusal(text("needs the HDF5 filter ", filter,
                               origin == Origin::checkpoint
                                   ? "; a checkpoint has no filter but the checksum, fletcher32"
                                   : "; only deflate (gzip), shuffle and fletcher32 are read"));
    }
    return found;
}

/// Elements times size; refuses what overflows.
std::uint64_t bytes_of(const Extents& extents, std::size_t element_bytes) {
    std::uint64_t bytes = element_bytes;
    for (const hsize_t extent : extents)
        if (__builtin_mul_overflow(bytes, extent, &bytes) || bytes > std::uint64_t{1} << 62U)
            throw Refusal("claims to have more elements than can be counted");
    return bytes;
}

void judge_space(hid_t dataset, Stored& stored) {
    const Handle space{H5Dget_space(dataset), H5Sclose};
    const H5S_class_t kind = space ? H5Sget_simple_extent_type(space.id()) : H5S_NO_CLASS;
    if (kind == H5S_NULL)
        throw Refusal("has a null data space: there is nothing in it");
    const int rank = kind == H5S_NO_CLASS ? -1 : H5Sget_simple_extent_ndims(space.id());
    if (rank < 0)
        throw Refusal("has a damaged data space");
    const int most = stored.is_text ? 1 : static_cast<int>(Shape::max_rank);
    if (rank > most)
        throw Refusal(
            text("has ", rank, " dimensions; at most ", most, stored.is_text ? " is read of texts" : " are read"));
    stored.extents.resize(static_cast<std::size_t>(rank));
    if (rank > 0 && H5Sget_simple_extent_dims(space.id(), stored.extents.data(), nullptr) < 0)
        throw Refusal("has damaged dimensions");
    for (const hsize_t extent : stored.extents)
        if (extent > hsize_t{1} << 62U)
            throw Refusal("claims to have more elements than can be counted");
}

void judge_size(hid_t dataset, const Filters& filters, std::uint64_t tile_bytes, Budget& budget, std::uint64_t bytes) {
    if (bytes == 0)
        return;
    const std::uint64_t largest = std::max(bytes, tile_bytes);
    if (!filters.compressed) {
        if (largest > budget.file_bytes)
            throw Refusal(text("claims ", largest, " bytes, but the whole file has ", budget.file_bytes));
        if (bytes > budget.plain_bytes)
            throw Refusal("and the datasets before it claim more bytes than the file has");
        budget.plain_bytes -= bytes;
        return;
    }
    const std::uint64_t packed = H5Dget_storage_size(dataset);
    if (packed > budget.file_bytes || largest > deflate_ratio * packed + 1024)
        throw Refusal(
            text("claims ", largest, " bytes, but has only ", packed, " packed bytes, which cannot become so many"));
    if (largest > budget.unpacked_bytes)
        throw Refusal(text("unpacks to ", largest, " bytes, more than the ", budget.unpacked_bytes,
                           " that are left of the limit"));
    budget.unpacked_bytes -= bytes;
}

}  // namespace

TensorType Stored::type() const {
    TensorType result;
    const std::vector<std::int64_t> sizes(extents.begin(), extents.end());
    result.shape = Shape(std::span<const std::int64_t>{sizes});
    result.element = element;
    return result;
}

Stored examine(hid_t dataset, unsigned header_version, Origin origin, Budget& budget) {
    const Handle properties{H5Dget_create_plist(dataset), H5Pclose};
    if (!properties)
        throw Refusal("has a damaged description");
    const H5D_layout_t layout = H5Pget_layout(properties.id());
    // Before the data space is asked for: a virtual dataset would open its sources to answer.
    if (layout == H5D_VIRTUAL)
        throw Refusal("is a virtual dataset: its values are in other files, which are not opened");
    if (H5Pget_external_count(properties.id()) != 0)
        throw Refusal("has external storage: its values are in other files, which are not opened");
    if (layout != H5D_COMPACT && layout != H5D_CONTIGUOUS && layout != H5D_CHUNKED)
        throw Refusal("has an unknown layout");
    Stored stored;
    const Filters filters = judge_filters(properties.id(), origin);
    const std::size_t element_bytes = judge_type(dataset, stored);
    judge_space(dataset, stored);
    stored.bytes = bytes_of(stored.extents, element_bytes);
    stored.checked = stored.bytes == 0 || filters.checksum || (layout == H5D_COMPACT && header_version >= 2);
    std::uint64_t tile_bytes = 0;
    if (layout == H5D_CHUNKED) {
        stored.tile.resize(stored.extents.size());
        if (H5Pget_chunk(properties.id(), static_cast<int>(stored.tile.size()), stored.tile.data()) !=
            static_cast<int>(stored.tile.size()))
            throw Refusal("has damaged chunks");
        tile_bytes = bytes_of(stored.tile, element_bytes);
        if (tile_bytes == 0)
            throw Refusal("has chunks of no size");
    } else if (stored.bytes > 0) {
        stored.tile = tile_of(stored.extents, element_bytes);
    }
    judge_size(dataset, filters, tile_bytes, budget, stored.bytes);
    return stored;
}

}  // namespace plexus::store
