// The HDF5 library, used by one thread at a time, with its plugins off and its own printing off.
#pragma once
#include <hdf5.h>
#include <sys/types.h>

#include <mutex>
#include <string>

namespace plexus::store {

/// Hold one around every use of HDF5. Not recursive.
class Library {
public:
    Library();
    ~Library();
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;

    /// What HDF5 says about the call that failed last: its innermost reason. Empty if nothing failed.
    [[nodiscard]] static std::string complaint();

private:
    std::unique_lock<std::mutex> lock_;
    H5E_auto2_t print_ = nullptr;
    void* print_data_ = nullptr;
};

/// fork(), at a moment when no thread is inside HDF5, so that the child finds the library in order. Do not hold a
/// Library.
[[nodiscard]] pid_t fork_between_calls();

}  // namespace plexus::store
