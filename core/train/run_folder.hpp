// The files of a run beside its checkpoints: the history, graph.yaml, run.json.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "plexus/checkpoint.hpp"
#include "plexus/environment.hpp"
#include "plexus/training.hpp"

namespace plexus {

/// True where a run has left a checkpoint or a record.
[[nodiscard]] bool holds_a_run(const std::filesystem::path& folder);
/// Makes the folder; with `clear`, removes the files of a run in it, and nothing else. Throws InputError.
void make_run_folder(const std::filesystem::path& folder, bool clear);

/// metrics.csv ("epoch,step,split,metric,value") and metrics.jsonl (one object a line), rewritten whole from the
/// history. Throws RunError.
void write_metrics(const std::filesystem::path& folder, const std::vector<HistoryRow>& history);
void write_text(const std::filesystem::path& file, const std::string& text);
/// Command, versions, plugins, seed, host, threads and times, as JSON.
void write_record(const std::filesystem::path& folder, const Environment& environment, const TrainingOptions& options,
                  std::uint32_t seed, std::size_t threads, const std::string& started, const std::string& ended);

/// "AMD EPYC, family 25 model 1, L2 512 KiB, plexus 0.1.0": where the promise of the same bits holds.
[[nodiscard]] std::string describe_machine();
/// The time of day in UTC, "2026-11-24T21:03:53Z".
[[nodiscard]] std::string now();

}  // namespace plexus
