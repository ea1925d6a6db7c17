// Runs a fuzz target without a fuzzer: on each file of a folder, on all of its beginnings, and with each byte changed.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void run(const std::string& bytes) {
    // A copy of exactly this size, so that a sanitizer sees the first byte read beyond it.
    const std::vector<std::uint8_t> input(bytes.begin(), bytes.end());
    LLVMFuzzerTestOneInput(input.data(), input.size());
}

/// Three changes of each byte: its lowest bit, its highest, and all. At most `most` places, evenly spread.
void run_changed(std::string bytes, std::size_t most) {
    const std::size_t step = std::max<std::size_t>(1, bytes.size() / most);
    for (std::size_t i = 0; i < bytes.size(); i += step)
        for (const int change : {1, 128, 255}) {
            bytes[i] = static_cast<char>(bytes[i] ^ change);
            run(bytes);
            bytes[i] = static_cast<char>(bytes[i] ^ change);
        }
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) {
        std::fputs("replay wants one argument, the folder of the files to run\n", stderr);
        return 2;
    }
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(arguments[1]))
        files.push_back(entry.path());
    if (files.empty()) {
        std::fprintf(stderr, "%s holds no files\n", arguments[1]);
        return 2;
    }
    std::sort(files.begin(), files.end());
    for (const std::filesystem::path& file : files) {
        std::printf("%s\n", file.c_str());
        std::fflush(stdout);  // the last line names the file of a crash
        std::ifstream in(file, std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(in), {}};
        for (std::size_t size = 0; size <= bytes.size(); ++size)
            run(bytes.substr(0, size));
        run_changed(bytes, 2000);
    }
    return 0;
}
