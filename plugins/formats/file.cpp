#include "file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace plexus::formats {
namespace {

/// Owns an open file.
class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0)
            ::close(number_);
    }
    [[nodiscard]] int get() const { return number_; }
    /// The result of close(), which may be the first to hear of a full disk.
    [[nodiscard]] int close() {
        const int number = number_;
        number_ = -1;
        return ::close(number);
    }

private:
    int number_;
};

std::string reason(int error) {
    return std::generic_category().message(error);
}

}  // namespace

std::vector<std::byte> read_file(const std::filesystem::path& file) {
    const std::string name = file.string();
    // Non-blocking, for opening a pipe that nobody writes would wait for ever.
    const Descriptor descriptor{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (descriptor.get() < 0 && (errno == ENOENT || errno == ENOTDIR))
        throw damaged(name, "there is no such file; check the path");
    if (descriptor.get() < 0)
        throw damaged(name, "cannot be opened: ", reason(errno));
    struct stat status {};
    if (::fstat(descriptor.get(), &status) != 0)
        throw damaged(name, "cannot be read: ", reason(errno));
    if (S_ISDIR(status.st_mode))
        throw damaged(name, "is a folder; a file is wanted");
    if (!S_ISREG(status.st_mode))
        throw damaged(name, "is a device or a pipe; a file is wanted");
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size > largest_file)
        throw damaged(name, "has ", size, " bytes; at most ", largest_file, " are read");
    std::vector<std::byte> bytes(size);
    for (std::size_t done = 0; done < size;) {
        const ssize_t count = ::read(descriptor.get(), bytes.data() + done, size - done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            throw damaged(name, "cannot be read: ", reason(errno));
        if (count == 0)
            throw damaged(name, "became shorter while it was read; try again when nobody writes it");
        done += static_cast<std::size_t>(count);
    }
    return bytes;
}

void write_file(const std::filesystem::path& file, std::span<const std::byte> bytes) {
    const std::string name = file.string();
    Descriptor descriptor{::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)};
    if (descriptor.get() < 0 && (errno == ENOENT || errno == ENOTDIR))
        throw damaged(name, "cannot be written: the folder does not exist");
    if (descriptor.get() < 0)
        throw damaged(name, "cannot be written: ", reason(errno));
    int error = 0;
    for (std::size_t done = 0; done < bytes.size() && error == 0;) {
        const ssize_t count = ::write(descriptor.get(), bytes.data() + done, bytes.size() - done);
        if (count >= 0)
            done += static_cast<std::size_t>(count);
        else if (errno != EINTR)
            error = errno;
    }
    if (descriptor.close() != 0 && error == 0)
        error = errno;
    if (error != 0) {
        std::error_code ignored;
        if (std::filesystem::is_regular_file(file, ignored))
            std::filesystem::remove(file, ignored);
        throw RunError(text(name, ": cannot be written: ", reason(error)));
    }
}

}  // namespace plexus::formats
