#include "tests/plugins/datasets/opened.hpp"

#include <algorithm>
#include <fstream>

#include "core/plugin/types.hpp"
#include "core/program/yaml.hpp"
#include "plexus/environment.hpp"
#include "plexus/format.hpp"
#include "tests/support/paths.hpp"

namespace plexus::test {
namespace {

const Types& types() {
    static const Environment environment{
        {.plugins = {plugin_dir() / "formats.so", plugin_dir() / "datasets.so"}, .search_shipped = false}};
    return environment.types();
}

}  // namespace

std::unique_ptr<Dataset> dataset(const std::string& use) {
    const TypedValue value = types().resolve(Kind::dataset, read_yaml(use, "g.yaml"));
    return types().dataset(value, *types().factory(""));
}

std::string refusal_of(const std::string& use) {
    try {
        (void)dataset(use);
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

std::vector<Array> sample(const Dataset& dataset, std::size_t index) {
    std::vector<Array> arrays;
    std::vector<Tensor> tensors;
    for (const SampleTensor& tensor : dataset.tensors())
        arrays.emplace_back(tensor.type);
    for (Array& array : arrays)
        tensors.push_back(array.view());
    dataset.read(index, tensors);
    return arrays;
}

std::string failure_of(const Dataset& dataset, std::size_t index) {
    try {
        (void)sample(dataset, index);
    } catch (const RunError& error) {
        return error.what();
    }
    return "";
}

std::string file_of(const std::string& name, const std::string& bytes) {
    std::ofstream(name, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return name;
}

std::string idx(const std::string& name, const std::vector<std::uint32_t>& sizes, const std::string& values) {
    std::string out{'\0', '\0', '\x08', static_cast<char>(sizes.size())};
    for (const std::uint32_t size : sizes)
        for (const int shift : {24, 16, 8, 0})
            out += static_cast<char>(size >> shift & 255);
    return file_of(name, out + values);
}

void write_png(const std::string& name, const Shape& shape, std::uint8_t value) {
    Array image{{shape, Element::uint8}};
    std::ranges::fill(image.as<std::uint8_t>(), value);
    types().format("png")->write(name, image.view());
}

}  // namespace plexus::test
