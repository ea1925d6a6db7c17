// Reads the named arrays that scripts in tests/peers/ wrote into tests/fixtures/.
#pragma once
#include <cmath>
#include <fstream>
#include <map>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/paths.hpp"

namespace plexus::test {

/// What a peer computed. All numbers are held as double, whatever they were.
class Fixture {
public:
    explicit Fixture(const std::string& name) {
        std::ifstream file(source_dir() / "tests" / "fixtures" / (name + ".txt"));
        std::string head;
        std::string numbers;
        while (std::getline(file, head) && std::getline(file, numbers)) {
            std::istringstream from(numbers);
            std::vector<double>& values = arrays_[head.substr(0, head.find(' '))];
            for (double value = 0; from >> value;)
                values.push_back(value);
        }
    }

    [[nodiscard]] const std::vector<double>& operator[](const std::string& name) const {
        const auto found = arrays_.find(name);
        if (found == arrays_.end())
            throw std::out_of_range("the fixture has no " + name);
        return found->second;
    }

    template <class T>
    void copy(const std::string& name, std::span<T> to) const {
        const std::vector<double>& from = (*this)[name];
        if (from.size() != to.size())
            throw std::out_of_range("the fixture has another size of " + name);
        for (std::size_t i = 0; i < to.size(); ++i)
            to[i] = static_cast<T>(from[i]);
    }

private:
    std::map<std::string, std::vector<double>> arrays_;
};

/// The largest difference of two arrays, in parts of the largest value that is expected; infinite for NaN.
template <class A, class B>
double largest_error(const A& got, const B& want) {
    if (got.size() != want.size())
        return INFINITY;
    double scale = 1e-30;
    for (const auto value : want)
        scale = std::max(scale, std::abs(static_cast<double>(value)));
    double worst = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
        const double error = std::abs(static_cast<double>(got[i]) - static_cast<double>(want[i])) / scale;
        worst = error <= worst ? worst : std::isnan(error) ? INFINITY : error;
    }
    return worst;
}

}  // namespace plexus::test
