#include "core/store/numbers.hpp"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include "core/store/handle.hpp"
#include "core/store/library.hpp"
#include "core/store/refusal.hpp"
#include "core/store/types.hpp"
#include "plexus/text.hpp"

namespace plexus::store {
namespace {

// HDF5 would clip a value that does not fit, without a word.
H5T_conv_ret_t stop_at_misfit(H5T_conv_except_t what, hid_t from, hid_t to, void* value, void*, void* misfit) noexcept {
    if (what == H5T_CONV_EXCEPT_PRECISION)
        return H5T_CONV_UNHANDLED;
    if (H5Tget_class(to) == H5T_FLOAT) {
        if (what != H5T_CONV_EXCEPT_RANGE_HI && what != H5T_CONV_EXCEPT_RANGE_LOW)
            return H5T_CONV_UNHANDLED;
        double number = 0;
        if (H5Tget_class(from) == H5T_FLOAT && H5Tget_size(from) == sizeof number)
            std::memcpy(&number, value, sizeof number);
        if (std::isinf(number))
            return H5T_CONV_UNHANDLED;
    }
    *static_cast<bool*>(misfit) = true;
    return H5T_CONV_ABORT;
}

void read_raw(hid_t dataset, hid_t memory, hid_t space, Tensor out) {
    bool misfit = false;
    const Handle transfer{H5Pcreate(H5P_DATASET_XFER), H5Pclose};
    H5Pset_type_conv_cb(transfer.id(), stop_at_misfit, &misfit);
    const bool done =
        H5Dread(dataset, memory_type(out.type.element), memory, space, transfer.id(), out.data) >= 0 && !misfit;
    if (!done)
        throw Refusal(misfit ? text("has a value that does not fit ", out.type.element) : reading_failure());
}

bool holds_floats(hid_t dataset) {
    const Handle type{H5Dget_type(dataset), H5Tclose};
    return H5Tget_class(type.id()) == H5T_FLOAT;
}

template <class Integer>
void to_integers(std::span<const double> values, Tensor out) {
    const std::span<Integer> integers = out.as<Integer>();
    for (std::size_t i = 0; i < values.size(); ++i) {
        const bool fits = values[i] >= std::numeric_limits<Integer>::min() &&
                          values[i] <= std::numeric_limits<Integer>::max() && values[i] == std::trunc(values[i]);
        if (!fits)
            throw Refusal(text("has a value that does not fit ", out.type.element));
        integers[i] = static_cast<Integer>(values[i]);
    }
}

void read(hid_t dataset, hid_t memory, hid_t space, Tensor out) {
    const bool integers = out.type.element == Element::int32 || out.type.element == Element::uint8;
    if (!integers || !holds_floats(dataset)) {
        read_raw(dataset, memory, space, out);
        return;
    }
    // HDF5 takes 1.0 for a fraction when it makes an integer of it and the byte order differs.
    std::vector<double> values(static_cast<std::size_t>(out.type.shape.elements()));
    read_raw(dataset, memory, space, {values.data(), {out.type.shape, Element::float64}});
    if (out.type.element == Element::int32)
        to_integers<std::int32_t>(values, out);
    else
        to_integers<std::uint8_t>(values, out);
}

}  // namespace

std::string reading_failure() {
    const std::string complaint = Library::complaint();
    if (complaint.find("Fletcher32") != std::string::npos)
        return "is damaged: its checksum does not match its values";
    return text("is damaged (HDF5: ", complaint, ")");
}

void read_block(hid_t dataset, const Extents& start, const Extents& count, Tensor out) {
    if (out.type.bytes() == 0)
        return;
    const int rank = static_cast<int>(count.size());
    if (rank == 0)
        return read_all(dataset, out);
    const Handle space{H5Dget_space(dataset), H5Sclose};
    const Handle memory{H5Screate_simple(rank, count.data(), nullptr), H5Sclose};
    H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
    read(dataset, memory.id(), space.id(), out);
}

void read_all(hid_t dataset, Tensor out) {
    if (out.type.bytes() > 0)
        read(dataset, H5S_ALL, H5S_ALL, out);
}

}  // namespace plexus::store
