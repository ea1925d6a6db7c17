// Files that were made to harm: each is refused with a text that says why, and nothing outside it is touched.
#include <doctest/doctest.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>

#include "core/store/checkpoint.hpp"
#include "plexus/error.hpp"
#include "tests/core/store/crafted.hpp"
#include "tests/core/store/trees.hpp"

using namespace plexus;
using namespace plexus::store;
using namespace plexus::test;

namespace {

/// What load() says about a file that `craft` fills, without the file's name.
std::string refusal_of(const std::function<void(Crafted&)>& craft, H5F_libver_t oldest = H5F_LIBVER_V110) {
    const Folder folder;
    const std::string path = (folder / "hostile.h5").string();
    {
        Crafted file{path, oldest};
        craft(file);
    }
    const std::string message = message_of<InputError>([&] { (void)load(path); });
    return message.starts_with(path) ? message.substr(path.size()) : "not refused with its name: " + message;
}

/// Notices if anybody opens something in a folder.
class Watch {
public:
    explicit Watch(const std::filesystem::path& folder) : events_{inotify_init1(IN_NONBLOCK | IN_CLOEXEC)} {
        REQUIRE(inotify_add_watch(events_, folder.c_str(), IN_OPEN | IN_ACCESS) >= 0);
    }
    ~Watch() { close(events_); }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    [[nodiscard]] bool saw_something() const {
        std::array<char, 4096> room{};
        return read(events_, room.data(), room.size()) > 0;
    }

private:
    int events_;
};

const std::array<float, 10> ten{};

}  // namespace

TEST_CASE("hostile: no link leads anywhere") {
    CHECK(refusal_of([](Crafted& f) { H5Lcreate_soft("/networks", f.file, "alias", H5P_DEFAULT, H5P_DEFAULT); }) ==
          ":/alias: is a soft link; links are not followed");
    CHECK(refusal_of([](Crafted& f) {
              f.group("/a");
              H5Lcreate_hard(f.file, "/a", f.file, "/a/again", H5P_DEFAULT, H5P_DEFAULT);
          }) == ":/a/again: is linked twice; each object has one place");
    CHECK(refusal_of([](Crafted& f) {
              f.dataset("/x", H5T_IEEE_F32LE, {10}, H5T_NATIVE_FLOAT, ten.data());
              H5Lcreate_hard(f.file, "/x", f.file, "/y", H5P_DEFAULT, H5P_DEFAULT);
          }) == ":/y: is linked twice; each object has one place");
}

TEST_CASE("hostile: nothing outside the file is opened") {
    const Folder outside;
    {
        const Crafted other{outside / "other.h5"};
        other.dataset("/x", H5T_IEEE_F32LE, {10}, H5T_NATIVE_FLOAT, ten.data());
    }
    write_bytes(outside / "raw", std::vector<std::byte>(40));
    const std::string other = (outside / "other.h5").string();
    const std::string raw = (outside / "raw").string();
    const Watch watch{outside.path()};
    CHECK(refusal_of([&](Crafted& f) {
              H5Lcreate_external(other.c_str(), "/x", f.file, "away", H5P_DEFAULT, H5P_DEFAULT);
          }) == ":/away: is an external link; other files are not opened");
    CHECK(refusal_of([&](Crafted& f) {
              H5Pset_external(f.properties, raw.c_str(), 0, 40);
              f.dataset("/x", H5T_IEEE_F32LE, {10});
          }) == ":/x: has external storage: its values are in other files, which are not opened");
    CHECK(refusal_of([&](Crafted& f) {
              const hsize_t size = 10;
              const hid_t space = H5Screate_simple(1, &size, nullptr);
              H5Pset_virtual(f.properties, space, other.c_str(), "/x", space);
              H5Sclose(space);
              f.dataset("/x", H5T_IEEE_F32LE, {10});
          }) == ":/x: is a virtual dataset: its values are in other files, which are not opened");
    CHECK(!watch.saw_something());
}

TEST_CASE("hostile: no filter makes HDF5 look for code") {
    const H5Z_class2_t odd{
        H5Z_CLASS_T_VERS,
        32001,
        1,
        1,
        "odd",
        nullptr,
        nullptr,
        [](unsigned, std::size_t, const unsigned*, std::size_t bytes, std::size_t*, void**) { return bytes; }};
    const Folder plugins;
    write_bytes(plugins / "libodd.so", std::vector<std::byte>(100));
    H5PLprepend(plugins.path().c_str());
    const Watch watch{plugins.path()};
    CHECK(refusal_of([&](Crafted& f) {
              H5Zregister(&odd);
              const hsize_t chunk = 10;
              H5Pset_chunk(f.properties, 1, &chunk);
              H5Pset_filter(f.properties, 32001, H5Z_FLAG_MANDATORY, 0, nullptr);
              CHECK(f.dataset("/x", H5T_IEEE_F32LE, {10}, H5T_NATIVE_FLOAT, ten.data()));
          }) == ":/x: needs the HDF5 filter 32001; a checkpoint has no filter but the checksum, fletcher32");
    H5Zunregister(32001);
    CHECK(refusal_of([](Crafted& f) {
              const hsize_t chunk = 10;
              H5Pset_chunk(f.properties, 1, &chunk);
              H5Pset_deflate(f.properties, 1);
              f.dataset("/x", H5T_IEEE_F32LE, {10}, H5T_NATIVE_FLOAT, ten.data());
          }) == ":/x: needs the HDF5 filter 1; a checkpoint has no filter but the checksum, fletcher32");
    CHECK(!watch.saw_something());
    H5PLremove(0);
}

TEST_CASE("hostile: only numbers and texts of fixed length are read") {
    const auto refuse = [](const char* what, const std::function<hid_t()>& make_type) {
        CHECK(refusal_of([&](Crafted& f) {
                  const hid_t type = make_type();
                  f.dataset("/x", type, {2});
                  H5Tclose(type);
              }) == std::string(":/x: ") + what);
    };
    refuse("holds variable-length text; only text of a fixed length is read (in h5py: dtype 'S')", [] {
        const hid_t type = H5Tcopy(H5T_C_S1);
        H5Tset_size(type, H5T_VARIABLE);
        return type;
    });
    refuse("holds variable-length values; only numbers and text of a fixed length are read",
           [] { return H5Tvlen_create(H5T_IEEE_F32LE); });
    refuse("holds compound values; only numbers and text of a fixed length are read", [] {
        const hid_t type = H5Tcreate(H5T_COMPOUND, 8);
        H5Tinsert(type, "a", 0, H5T_STD_I32LE);
        H5Tinsert(type, "b", 4, H5T_STD_I32LE);
        return type;
    });
    refuse("holds opaque bytes; only numbers and text of a fixed length are read",
           [] { return H5Tcreate(H5T_OPAQUE, 4); });
    refuse("holds references; only numbers and text of a fixed length are read",
           [] { return H5Tcopy(H5T_STD_REF_OBJ); });
    refuse("holds arrays as elements; only numbers and text of a fixed length are read", [] {
        const hsize_t size = 3;
        return H5Tarray_create2(H5T_IEEE_F32LE, 1, &size);
    });
    CHECK(refusal_of([](Crafted& f) {
              const hid_t type = H5Tcopy(H5T_IEEE_F32LE);
              H5Tcommit2(f.file, "named", type, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
              H5Tclose(type);
          }) == ":/named: is a committed (named) type; only groups and datasets are read");
    CHECK(refusal_of([](Crafted& f) {
              const hid_t type = H5Tcopy(H5T_IEEE_F32LE);
              H5Tcommit2(f.file, "z", type, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
              f.dataset("/x", type, {2});
              H5Tclose(type);
              H5Ldelete(f.file, "z", H5P_DEFAULT);
          }) == ":/x: has a committed (named) type; only plain types are read");
}

TEST_CASE("hostile: a small file cannot claim much") {
    const hsize_t huge = hsize_t{1} << 40U;
    const std::string claim = refusal_of([&](Crafted& f) { f.dataset("/x", H5T_IEEE_F32LE, {huge}); });
    CHECK(claim.starts_with(":/x: claims 4398046511104 bytes, but the whole file has "));
    CHECK(refusal_of([&](Crafted& f) {
              const hsize_t chunk = 1U << 20U;
              H5Pset_chunk(f.properties, 1, &chunk);
              f.dataset("/x", H5T_IEEE_F32LE, {huge});
          }).starts_with(":/x: claims 4398046511104 bytes"));
    CHECK(refusal_of([&](Crafted& f) {
              const std::array<hsize_t, 3> chunk{1, 1, 1};
              H5Pset_chunk(f.properties, 3, chunk.data());
              f.dataset("/x", H5T_STD_U8LE, {huge, huge, 0});
          }) == ":/x: claims to have more elements than can be counted");
    CHECK(refusal_of([](Crafted& f) {
              const std::vector<float> values(3000);
              f.dataset("/a", H5T_IEEE_F32LE, {3000}, H5T_NATIVE_FLOAT, values.data());
              f.dataset("/b", H5T_IEEE_F32LE, {3000});
          }) == ":/b: and the datasets before it claim more bytes than the file has");
    CHECK(refusal_of([](Crafted& f) {
              f.dataset("/x", H5T_STD_U8LE, {1, 1, 1, 1, 1, 1, 1, 1, 1});
          }) == ":/x: has 9 dimensions; at most 8 are read");
}

TEST_CASE("hostile: depth, names, attributes and objects have limits") {
    CHECK(refusal_of([](Crafted& f) {
              std::string path;
              for (int i = 0; i < 80; ++i)
                  f.group((path += "/a").c_str());
          }).ends_with(": lies deeper than 64 groups"));
    CHECK(refusal_of([](Crafted& f) { f.group(("/" + std::string(2000, 'n')).c_str()); }) ==
          ":/: has a name that is too long");
    CHECK(refusal_of([](Crafted& f) {
              f.group("/a");
              for (int i = 0; i < 300; ++i)
                  f.attribute("/a", text("n", i).c_str(), H5T_STD_I64LE);
          }) == ":/a: has 300 attributes; at most 256 are read");
    CHECK(refusal_of([](Crafted& f) { f.attribute("/", "list", H5T_STD_I64LE, {2}); }) ==
          ":/: has an attribute 'list' that is not one value");
    CHECK(
        refusal_of([](Crafted& f) {
            const hid_t type = H5Tcopy(H5T_C_S1);
            H5Tset_size(type, H5T_VARIABLE);
            f.attribute("/", "note", type);
            H5Tclose(type);
        }) ==
        ":/: has an attribute 'note' of variable length; only text of a fixed length is read (in h5py: numpy.bytes_)");

    const Folder folder;
    const std::string path = (folder / "many.h5").string();
    save(path, small_tree());
    Limits limits;
    limits.objects = 3;
    CHECK(message_of<InputError>([&] { (void)load(path, limits); }).ends_with(": has too many objects"));
}

TEST_CASE("hostile: a name cannot smuggle a path in") {
    const Folder folder;
    const std::string path = (folder / "slash.h5").string();
    {
        const Crafted file{path, H5F_LIBVER_EARLIEST};  // without checksums, so that a byte can be changed
        file.group("/axb");
    }
    std::vector<std::byte> bytes = bytes_of(path);
    const std::array<std::byte, 3> name{std::byte{'a'}, std::byte{'x'}, std::byte{'b'}};
    const auto place = std::search(bytes.begin(), bytes.end(), name.begin(), name.end());
    REQUIRE(place != bytes.end());
    place[1] = std::byte{'/'};
    write_bytes(path, bytes);
    CHECK(message_of<InputError>([&] { (void)load(path); }) ==
          path + ":/: has a name that is none: empty, '.', or with '/' in it");
}

TEST_CASE("hostile: values that somebody replaced are loaded as replaced, and listed if no checksum covers them") {
    const Folder folder;
    const std::string path = (folder / "edited.h5").string();
    {
        const Crafted file{path};
        const std::array<double, 2> numbers{1.5, -2};
        const std::array<std::int64_t, 2> integers{3, -4};
        file.attribute("/", "plexus_format", H5T_STD_I64LE);
        file.dataset("/big_endian", H5T_IEEE_F32BE, {2}, H5T_NATIVE_DOUBLE, numbers.data());
        file.dataset("/double", H5T_IEEE_F64LE, {2}, H5T_NATIVE_DOUBLE, numbers.data());
        file.dataset("/long", H5T_STD_I64LE, {2}, H5T_NATIVE_INT64, integers.data());
        H5Pset_layout(file.properties, H5D_COMPACT);
        file.dataset("/compact", H5T_IEEE_F32LE, {2}, H5T_NATIVE_DOUBLE, numbers.data());
        const std::int64_t one = 1;
        const hid_t format = H5Aopen(file.file, "plexus_format", H5P_DEFAULT);
        H5Awrite(format, H5T_NATIVE_INT64, &one);
        H5Aclose(format);
    }
    const Loaded loaded = load(path);
    CHECK(loaded.unchecked == std::vector<std::string>{"/big_endian", "/double", "/long"});
    CHECK(find_array(loaded.root, "big_endian")->as<float>()[0] == 1.5F);
    CHECK(find_array(loaded.root, "double")->as<double>()[1] == -2.0);
    CHECK(find_array(loaded.root, "long")->as<std::int32_t>()[1] == -4);
    CHECK(find_array(loaded.root, "compact")->as<float>()[1] == -2.0F);
    CHECK(refusal_of([](Crafted& f) {
              const std::array<std::int64_t, 2> integers{1, std::int64_t{1} << 31U};
              f.dataset("/x", H5T_STD_I64LE, {2}, H5T_NATIVE_INT64, integers.data());
          }) == ":/x: has a value that does not fit int32");
}
