#include "core/store/checkpoint.hpp"

#include <new>

#include "core/store/encode.hpp"
#include "core/store/file_bytes.hpp"
#include "core/store/guard.hpp"
#include "core/store/replace.hpp"
#include "plexus/error.hpp"
#include "plexus/text.hpp"

namespace plexus::store {
namespace {

constexpr const char* format_attribute = "plexus_format";

/// With the format's number in front, and with the file's name in front of what goes wrong.
Image encode_for(const std::filesystem::path& path, const Group& root) {
    Ordered<Attribute> first;
    first.set(format_attribute, format_number);
    try {
        return encode(root, first);
    } catch (const RunError& error) {
        throw RunError(text(path.string(), ":", error.what()));
    }
}

void check_format(const Group& root, const std::string& name) {
    const Attribute* attribute = root.attributes.find(format_attribute);
    const std::int64_t* number = attribute == nullptr ? nullptr : std::get_if<std::int64_t>(attribute);
    if (number == nullptr)
        throw InputError(Position{name}, "is an HDF5 file, but no checkpoint: it has no attribute plexus_format");
    if (*number > format_number)
        throw InputError(Position{name}, text("has format ", *number, "; this Plexus reads formats up to ",
                                              format_number, ": use a newer Plexus"));
    if (*number < 1)
        throw InputError(Position{name}, text("has format ", *number, ", which there never was"));
}

GuardLimits guard_for(std::uint64_t bytes, const Limits& limits) {
    const auto slow = static_cast<unsigned>(bytes >> 25U);  // 32 MiB a second
    return {(std::uint64_t{128} << 20U) + 3 * bytes, limits.seconds + slow, 6 * limits.seconds + 4 * slow};
}

}  // namespace

void save(const std::filesystem::path& path, const Group& root) {
    SystemCalls real;
    save(path, root, real);
}

void save(const std::filesystem::path& path, const Group& root, SystemCalls& calls) {
    try {
        const Image image = encode_for(path, root);
        replace_file(path, image.bytes(), calls);
    } catch (const std::bad_alloc&) {
        throw RunError(Position{path.string()}, "cannot be saved: out of memory");
    }
}

Loaded load(const std::filesystem::path& path, const Limits& limits) {
    const std::string name = path.string();
    const std::vector<std::byte> bytes = read_file(path, limits.file_bytes);
    guarded(name, guard_for(bytes.size(), limits), [&] { check_format(decode(bytes, name, limits).root, name); });
    return decode(bytes, name, limits);
}

}  // namespace plexus::store
