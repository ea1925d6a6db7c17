#include "core/store/replace.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <string>
#include <string_view>

#include "plexus/error.hpp"
#include "plexus/text.hpp"

namespace plexus::store {
namespace {

std::string temporary_prefix(const std::filesystem::path& path) {
    return "." + path.filename().string() + ".tmp-";
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
    return path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."};
}

[[noreturn]] void fail(const std::filesystem::path& path, const char* what, int reason) {
    throw RunError(Position{path.string()}, text("cannot be saved: ", what, ": ", std::strerror(reason)));
}

/// Repeats a call that a signal interrupted.
template <class Call>
auto persist(Call call) {
    auto result = call();
    while (result < 0 && errno == EINTR)
        result = call();
    return result;
}

void write_all(int file, std::span<const std::byte> bytes, const std::filesystem::path& path, SystemCalls& calls) {
    constexpr std::size_t most = 1U << 30U;  // Linux writes less than 2 GiB at once
    while (!bytes.empty()) {
        const ssize_t count = persist([&] { return calls.write(file, bytes.data(), std::min(bytes.size(), most)); });
        if (count < 0)
            fail(path, "write", errno);
        if (count == 0)
            fail(path, "write", ENOSPC);  // no progress and no reason: do not turn in circles
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
}

/// Closes once: after EINTR, Linux has closed the file already.
int close_once(int file, SystemCalls& calls) {
    const int result = calls.close(file);
    return result < 0 && errno == EINTR ? 0 : result;
}

/// Writes and syncs the temporary; the file is closed in any case.
void fill(const char* temporary, std::span<const std::byte> bytes, const std::filesystem::path& path,
          SystemCalls& calls) {
    const int file =
        persist([&] { return calls.open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666); });
    if (file < 0)
        fail(path, "open", errno);
    try {
        write_all(file, bytes, path, calls);
        if (persist([&] { return calls.fsync(file); }) < 0)
            fail(path, "fsync", errno);
    } catch (...) {
        calls.close(file);
        throw;
    }
    if (close_once(file, calls) < 0)
        fail(path, "close", errno);
}

void sync_folder(const std::filesystem::path& path, SystemCalls& calls) {
    const std::string folder = folder_of(path).string();
    const int file = persist([&] { return calls.open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0); });
    if (file < 0)
        fail(path, "the new file is there, but its folder cannot be opened", errno);
    const int result = persist([&] { return calls.fsync(file); });
    const int reason = errno;
    close_once(file, calls);
    // Some file systems cannot sync a folder and say so; then the rename is as durable as they make it.
    if (result < 0 && reason != EINVAL)
        fail(path, "the new file is there, but its folder cannot be synced", reason);
}

bool is_leftover(const std::filesystem::directory_entry& entry, std::string_view prefix) {
    const std::string name = entry.path().filename().string();
    if (!std::string_view{name}.starts_with(prefix))
        return false;
    pid_t writer = 0;
    const char* end = name.data() + name.size();
    const auto [rest, error] = std::from_chars(name.data() + prefix.size(), end, writer);
    if (error != std::errc{} || rest != end || writer <= 0)
        return false;
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(entry.symlink_status(ignored)))
        return false;
    return writer == getpid() || (kill(writer, 0) < 0 && errno == ESRCH);
}

}  // namespace

void replace_file(const std::filesystem::path& path, std::span<const std::byte> bytes, SystemCalls& calls) {
    const std::string temporary = (folder_of(path) / text(temporary_prefix(path), getpid())).string();
    try {
        fill(temporary.c_str(), bytes, path, calls);
        if (persist([&] { return calls.rename(temporary.c_str(), path.c_str()); }) < 0)
            fail(path, "rename", errno);
    } catch (...) {
        calls.unlink(temporary.c_str());
        throw;
    }
    sync_folder(path, calls);
}

void remove_leftovers(const std::filesystem::path& path) noexcept {
    try {
        const std::string prefix = temporary_prefix(path);
        std::error_code error;
        for (const auto& entry : std::filesystem::directory_iterator{folder_of(path), error})
            if (is_leftover(entry, prefix))
                std::filesystem::remove(entry.path(), error);
    } catch (...) {  // a leftover costs space, not truth
    }
}

}  // namespace plexus::store
