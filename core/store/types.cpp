#include "core/store/types.hpp"

#include <algorithm>

namespace plexus::store {

hid_t file_type(Element element) {
    switch (element) {
        case Element::float32:
            return H5T_IEEE_F32LE;
        case Element::float64:
            return H5T_IEEE_F64LE;
        case Element::int32:
            return H5T_STD_I32LE;
        case Element::uint8:
            return H5T_STD_U8LE;
        case Element::bfloat16:  // of edges only: what is stored is float32
            break;
    }
    return -1;
}

hid_t memory_type(Element element) {
    switch (element) {
        case Element::float32:
            return H5T_NATIVE_FLOAT;
        case Element::float64:
            return H5T_NATIVE_DOUBLE;
        case Element::int32:
            return H5T_NATIVE_INT32;
        case Element::uint8:
            return H5T_NATIVE_UINT8;
        case Element::bfloat16:
            break;
    }
    return -1;
}

Handle text_type(std::size_t length) {
    Handle type{H5Tcopy(H5T_C_S1), H5Tclose};
    H5Tset_size(type.id(), std::max<std::size_t>(1, length));
    H5Tset_strpad(type.id(), H5T_STR_NULLPAD);
    H5Tset_cset(type.id(), H5T_CSET_UTF8);
    return type;
}

}  // namespace plexus::store
