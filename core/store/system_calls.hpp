// The system calls of a save, so that a test can let each of them fail.
#pragma once
#include <sys/types.h>

#include <cstddef>

#include "plexus/export.hpp"

namespace plexus::store {

/// Each does what the call of its name does, errno included. These are the real ones.
class PLEXUS_API SystemCalls {
public:
    virtual ~SystemCalls() = default;
    virtual int open(const char* path, int flags, mode_t mode);
    virtual ssize_t write(int file, const void* data, std::size_t bytes);
    virtual int fsync(int file);
    virtual int close(int file);
    virtual int rename(const char* from, const char* to);
    virtual int unlink(const char* path);
};

}  // namespace plexus::store
