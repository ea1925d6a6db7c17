#include "core/train/run_folder.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <ctime>
#include <fstream>
#include <system_error>

#include "core/train/event_file.hpp"
#include "plexus/text.hpp"
#include "plexus/version.hpp"

namespace plexus {
namespace {

constexpr const char* files_of_a_run[] = {"last.h5",       "best.h5",    "metrics.csv",
                                          "metrics.jsonl", "graph.yaml", "run.json"};

std::string shortest(double value) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out += '\\';
        if (static_cast<unsigned char>(c) < 0x20) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\u%04x", c);
            out += escape;
        } else {
            out += c;
        }
    }
    return out + '"';
}

// The value of the first line "name : value" of /proc/cpuinfo.
std::string cpu_info(const std::string& name) {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(name))
            if (const auto colon = line.find(": ");
                colon != std::string::npos && line.find_first_of("\t:") == name.size())
                return line.substr(colon + 2);
    return "unknown";
}

}  // namespace

bool holds_a_run(const std::filesystem::path& folder) {
    for (const char* name : files_of_a_run)
        if (std::filesystem::exists(folder / name))
            return true;
    return false;
}

void make_run_folder(const std::filesystem::path& folder, bool clear) {
    std::error_code fault;
    std::filesystem::create_directories(folder, fault);
    if (fault)
        throw InputError(text(folder.string(), ": cannot make this folder: ", fault.message()));
    if (access(folder.c_str(), W_OK | X_OK) != 0)
        throw InputError(text(folder.string(), ": cannot write into this folder; name another with --out"));
    if (clear)
        for (const auto& entry : std::filesystem::directory_iterator(folder, fault))
            if (std::ranges::count(files_of_a_run, entry.path().filename().string()) != 0 ||
                is_event_file(entry.path()))
                std::filesystem::remove(entry.path(), fault);
    const std::filesystem::path pictures = folder / "samples";
    if (!clear || !std::filesystem::is_directory(pictures, fault))
        return;
    for (const auto& entry : std::filesystem::directory_iterator(pictures, fault))
        if (entry.path().filename().string().starts_with("step_") && entry.path().extension() == ".png")
            std::filesystem::remove(entry.path(), fault);
    std::filesystem::remove(pictures, fault);  // stays where there is more in it
}

void write_text(const std::filesystem::path& file, const std::string& content) {
    const std::filesystem::path beside = file.parent_path() / ("." + file.filename().string() + ".tmp");
    std::ofstream out(beside, std::ios::binary);
    out << content;
    out.close();
    std::error_code fault;
    if (out)
        std::filesystem::rename(beside, file, fault);
    if (!out || fault) {
        std::filesystem::remove(beside, fault);
        throw RunError(text(file.string(), ": cannot be written; is the disk full?"));
    }
}

void write_metrics(const std::filesystem::path& folder, const std::vector<HistoryRow>& history) {
    std::string csv = "epoch,step,split,metric,value\n";
    std::string lines;
    for (const HistoryRow& row : history) {
        csv += text(row.epoch, ",", row.step, ",", row.split, ",", row.metric, ",", shortest(row.value), "\n");
        lines += text("{\"epoch\": ", row.epoch, ", \"step\": ", row.step, ", \"split\": ", quoted(row.split),
                      ", \"metric\": ", quoted(row.metric),
                      ", \"value\": ", std::isfinite(row.value) ? shortest(row.value) : "null", "}\n");
    }
    write_text(folder / "metrics.csv", csv);
    write_text(folder / "metrics.jsonl", lines);
}

void write_record(const std::filesystem::path& folder, const Environment& environment, const TrainingOptions& options,
                  std::uint32_t seed, std::size_t threads, const std::string& started, const std::string& ended) {
    utsname host{};
    uname(&host);
    std::string json =
        text("{\n  \"command\": ", quoted(options.command), ",\n  \"graph\": ", quoted(options.graph.string()),
             ",\n  \"resumed_from\": ", quoted(options.resume.string()), ",\n  \"plexus\": ", quoted(PLEXUS_VERSION),
             ",\n  \"seed\": ", seed, ",\n  \"threads\": ", threads, ",\n  \"host\": ", quoted(host.nodename),
             ",\n  \"system\": ", quoted(text(host.sysname, " ", host.release)),
             ",\n  \"machine\": ", quoted(describe_machine()), ",\n  \"started\": ", quoted(started),
             ",\n  \"ended\": ", quoted(ended), ",\n  \"plugins\": [");
    bool first = true;
    for (const auto& plugin : environment.plugins()) {
        json += text(first ? "" : ",", "\n    {\"name\": ", quoted(plugin.name),
                     ", \"version\": ", quoted(plugin.version), ", \"path\": ", quoted(plugin.path.string()), "}");
        first = false;
    }
    write_text(folder / "run.json", json + "\n  ]\n}\n");
}

std::string describe_machine() {
    return text(cpu_info("model name"), ", family ", cpu_info("cpu family"), " model ", cpu_info("model"), ", L2 ",
                sysconf(_SC_LEVEL2_CACHE_SIZE) / 1024, " KiB, plexus ", PLEXUS_VERSION, ", g++ ", __VERSION__);
}

std::string now() {
    const std::time_t time = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::tm utc{};
    gmtime_r(&time, &utc);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return text;
}

}  // namespace plexus
