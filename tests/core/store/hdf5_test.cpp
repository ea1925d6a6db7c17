#include "plexus/hdf5.hpp"

#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <limits>
#include <numeric>

#include "plexus/error.hpp"
#include "tests/core/store/crafted.hpp"
#include "tests/core/store/trees.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

/// Images and labels as h5py writes them: compressed, and with int64 labels.
void craft_data(const std::filesystem::path& path, H5F_libver_t oldest = H5F_LIBVER_EARLIEST, hsize_t user_block = 0) {
    const Crafted file{path, oldest, user_block};
    std::vector<std::uint8_t> images(100 * 4 * 4);
    std::iota(images.begin(), images.end(), std::uint8_t{0});
    const std::array<hsize_t, 3> chunk{7, 4, 3};
    H5Pset_chunk(file.properties, 3, chunk.data());
    H5Pset_shuffle(file.properties);
    H5Pset_deflate(file.properties, 6);
    file.dataset("/images", H5T_STD_U8LE, {100, 4, 4}, H5T_NATIVE_UINT8, images.data());
    H5Premove_filter(file.properties, H5Z_FILTER_ALL);
    H5Pset_layout(file.properties, H5D_CONTIGUOUS);
    std::vector<std::int64_t> labels(100);
    std::iota(labels.begin(), labels.end(), 0);
    file.group("/more");
    file.dataset("/more/labels", H5T_STD_I64LE, {100}, H5T_NATIVE_INT64, labels.data());
    labels[50] = std::int64_t{1} << 40U;
    file.dataset("/large", H5T_STD_I64LE, {100}, H5T_NATIVE_INT64, labels.data());
    const std::array<double, 4> numbers{1, -2.5, 1e300, std::numeric_limits<double>::infinity()};
    file.dataset("/numbers", H5T_IEEE_F64BE, {4}, H5T_NATIVE_DOUBLE, numbers.data());
    file.dataset("/scale", H5T_IEEE_F64LE, {}, H5T_NATIVE_DOUBLE, numbers.data());
    const hid_t varying = H5Tcopy(H5T_C_S1);
    H5Tset_size(varying, H5T_VARIABLE);
    file.dataset("/names", varying, {2});
    H5Tclose(varying);
    H5Lcreate_soft("/images", file.file, "alias", H5P_DEFAULT, H5P_DEFAULT);
}

std::string refusal(const std::string& path, const std::function<void()>& work) {
    const std::string message = message_of<InputError>(work);
    return message.starts_with(path) ? message.substr(path.size()) : "not refused with its name: " + message;
}

}  // namespace

TEST_CASE("hdf5: rows of a foreign file are read, converted to the element type that is asked for") {
    const Folder folder;
    for (const auto& [oldest, user_block] :
         {std::pair{H5F_LIBVER_EARLIEST, 0}, std::pair{H5F_LIBVER_V110, 0}, std::pair{H5F_LIBVER_EARLIEST, 512}}) {
        const std::filesystem::path path = folder / "data.h5";
        craft_data(path, oldest, static_cast<hsize_t>(user_block));
        const Hdf5File file{path};
        std::filesystem::remove(path);  // what is open stays readable
        std::vector<std::string> paths;
        for (const Hdf5Dataset& dataset : file.datasets())
            paths.push_back(dataset.path);
        CHECK(paths == std::vector<std::string>{"/images", "/large", "/more/labels", "/numbers", "/scale"});
        CHECK(file.type("images") == TensorType{Shape{100, 4, 4}, Element::uint8});
        CHECK(file.type("/more/labels") == TensorType{Shape{100}, Element::int32});
        CHECK(file.type("/numbers").element == Element::float64);

        Array rows{TensorType{Shape{3, 4, 4}, Element::float32}};
        file.read("/images", 97, rows.view());
        CHECK(rows.as<float>()[0] == static_cast<float>((97 * 16) % 256));
        CHECK(rows.as<float>()[47] == static_cast<float>((99 * 16 + 15) % 256));
        const Array labels = file.read("more/labels", Element::int32);
        CHECK(labels.as<std::int32_t>()[99] == 99);
        CHECK(file.read("/scale", Element::float32).as<float>()[0] == 1.0F);
        Array none{TensorType{Shape{0, 4, 4}, Element::float32}};
        file.read("/images", 100, none.view());
    }
}

TEST_CASE("hdf5: what does not fit is refused, not clipped") {
    const Folder folder;
    const std::string path = (folder / "data.h5").string();
    craft_data(path);
    const Hdf5File file{path};
    const auto read = [&](const char* dataset, Element element) {
        return refusal(path, [&] { (void)file.read(dataset, element); });
    };
    CHECK(read("/large", Element::int32) == ":/large: has a value that does not fit int32");
    CHECK(read("/more/labels", Element::uint8) == "not refused with its name: ");
    CHECK(read("/large", Element::uint8) == ":/large: has a value that does not fit uint8");
    CHECK(read("/numbers", Element::int32) == ":/numbers: has a value that does not fit int32");
    CHECK(read("/numbers", Element::float32) == ":/numbers: has a value that does not fit float32");
    Array last{TensorType{Shape{1}, Element::float32}};
    file.read("/numbers", 3, last.view());
    CHECK(last.as<float>()[0] == std::numeric_limits<float>::infinity());
    file.read("/numbers", 1, last.view());
    CHECK(last.as<float>()[0] == -2.5F);
    Array whole{TensorType{Shape{1}, Element::int32}};
    file.read("/numbers", 0, whole.view());
    CHECK(whole.as<std::int32_t>()[0] == 1);
    CHECK(refusal(path, [&] { file.read("/numbers", 1, whole.view()); }) ==
          ":/numbers: has a value that does not fit int32");
    CHECK(file.read("/large", Element::float64).as<double>()[50] == 1099511627776.0);
}

TEST_CASE("hdf5: what is not there, or cannot be read, is refused with the reason") {
    const Folder folder;
    const std::string path = (folder / "data.h5").string();
    craft_data(path);
    const Hdf5File file{path};
    const auto type = [&](const char* dataset) { return refusal(path, [&] { (void)file.type(dataset); }); };
    CHECK(type("/image") == ": has no dataset '/image'; did you mean '/images'?");
    CHECK(type("/q") == ": has no dataset '/q'; it has /images, /large, /more/labels, /numbers, /scale");
    CHECK(type("/more").starts_with(":/more: is a group, not a dataset; "));
    CHECK(type("/alias") == ":/alias: is a soft link; links are not followed");
    CHECK(type("/names") ==
          ":/names: holds variable-length text; only text of a fixed length is read (in h5py: dtype 'S')");
    Array rows{TensorType{Shape{3, 4, 4}, Element::float32}};
    CHECK(refusal(path, [&] { file.read("/images", 98, rows.view()); }) ==
          ":/images: has 100 rows; rows 98 to 101 were asked for");
    CHECK(refusal(path, [&] { file.read("/images", -1, rows.view()); }) ==
          ":/images: has 100 rows; rows -1 to 2 were asked for");
    rows.reshape(Shape{3, 16});
    CHECK(refusal(path, [&] { file.read("/images", 0, rows.view()); }) ==
          ":/images: has shape [100, 4, 4]; rows of shape [3, 16] were asked for");
    CHECK(refusal("/no/file.h5", [] { const Hdf5File missing{"/no/file.h5"}; }) == ": no such file");
}

TEST_CASE("hdf5: a compression bomb is refused by what it claims") {
    const Folder folder;
    const std::string path = (folder / "bomb.h5").string();
    {
        const Crafted file{path};
        const hsize_t chunk = 1U << 20U;
        H5Pset_chunk(file.properties, 1, &chunk);
        H5Pset_deflate(file.properties, 9);
        file.dataset("/empty", H5T_STD_U8LE, {hsize_t{1} << 40U});
        const std::vector<std::uint8_t> zeros(1U << 20U);
        file.dataset("/good", H5T_STD_U8LE, {zeros.size()}, H5T_NATIVE_UINT8, zeros.data());
    }
    const Hdf5File file{path};
    CHECK(refusal(path, [&] { (void)file.type("/empty"); }) ==
          ":/empty: claims 1099511627776 bytes, but has only 0 packed bytes, which cannot become so many");
    CHECK(file.read("/good", Element::uint8).shape() == Shape{1 << 20});
}
