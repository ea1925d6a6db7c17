#include "core/store/file_bytes.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "plexus/error.hpp"
#include "plexus/text.hpp"

namespace plexus::store {
namespace {

class Descriptor {
public:
    explicit Descriptor(const char* path)
        : number_{open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)} {}  // a pipe would block
    ~Descriptor() {
        if (number_ >= 0)
            close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int number() const { return number_; }

private:
    int number_;
};

[[noreturn]] void refuse_open(const std::filesystem::path& path) {
    const int reason = errno;
    const Position place{path.string()};
    if (reason == ENOENT || reason == ENOTDIR)
        throw InputError(place, "no such file");
    if (reason == EACCES || reason == EPERM || reason == ELOOP || reason == ENAMETOOLONG)
        throw InputError(place, text("cannot be read: ", std::strerror(reason)));
    throw RunError(place, text("cannot be read: ", std::strerror(reason)));
}

}  // namespace

std::vector<std::byte> read_file(const std::filesystem::path& path, std::uint64_t most) {
    const Descriptor file{path.c_str()};
    if (file.number() < 0)
        refuse_open(path);
    const Position place{path.string()};
    struct stat status {};
    if (fstat(file.number(), &status) < 0)
        throw RunError(place, text("cannot be read: ", std::strerror(errno)));
    if (S_ISDIR(status.st_mode))
        throw InputError(place, "is a folder; name a file in it");
    if (!S_ISREG(status.st_mode))
        throw InputError(place, "is not a file");
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size > most)
        throw InputError(place, text("has ", size, " bytes; at most ", most, " are read"));
    std::vector<std::byte> bytes(size);
    std::size_t have = 0;
    while (have < bytes.size()) {
        const ssize_t count =
            read(file.number(), bytes.data() + have, std::min<std::size_t>(bytes.size() - have, 1U << 30U));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            throw RunError(place, text("cannot be read: ", std::strerror(errno)));
        if (count == 0)
            break;
        have += static_cast<std::size_t>(count);
    }
    bytes.resize(have);
    return bytes;
}

}  // namespace plexus::store
