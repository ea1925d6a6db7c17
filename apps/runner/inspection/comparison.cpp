#include "apps/runner/inspection/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#include "apps/runner/inspection/statistics.hpp"
#include "plexus/text.hpp"

namespace runner {
namespace {

using plexus::Checkpoint;
using plexus::CheckpointTensor;
using plexus::HistoryRow;
using plexus::text;

bool same_row(const HistoryRow& a, const HistoryRow& b) {
    // By bits, so that a NaN equals itself.
    return a.epoch == b.epoch && a.step == b.step && a.split == b.split && a.metric == b.metric &&
           std::memcmp(&a.value, &b.value, sizeof a.value) == 0;
}

std::string described(const CheckpointTensor& tensor) {
    return text(tensor.values.type().element, " ", tensor.values.shape());
}

TensorDifference difference(const CheckpointTensor& first, const CheckpointTensor& second) {
    TensorDifference result;
    result.path = first.path;
    if (first.values.type() != second.values.type()) {
        result.types = text(described(first), " and ", described(second));
        return result;
    }
    const plexus::ConstTensor a = first.values.view(), b = second.values.view();
    const std::size_t size = plexus::size_of(a.type.element);
    const std::vector<double> x = as_doubles(a), y = as_doubles(b);
    result.elements = x.size();
    double change = 0, norm = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const auto* left = static_cast<const char*>(a.data) + i * size;
        const auto* right = static_cast<const char*>(b.data) + i * size;
        norm += std::isfinite(x[i]) ? x[i] * x[i] : 0;
        if (std::memcmp(left, right, size) == 0)
            continue;
        ++result.values;
        const double apart = std::abs(x[i] - y[i]);
        if (!std::isfinite(apart))
            continue;
        result.largest_change = std::max(result.largest_change, apart);
        change += apart * apart;
    }
    result.relative_change = norm > 0 ? std::sqrt(change / norm) : 0;
    return result;
}

void compare_attributes(const Checkpoint& first, const Checkpoint& second, Comparison& result) {
    std::map<std::string, std::string> theirs(second.attributes().begin(), second.attributes().end());
    for (const auto& [name, value] : first.attributes()) {
        const auto found = theirs.find(name);
        if (found == theirs.end())
            result.attributes.push_back({name, value, ""});
        else if (found->second != value)
            result.attributes.push_back({name, value, found->second});
        if (found != theirs.end())
            theirs.erase(found);
    }
    for (const auto& [name, value] : theirs)
        result.attributes.push_back({name, "", value});
}

}  // namespace

bool Comparison::equal() const {
    return only_first.empty() && only_second.empty() && changed.empty() && attributes.empty() && !graphs_differ &&
           !classes_differ && !histories_differ;
}

bool is_below(const std::string& path, const std::string& prefix) {
    if (prefix.empty() || prefix == "/" || path == prefix)
        return true;
    return path.starts_with(prefix) && (prefix.back() == '/' || path[prefix.size()] == '/');
}

Comparison compare(const Checkpoint& first, const Checkpoint& second, const std::string& path) {
    Comparison result;
    std::map<std::string, const CheckpointTensor*> theirs;
    for (const CheckpointTensor& tensor : second.tensors())
        theirs.emplace(tensor.path, &tensor);
    for (const CheckpointTensor& tensor : first.tensors()) {
        if (!is_below(tensor.path, path))
            continue;
        const auto found = theirs.find(tensor.path);
        if (found == theirs.end()) {
            result.only_first.push_back(tensor.path);
            continue;
        }
        const TensorDifference apart = difference(tensor, *found->second);
        if (apart.values > 0 || !apart.types.empty())
            result.changed.push_back(apart);
        else
            ++result.same;
    }
    for (const CheckpointTensor& tensor : second.tensors())
        if (is_below(tensor.path, path) && first.find(tensor.path) == nullptr)
            result.only_second.push_back(tensor.path);
    if (!path.empty() && path != "/")
        return result;
    compare_attributes(first, second, result);
    result.graphs_differ = first.graph() != second.graph();
    result.classes_differ = first.classes() != second.classes();
    result.histories_differ = !std::ranges::equal(first.history(), second.history(), same_row);
    return result;
}

}  // namespace runner
