// HDF5 files as others make them, with HDF5's own functions: odd ones and hostile ones.
#pragma once
#include <hdf5.h>

#include <filesystem>
#include <string>
#include <vector>

namespace plexus::test {

/// A file that is being made; closed with the object.
class Crafted {
public:
    explicit Crafted(const std::filesystem::path& path, H5F_libver_t oldest = H5F_LIBVER_V110, hsize_t user_block = 0) {
        const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
        H5Pset_libver_bounds(access, oldest, H5F_LIBVER_V110);
        const hid_t creation = H5Pcreate(H5P_FILE_CREATE);
        H5Pset_userblock(creation, user_block);
        file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation, access);
        properties = H5Pcreate(H5P_DATASET_CREATE);
        H5Pclose(creation);
        H5Pclose(access);
    }
    ~Crafted() {
        H5Pclose(properties);
        H5Fclose(file);
    }
    Crafted(const Crafted&) = delete;
    Crafted& operator=(const Crafted&) = delete;

    void group(const char* path) const { H5Gclose(H5Gcreate2(file, path, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT)); }

    /// A dataset with the properties as they are now. Without values nothing is written.
    bool dataset(const char* path, hid_t stored, const std::vector<hsize_t>& sizes, hid_t given = -1,
                 const void* values = nullptr) const {
        const hid_t space = sizes.empty() ? H5Screate(H5S_SCALAR)
                                          : H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr);
        const hid_t made = H5Dcreate2(file, path, stored, space, H5P_DEFAULT, properties, H5P_DEFAULT);
        bool good = made >= 0;
        if (good && values != nullptr)
            good = H5Dwrite(made, given, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
        if (made >= 0)
            H5Dclose(made);
        H5Sclose(space);
        return good;
    }

    void attribute(const char* object, const char* name, hid_t type, const std::vector<hsize_t>& sizes = {}) const {
        const hid_t space = sizes.empty() ? H5Screate(H5S_SCALAR)
                                          : H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr);
        H5Aclose(H5Acreate_by_name(file, object, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
        H5Sclose(space);
    }

    hid_t file;
    hid_t properties;  ///< of the next dataset
};

}  // namespace plexus::test
