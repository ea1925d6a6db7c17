// The contract of a file format: a file becomes an array, and an array a file.
#pragma once
#include <filesystem>

#include "plexus/tensor.hpp"

namespace plexus {

/// Constructed as T(const Attributes&). Which files are its own is declared by Schema::extensions(). Thread-safe.
class PLEXUS_API Format {
public:
    virtual ~Format();
    /// The whole file as one array; an image is [H, W, C] uint8. Throws InputError naming the file, and what is wrong
    /// with it, for a damaged one; never trusts a size in the file before it has compared it with the file's.
    [[nodiscard]] virtual Array read(const std::filesystem::path& file) const = 0;
    /// Default: throws InputError, "... cannot be written".
    virtual void write(const std::filesystem::path& file, const ConstTensor& tensor) const;
};

}  // namespace plexus
