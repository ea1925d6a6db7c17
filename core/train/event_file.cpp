#include "core/train/event_file.hpp"

#include <bit>
#include <boost/crc.hpp>
#include <chrono>
#include <cstring>
#include <fstream>

#include "plexus/error.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

static_assert(std::endian::native == std::endian::little, "records and their numbers are little-endian");

constexpr std::string_view prefix = "events.out.tfevents.";

template <class T>
void put(std::string& to, T value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    to.append(bytes, sizeof value);
}

// A protocol buffer is a row of (number of the field and kind, value).
enum class Wire : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

void varint(std::string& to, std::uint64_t value) {
    for (; value >= 128; value >>= 7)
        to += static_cast<char>(value | 128);
    to += static_cast<char>(value);
}

void key(std::string& to, unsigned field, Wire wire) {
    varint(to, field << 3 | static_cast<unsigned>(wire));
}

void bytes(std::string& to, unsigned field, std::string_view value) {
    key(to, field, Wire::bytes);
    varint(to, value.size());
    to += value;
}

std::uint32_t masked_crc(std::string_view data) {
    // CRC-32C, then turned: a record may hold checksums of its own.
    boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
    crc.process_bytes(data.data(), data.size());
    return std::rotr(crc.checksum(), 15) + 0xa282ead8U;
}

std::string record(std::string_view event) {
    std::string length;
    put(length, static_cast<std::uint64_t>(event.size()));
    std::string out = length;
    put(out, masked_crc(length));
    out += event;
    put(out, masked_crc(event));
    return out;
}

std::string event(double time, std::uint64_t step) {
    std::string out;
    key(out, 1, Wire::fixed64);
    put(out, time);
    key(out, 2, Wire::varint);
    varint(out, step);
    return out;
}

std::string first_events(double time, std::uint64_t step) {
    std::string version = event(time, 0);
    bytes(version, 3, "brain.Event:2");
    std::string start;
    key(start, 1, Wire::varint);
    varint(start, 1);  // SessionLog.START
    std::string session = event(time, step);
    bytes(session, 7, start);
    return record(version) + record(session);
}

std::string scalar(double time, const HistoryRow& row) {
    std::string value;
    bytes(value, 1, text(row.metric, "/", row.split));
    key(value, 2, Wire::fixed32);
    put(value, static_cast<float>(row.value));
    std::string summary;
    bytes(summary, 1, value);
    std::string out = event(time, static_cast<std::uint64_t>(row.step));
    bytes(out, 5, summary);
    return record(out);
}

double seconds() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::filesystem::path free_name(const std::filesystem::path& folder) {
    auto number = static_cast<std::uint64_t>(seconds());
    std::filesystem::path file;
    do
        file = folder / text(prefix, number++, ".plexus");
    while (std::filesystem::exists(file));
    return file;
}

}  // namespace

EventFile::EventFile(std::filesystem::path folder, std::uint64_t step, std::size_t known)
    : file_(std::move(folder)), step_(step), written_(known) {}

void EventFile::append(std::span<const HistoryRow> history) {
    if (written_ >= history.size())
        return;
    const double time = seconds();
    std::string out;
    if (!begun_) {
        file_ = free_name(file_);
        out = first_events(time, step_);
    }
    for (const HistoryRow& row : history.subspan(written_))
        out += scalar(time, row);
    std::ofstream stream(file_, std::ios::binary | std::ios::app);
    stream.write(out.data(), static_cast<std::streamsize>(out.size()));
    stream.close();
    begun_ = true;
    written_ = history.size();
    if (!stream)
        throw RunError(text(file_.string(), ": cannot be written; is the disk full?"));
}

bool is_event_file(const std::filesystem::path& file) {
    return file.filename().string().starts_with(prefix);
}

}  // namespace plexus
