// A run's history as TensorBoard reads it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "plexus/checkpoint.hpp"

namespace plexus {

/// `events.out.tfevents.<seconds>.plexus`, one for each time that a run begins or goes on. Rows are appended, as
/// TensorBoard follows a file that grows; the first event says at which step the run stands, so that TensorBoard
/// forgets later steps of a run that was killed. A row is a scalar with the tag "loss/holdout" (metric, then split).
/// Source of the format: TFRecord framing and event.proto, summary.proto of TensorFlow.
class EventFile {
public:
    /// Nothing is written yet. `known` rows of the history are in the files of earlier times.
    EventFile(std::filesystem::path folder, std::uint64_t step, std::size_t known);
    /// Writes the rows that are new since the last call. Throws RunError; what was written before stays.
    void append(std::span<const HistoryRow> history);

private:
    std::filesystem::path file_;
    std::uint64_t step_;
    std::size_t written_;
    bool begun_ = false;
};

/// True for the name of such a file.
[[nodiscard]] bool is_event_file(const std::filesystem::path& file);

}  // namespace plexus
