#include <doctest/doctest.h>
#include <hdf5.h>

#include <thread>

#include "tests/plugins/datasets/opened.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

class File {
public:
    explicit File(const char* name) : id_(H5Fcreate(name, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() { H5Fclose(id_); }

    template <class T>
    void add(const char* name, hid_t type, const std::vector<hsize_t>& sizes, const std::vector<T>& values) {
        const hid_t space = H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr);
        const hid_t set = H5Dcreate2(id_, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
        H5Dclose(set);
        H5Sclose(space);
    }

private:
    hid_t id_;
};

void make_file() {
    File file("a.h5");
    file.add<double>("x", H5T_NATIVE_DOUBLE, {3, 2}, {1, 2, 3, 4, 5, 6});
    file.add<unsigned char>("pixels", H5T_NATIVE_UCHAR, {3, 1, 2}, {1, 2, 3, 4, 5, 6});
    file.add<std::int64_t>("y", H5T_NATIVE_INT64, {3, 1}, {7, 8, 9});
    file.add<float>("t", H5T_NATIVE_FLOAT, {3, 1}, {0.5, 1.5, 2.5});
    file.add<float>("two", H5T_NATIVE_FLOAT, {2}, {0.5, 1.5});
    file.add<float>("scalar", H5T_NATIVE_FLOAT, {}, {0.5});
}

}  // namespace

TEST_CASE("hdf5: rows of two datasets are samples, named after the attributes") {
    make_file();
    const auto data = dataset("{hdf5: {file: a.h5, inputs: /x, labels: y}}");
    REQUIRE(data->size() == 3);
    CHECK(data->tensors()[0].name == "inputs");
    CHECK(data->tensors()[0].type == TensorType{Shape{2}, Element::float32});
    CHECK(data->tensors()[1].name == "labels");
    CHECK(data->tensors()[1].type == TensorType{Shape{}, Element::int32});
    CHECK(values(sample(*data, 1)[0]) == std::vector<float>{3, 4});
    CHECK(values<std::int32_t>(sample(*data, 1)[1]) == std::vector<std::int32_t>{8});
    const auto other = dataset("{hdf5: {file: a.h5, inputs: /pixels, labels: /t}}");
    CHECK(other->tensors()[0].type == TensorType{Shape{1, 2}, Element::uint8});
    CHECK(other->tensors()[1].type == TensorType{Shape{1}, Element::float32});
    CHECK(values(sample(*other, 2)[1]) == std::vector<float>{2.5});
    CHECK(dataset("{hdf5: {file: a.h5, inputs: /x}}")->tensors().size() == 1);
}

TEST_CASE("hdf5: samples may be read from several threads at once") {
    make_file();
    const auto data = dataset("{hdf5: {file: a.h5, inputs: /x, labels: /y}}");
    std::vector<int> wrong(4, 0);
    {
        std::vector<std::jthread> threads;
        for (int& count : wrong)
            threads.emplace_back([&] {
                for (std::size_t i = 0; i < 300; ++i)
                    count += sample(*data, i % 3)[0].as<float>()[0] != static_cast<float>(1 + 2 * (i % 3));
            });
    }
    CHECK(wrong == std::vector<int>(4, 0));
}

TEST_CASE("hdf5: what does not fit is refused at its attribute") {
    make_file();
    CHECK(refusal_of("{hdf5: {file: a.h5, inputs: /x, labels: /two}}") ==
          "g.yaml:1:41: a.h5: /two has 2 samples; /x has 3");
    CHECK(refusal_of("{hdf5: {file: a.h5, inputs: /scalar}}") ==
          "g.yaml:1:29: a.h5: /scalar is a scalar; its first dimension must count samples");
    CHECK(refusal_of("{hdf5: {file: absent.h5, inputs: /x}}").starts_with("g.yaml:1:15: absent.h5"));
    CHECK(refusal_of("{hdf5: {file: a.h5, inputs: /xx}}").starts_with("g.yaml:1:29: a.h5"));
    file_of("no.h5", "no HDF5");
    CHECK(refusal_of("{hdf5: {file: no.h5, inputs: /x}}").starts_with("g.yaml:1:15: no.h5"));
}
