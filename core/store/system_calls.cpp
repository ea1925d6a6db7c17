#include "core/store/system_calls.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

namespace plexus::store {

int SystemCalls::open(const char* path, int flags, mode_t mode) {
    return ::open(path, flags, mode);
}
ssize_t SystemCalls::write(int file, const void* data, std::size_t bytes) {
    return ::write(file, data, bytes);
}
int SystemCalls::fsync(int file) {
    return ::fsync(file);
}
int SystemCalls::close(int file) {
    return ::close(file);
}
int SystemCalls::rename(const char* from, const char* to) {
    return ::rename(from, to);
}
int SystemCalls::unlink(const char* path) {
    return ::unlink(path);
}

}  // namespace plexus::store
