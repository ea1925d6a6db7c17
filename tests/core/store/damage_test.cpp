// What a flipped bit does to a checkpoint: it is refused, or it does nothing.
#include <doctest/doctest.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <thread>

#include "core/store/checkpoint.hpp"
#include "core/store/encode.hpp"
#include "core/store/guard.hpp"
#include "plexus/error.hpp"
#include "plexus/hdf5.hpp"
#include "tests/core/store/crafted.hpp"
#include "tests/core/store/trees.hpp"

using namespace plexus;
using namespace plexus::store;
using namespace plexus::test;

namespace {

enum Outcome : unsigned char { unknown, equal, refused, different };

/// Memory that a forked child writes for its parent.
class Shared {
public:
    explicit Shared(std::size_t bytes) : bytes_{bytes} {
        data_ = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        REQUIRE(data_ != MAP_FAILED);
    }
    ~Shared() { munmap(data_, bytes_); }
    Shared(const Shared&) = delete;
    Shared& operator=(const Shared&) = delete;
    [[nodiscard]] unsigned char* get() const { return static_cast<unsigned char*>(data_); }

private:
    std::size_t bytes_;
    void* data_;
};

Outcome outcome_of(const std::vector<std::byte>& bytes, const Group& tree) {
    try {
        return decode(bytes, "flipped.h5").root == tree ? equal : different;
    } catch (const InputError&) {
        return refused;
    }
}

/// All bits of every other byte, one bit of the rest.
std::byte mask_of(std::size_t place) {
    return place % 2 == 0 ? std::byte{0xFF} : std::byte(1U << (place / 2 % 8));
}

/// Loads the file with each byte of [from, to) changed in turn, all in one child; if that dies, each in its own.
void flip(std::vector<std::byte>& bytes, std::size_t from, std::size_t to, const Group& tree, unsigned char* outcomes) {
    try {
        guarded("batch", {}, [&] {
            for (std::size_t i = from; i < to; ++i) {
                bytes[i] ^= mask_of(i);
                outcomes[i] = outcome_of(bytes, tree);
                bytes[i] ^= mask_of(i);
            }
        });
    } catch (const InputError&) {
        if (to - from == 1)
            outcomes[from] = refused;
        else
            for (std::size_t i = from; i < to; ++i)
                flip(bytes, i, i + 1, tree, outcomes);
    }
}

}  // namespace

TEST_CASE("damage: any flipped byte is refused or harmless, never loaded as something else") {
    const Group tree = small_tree();
    const Image image = encode(tree);
    std::vector<std::byte> bytes(image.bytes().begin(), image.bytes().end());
    const Shared outcomes{bytes.size()};
    for (std::size_t from = 0; from < bytes.size(); from += 256)
        flip(bytes, from, std::min(from + 256, bytes.size()), tree, outcomes.get());
    std::array<std::size_t, 4> count{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        ++count[outcomes.get()[i]];
        if (outcomes.get()[i] == different)
            MESSAGE("byte ", i, " flipped loads differently");
    }
    CHECK(count[different] == 0);
    CHECK(count[unknown] == 0);
    CHECK(count[refused] > 1000);
    MESSAGE(bytes.size(), " bytes: ", count[refused], " refused, ", count[equal], " harmless");
}

TEST_CASE("damage: a file cut anywhere is refused") {
    const Image image = encode(small_tree());
    for (std::size_t size = 0; size < image.bytes().size(); size += 97) {
        CAPTURE(size);
        CHECK_THROWS_AS((void)decode(image.bytes().first(size), "cut.h5"), InputError);
    }
}

TEST_CASE("damage: changed values are named with their dataset") {
    Group tree;
    put(tree, "networks/main/fc1/kernel", {array_of<float>({64}, 100)});
    const Image image = encode(tree);
    std::vector<std::byte> bytes(image.bytes().begin(), image.bytes().end());
    const std::array<float, 3> values{120, 121, 122};
    const auto* pattern = reinterpret_cast<const std::byte*>(values.data());
    const auto place = std::search(bytes.begin(), bytes.end(), pattern, pattern + sizeof values);
    REQUIRE(place != bytes.end());
    *place ^= std::byte{1};
    CHECK(message_of<InputError>([&] { (void)decode(bytes, "last.h5"); }) ==
          "last.h5:/networks/main/fc1/kernel: is damaged: its checksum does not match its values");
}

TEST_CASE("damage: files without any checksum, changed at random, neither crash nor hang whoever reads them") {
    const Folder folder;
    const std::filesystem::path path = folder / "foreign.h5";
    {
        const Crafted file{path, H5F_LIBVER_EARLIEST};
        const std::vector<float> values(64, 1.0F);
        const hsize_t chunk = 16;
        file.group("/a");
        file.group("/a/b");
        file.dataset("/a/b/plain", H5T_IEEE_F32BE, {64}, H5T_NATIVE_FLOAT, values.data());
        H5Pset_chunk(file.properties, 1, &chunk);
        H5Pset_deflate(file.properties, 6);
        file.dataset("/packed", H5T_STD_I64LE, {64}, H5T_NATIVE_FLOAT, values.data());
        file.attribute("/", "plexus_format", H5T_STD_I64LE);
    }
    const std::vector<std::byte> sound = bytes_of(path);
    std::uint32_t random = 1;
    const auto below = [&](std::size_t end) {
        random = random * 1664525 + 1013904223;
        return (random >> 8U) % end;
    };
    int refusals = 0;
    for (int i = 0; i < 150; ++i) {
        CAPTURE(i);
        std::vector<std::byte> bytes = sound;
        for (std::size_t changes = 1 + below(6); changes > 0; --changes)
            bytes[below(bytes.size())] = std::byte(static_cast<unsigned char>(below(256)));
        write_bytes(path, bytes);
        try {
            const Hdf5File file{path};
            for (const Hdf5Dataset& dataset : file.datasets())
                (void)file.read(dataset.path, Element::float64);
        } catch (const InputError&) {
            ++refusals;
        }
        CHECK_THROWS_AS((void)load(path), InputError);  // at the latest because of deflate
    }
    MESSAGE(refusals, " of 150 foreign files refused");
}

TEST_CASE("damage: threads load and save beside each other") {
    const Folder folder;
    const Group tree = small_tree();
    save(folder / "read.h5", tree);
    std::array<int, 3> whole{};
    std::vector<std::thread> threads;
    for (int& count : whole)
        threads.emplace_back([&] {
            for (int i = 0; i < 10; ++i)
                count += load(folder / "read.h5").root.children == tree.children ? 1 : 0;
        });
    threads.emplace_back([&] {
        for (int i = 0; i < 30; ++i)
            save(folder / "written.h5", tree);
    });
    for (std::thread& thread : threads)
        thread.join();
    CHECK(whole == std::array<int, 3>{10, 10, 10});
    CHECK(bytes_of(folder / "written.h5") == bytes_of(folder / "read.h5"));
}
