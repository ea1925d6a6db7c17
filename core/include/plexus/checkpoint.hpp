// Looks into a checkpoint without running anything of it.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plexus/tensor.hpp"

namespace plexus {

/// One dataset of numbers.
struct CheckpointTensor {
    std::string path;     ///< "/networks/main/conv1/kernel"
    Array values;         ///< as they are in the file
    bool checked = true;  ///< false: it has no checksum (somebody replaced it); loaded as it is
};

/// One value of one metric.
struct HistoryRow {
    std::int64_t epoch = 0;  ///< from 1
    std::int64_t step = 0;   ///< steps done by then
    std::string split;       ///< "training", "holdout", "test"
    std::string metric;      ///< "loss", "accuracy", ...
    double value = 0;        ///< over the whole split
};

/// A checkpoint as data. Throws InputError for what is not a whole and sound one.
class PLEXUS_API Checkpoint {
public:
    /// Reads all of it; the file is not kept open.
    explicit Checkpoint(const std::filesystem::path& file);

    /// In the file's order, which is that of the graph.
    [[nodiscard]] const std::vector<CheckpointTensor>& tensors() const noexcept { return tensors_; }
    /// Null where there is none of that path.
    [[nodiscard]] const CheckpointTensor* find(const std::string& path) const noexcept;
    /// Root attributes as text, in order: plexus_format, plexus_version, seed, step, epoch.
    [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& attributes() const noexcept {
        return attributes_;
    }
    /// The program in YAML, expanded.
    [[nodiscard]] const std::string& graph() const noexcept { return graph_; }
    /// Names of the classes; empty where the data had none.
    [[nodiscard]] const std::vector<std::string>& classes() const noexcept { return classes_; }
    /// In the order in which it was measured.
    [[nodiscard]] const std::vector<HistoryRow>& history() const noexcept { return history_; }
    /// 32 hexadecimal digits over names, shapes, types and values of everything below /networks (XXH3, 128 bits).
    [[nodiscard]] std::string digest() const;

private:
    std::vector<CheckpointTensor> tensors_;
    std::vector<std::pair<std::string, std::string>> attributes_;
    std::string graph_;
    std::vector<std::string> classes_;
    std::vector<HistoryRow> history_;
};

}  // namespace plexus
