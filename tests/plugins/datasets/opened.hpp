// A shipped data set as a user gets it: from a line of a graph file, with the files that it names.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "plexus/dataset.hpp"
#include "plexus/error.hpp"

namespace plexus::test {

/// `use` is what stands after `source:`, `{csv: {file: a.csv}}`; paths are relative to the test's own folder.
std::unique_ptr<Dataset> dataset(const std::string& use);
/// The message of the InputError that making it throws, "" if none. The file is called "g.yaml", its line 1.
std::string refusal_of(const std::string& use);

/// One sample, all of its tensors.
std::vector<Array> sample(const Dataset& dataset, std::size_t index);
/// The message of the RunError that reading a sample throws, "" if none.
std::string failure_of(const Dataset& dataset, std::size_t index);

template <class T = float>
std::vector<T> values(const Array& array) {
    return {array.as<T>().begin(), array.as<T>().end()};
}

std::string file_of(const std::string& name, const std::string& bytes);
/// An IDX file of uint8 values.
std::string idx(const std::string& name, const std::vector<std::uint32_t>& sizes, const std::string& values);
void write_png(const std::string& name, const Shape& shape, std::uint8_t value);

}  // namespace plexus::test
