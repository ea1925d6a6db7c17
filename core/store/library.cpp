#include "core/store/library.hpp"

#include <unistd.h>

namespace plexus::store {
namespace {

// HDF5 is one per process, and so is what guards it.
std::mutex& library_mutex() {
    static std::mutex mutex;
    return mutex;
}

herr_t keep_innermost(unsigned depth, const H5E_error2_t* error, void* result) noexcept {
    if (depth == 0 && error->desc != nullptr)
        *static_cast<std::string*>(result) = error->desc;
    return 0;
}

}  // namespace

Library::Library() : lock_{library_mutex()} {
    H5PLset_loading_state(0);  // an unknown filter in a file must not make the library look for code
    H5Eget_auto2(H5E_DEFAULT, &print_, &print_data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Library::~Library() {
    H5Eset_auto2(H5E_DEFAULT, print_, print_data_);
}

std::string Library::complaint() {
    std::string result;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, &result);
    return result;
}

pid_t fork_between_calls() {
    { const Library initialised; }  // once here, rather than again in every child
    library_mutex().lock();
    const pid_t child = fork();
    library_mutex().unlock();
    return child;
}

}  // namespace plexus::store
