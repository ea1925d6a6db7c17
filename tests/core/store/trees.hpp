// Trees and folders that the tests of the store share.
#pragma once
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "core/store/tree.hpp"
#include "plexus/text.hpp"

namespace plexus::test {

/// A folder of this test process alone; gone with the object.
class Folder {
public:
    Folder() : path_{std::filesystem::temp_directory_path() / text("plexus-store-", getpid(), "-", number()++)} {
        std::filesystem::create_directories(path_);
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    static int& number() {
        static int next = 0;
        return next;
    }
    std::filesystem::path path_;
};

template <class T>
Array array_of(const Shape& shape, double first = 0) {
    Array array{TensorType{shape, element_of<T>}};
    double value = first;
    for (T& element : array.as<T>()) {
        element = static_cast<T>(value);
        value += 1;
    }
    return array;
}

/// One of each thing that a checkpoint can hold.
inline store::Group small_tree(double first = 0) {
    using namespace store;
    Group root;
    root.attributes.set("plexus_version", std::string{"1.0.0"});
    root.attributes.set("seed", std::uint64_t{18446744073709551615U});
    root.attributes.set("step", std::int64_t{-7});
    root.attributes.set("epoch", 2.5);
    put(root, "graph", {Text{{"network:\n  - dense: {units: 10}  # \xC3\xA4\n"}}});
    put(root, "networks/main/conv10/kernel", {array_of<float>({3, 3, 1, 2}, first)});
    put(root, "networks/main/conv2/bias", {array_of<double>({5}, first)});
    put(root, "data/classes", {Text{{"zero", "", "three letters"}}});
    put(root, "training/main/slots/none", {array_of<float>({0, 4})});
    put(root, "training/main/slots/scale", {array_of<float>({}, first + 0.5)});
    Dataset& counts = put(root, "training/main/counts", {array_of<std::int32_t>({2, 2}, -1)});
    counts.attributes.set("unit", std::string{"steps"});
    put(root, "training/main/mask", {array_of<std::uint8_t>({7})});
    group_at(root, "training/empty");
    return root;
}

inline std::vector<std::byte> bytes_of(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    const std::string all{std::istreambuf_iterator<char>{file}, {}};
    std::vector<std::byte> bytes(all.size());
    if (!all.empty())
        std::memcpy(bytes.data(), all.data(), all.size());
    return bytes;
}

inline void write_bytes(const std::filesystem::path& path, const std::vector<std::byte>& bytes) {
    std::ofstream file{path, std::ios::binary | std::ios::trunc};
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

/// The text of the exception that `work` throws, "" if it throws none.
template <class Kind, class Work>
std::string message_of(Work work) {
    try {
        work();
    } catch (const Kind& error) {
        return error.what();
    }
    return "";
}

}  // namespace plexus::test
