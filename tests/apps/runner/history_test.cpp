// What a run leaves for other programs to follow it by: metrics.csv, metrics.jsonl, and files of events for
// TensorBoard.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/apps/runner/small_run.hpp"

using namespace plexus::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> lines(const std::string& text) {
    std::istringstream stream{text};
    std::vector<std::string> all;
    for (std::string line; std::getline(stream, line);)
        all.push_back(line);
    return all;
}

std::vector<fs::path> event_files(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator{folder})
        if (entry.path().filename().string().starts_with("events.out.tfevents."))
            files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

// CRC-32C bit by bit, masked as TFRecord wants it.
std::uint32_t masked_crc(const std::string& data) {
    std::uint32_t crc = 0xffffffff;
    for (const char c : data) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit)
            crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
    }
    crc = ~crc;
    return (crc >> 15 | crc << 17) + 0xa282ead8;
}

template <class T>
T number(const std::string& bytes, std::size_t at) {
    T value;
    REQUIRE(at + sizeof value <= bytes.size());
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

// The records of a file, with both checksums checked.
std::vector<std::string> records(const fs::path& file) {
    const std::string bytes = read_text(file);
    std::vector<std::string> all;
    for (std::size_t at = 0; at < bytes.size();) {
        const auto size = number<std::uint64_t>(bytes, at);
        CHECK(number<std::uint32_t>(bytes, at + 8) == masked_crc(bytes.substr(at, 8)));
        all.push_back(bytes.substr(at + 12, size));
        CHECK(number<std::uint32_t>(bytes, at + 12 + size) == masked_crc(all.back()));
        at += 16 + size;
    }
    return all;
}

// protobuf's own decoder: `number: value` and `number { ... }`, in one line.
std::string decoded(const TemporaryFolder& folder, const std::string& event) {
    write_text(folder / "event", event);
    const Outcome outcome = run({"/bin/sh", "-c", "protoc --decode_raw < event"}, {folder.path()});
    REQUIRE_MESSAGE(outcome.code == 0, "Debian's protobuf-compiler is wanted: ", outcome.err);
    std::string line;
    for (const std::string& part : lines(outcome.out))
        line += (line.empty() ? "" : " ") + part.substr(part.find_first_not_of(' '));
    return line;
}

}  // namespace

TEST_CASE("metrics.csv and metrics.jsonl say the same") {
    const SmallRun small{96, "epochs: 2, batch: 32"};
    REQUIRE(small.runner({"train", "graph.yaml", "-o", "a", "--quiet"}).code == 0);
    const std::vector<std::string> csv = lines(read_text(small.path("a/metrics.csv")));
    const std::vector<std::string> objects = lines(read_text(small.path("a/metrics.jsonl")));
    REQUIRE(csv.size() > 8);
    REQUIRE(objects.size() + 1 == csv.size());
    for (std::size_t i = 0; i < objects.size(); ++i) {
        const json object = json::parse(objects[i]);
        std::ostringstream line;
        line << object["epoch"] << ',' << object["step"] << ',' << object["split"].get<std::string>() << ','
             << object["metric"].get<std::string>() << ',';
        CHECK(csv[i + 1].starts_with(line.str()));
        CHECK(std::stod(csv[i + 1].substr(line.str().size())) == object["value"].get<double>());
    }
}

TEST_CASE("a run's events are what TensorBoard reads, and a resumed run begins a new file at its step") {
    const SmallRun small{96, "epochs: 2, batch: 32"};
    REQUIRE(small.runner({"train", "graph.yaml", "-o", "a", "--quiet", "--set", "train.epochs=1"}).code == 0);
    REQUIRE(event_files(small.path("a")).size() == 1);
    const std::vector<std::string> first = records(event_files(small.path("a")).front());
    const std::vector<std::string> rows = lines(read_text(small.path("a/metrics.csv")));
    REQUIRE(first.size() == rows.size() + 1);  // two of the file itself instead of the heading

    const TemporaryFolder folder;
    CHECK(decoded(folder, first[0]).ends_with("2: 0 3: \"brain.Event:2\""));
    CHECK(decoded(folder, first[1]).ends_with("2: 0 7 { 1: 1 }"));
    // "1,3,training,loss,1.0": step 3, tag, and the value's bits.
    const std::string value = rows[1].substr(rows[1].rfind(',') + 1);
    std::uint32_t bits = 0;
    const float single = std::stof(value);
    std::memcpy(&bits, &single, sizeof bits);
    std::ostringstream wanted;
    wanted << "5 { 1 { 1: \"loss/training\" 2: 0x" << std::hex << bits << " } }";
    CHECK_MESSAGE(decoded(folder, first[2]).ends_with(wanted.str()), decoded(folder, first[2]), wanted.str());

    REQUIRE(small.runner({"train", "graph.yaml", "--resume", "a/last.h5", "--quiet"}).code == 0);
    const std::vector<fs::path> files = event_files(small.path("a"));
    REQUIRE(files.size() == 2);
    CHECK(records(files[0]) == first);
    const std::vector<std::string> second = records(files[1]);
    const std::size_t step = (rows.size() > 1 ? std::stoul(rows[1].substr(rows[1].find(',') + 1)) : 0);
    CHECK(decoded(folder, second[1]).ends_with("2: " + std::to_string(step) + " 7 { 1: 1 }"));
    CHECK(decoded(folder, second[2]).find("2: " + std::to_string(2 * step) + " 5 {") != std::string::npos);

    // A run that begins anew leaves nothing of the old one.
    REQUIRE(small.runner({"train", "graph.yaml", "-o", "a", "--quiet", "--overwrite"}).code == 0);
    CHECK(event_files(small.path("a")).size() == 1);
}
