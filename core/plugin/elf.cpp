// The bounds-checked reader behind read_stamp().
#include <elf.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <vector>

#include "core/plugin/stamp.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

#if defined(__x86_64__)
constexpr Elf64_Half host_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half host_machine = EM_AARCH64;
#else
#error "name this machine here and in machine_name()"
#endif

// A note segment holds a few notes of some hundred bytes; more than this is no plugin.
constexpr std::uint64_t largest_note_segment = 64 * 1024;

std::string machine_name(Elf64_Half machine) {
    switch (machine) {
        case EM_X86_64:
            return "x86-64";
        case EM_AARCH64:
            return "aarch64";
        case EM_386:
            return "i386";
        case EM_ARM:
            return "arm";
        case EM_RISCV:
            return "riscv";
        case EM_PPC64:
            return "ppc64";
    }
    return text("machine ", machine);
}

class File {
public:
    explicit File(const std::filesystem::path& path) : stream_(path, std::ios::binary) {
        stream_.seekg(0, std::ios::end);
        size_ = stream_ ? static_cast<std::uint64_t>(stream_.tellg()) : 0;
    }

    [[nodiscard]] bool is_open() const { return stream_.is_open(); }
    [[nodiscard]] std::uint64_t size() const { return size_; }

    [[nodiscard]] bool holds(std::uint64_t offset, std::uint64_t count) const {
        return offset <= size_ && count <= size_ - offset;
    }

    bool read(std::uint64_t offset, void* into, std::uint64_t count) {
        if (!holds(offset, count))
            return false;
        stream_.seekg(static_cast<std::streamoff>(offset));
        stream_.read(static_cast<char*>(into), static_cast<std::streamsize>(count));
        return stream_.good();
    }

private:
    std::ifstream stream_;
    std::uint64_t size_ = 0;
};

FoundStamp refused(std::string reason) {
    return {std::nullopt, std::move(reason)};
}

FoundStamp truncated(const File& file) {
    return refused(text("is truncated: the file ends after ", file.size(), " bytes, before parts that it names; ",
                        "copy or build it again"));
}

// What is wrong with the file as an ELF library for this machine; "" if nothing.
std::string judge_header(const Elf64_Ehdr& header) {
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
        header.e_machine != host_machine) {
        // The machine's number lies at the same place in 32-bit files, but in the other byte order in big-endian ones.
        const bool swapped = header.e_ident[EI_DATA] == ELFDATA2MSB;
        const Elf64_Half machine = swapped ? __builtin_bswap16(header.e_machine) : header.e_machine;
        return text("was built for ", machine_name(machine), ", this Plexus runs on ", machine_name(host_machine),
                    "; rebuild the plugin for this machine");
    }
    if (header.e_type != ET_DYN)
        return "is not a plugin: an ELF file, but no shared library";
    return "";
}

// Whatever follows the last zero is not part of a name; bytes that would disturb a terminal become '?'.
template <std::size_t size>
void make_printable(char (&characters)[size]) {
    characters[size - 1] = '\0';
    for (char* c = characters; *c != '\0'; ++c)
        if (static_cast<unsigned char>(*c) < 0x20 || *c == 0x7f)
            *c = '?';
}

FoundStamp take_fields(const char* bytes, std::size_t size) {
    StampFields fields{};
    // The SDK's numbers come first in every version of the stamp, whatever follows.
    std::memcpy(&fields, bytes, std::min(size, sizeof fields));
    const StampFields host = host_stamp();
    const bool same_sdk = fields.sdk_major == host.sdk_major && fields.sdk_minor == host.sdk_minor;
    if (size < 4 || (size != sizeof fields && same_sdk))
        return refused("has a damaged stamp; rebuild the plugin");
    make_printable(fields.name);
    make_printable(fields.version);
    return {fields, ""};
}

// The stamp in one note segment; neither fields nor a reason where it holds other notes only.
FoundStamp search_notes(const std::vector<char>& notes, std::uint64_t alignment) {
    const auto padded = [&](std::uint64_t size) { return (size + alignment - 1) / alignment * alignment; };
    std::uint64_t at = 0;
    while (at + sizeof(Elf64_Nhdr) <= notes.size()) {
        Elf64_Nhdr note;
        std::memcpy(&note, notes.data() + at, sizeof note);
        const std::uint64_t name = at + sizeof note;
        const std::uint64_t fields = name + padded(note.n_namesz);
        if (fields + note.n_descsz > notes.size())
            return refused("has damaged notes; rebuild the plugin");
        if (note.n_namesz == 8 && note.n_type == 1 && std::memcmp(notes.data() + name, "Plexus\0\0", 8) == 0)
            return take_fields(notes.data() + fields, note.n_descsz);
        at = fields + padded(note.n_descsz);
    }
    return {};
}

}  // namespace

FoundStamp read_stamp(const std::filesystem::path& path) {
    File file{path};
    if (!file.is_open())
        return refused("cannot be read");

    Elf64_Ehdr header{};
    if (!file.read(0, &header, std::min<std::uint64_t>(file.size(), sizeof header)) ||
        std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
        return refused("is not a plugin: not an ELF file");
    if (file.size() < sizeof header)
        return truncated(file);
    if (std::string reason = judge_header(header); !reason.empty())
        return refused(std::move(reason));
    if (header.e_phentsize != sizeof(Elf64_Phdr))
        return refused("is not a plugin: its program headers have an unknown size");

    std::vector<Elf64_Phdr> segments(header.e_phnum);
    const std::uint64_t sections = std::uint64_t{header.e_shnum} * header.e_shentsize;
    if (!file.read(header.e_phoff, segments.data(), segments.size() * sizeof(Elf64_Phdr)) ||
        !file.holds(header.e_shoff, sections))
        return truncated(file);
    // Reading a page that the file does not have would end the process, so all are looked at before any note.
    for (const Elf64_Phdr& segment : segments)
        if (segment.p_type != PT_NULL && !file.holds(segment.p_offset, segment.p_filesz))
            return truncated(file);

    for (const Elf64_Phdr& segment : segments) {
        if (segment.p_type != PT_NOTE || segment.p_filesz > largest_note_segment)
            continue;
        std::vector<char> notes(segment.p_filesz);
        if (!file.read(segment.p_offset, notes.data(), notes.size()))
            return truncated(file);
        FoundStamp found = search_notes(notes, segment.p_align == 8 ? 8 : 4);
        if (found.fields || !found.reason.empty())
            return found;
    }
    return refused("is not a plugin: a shared library without the note that PLEXUS_PLUGIN leaves");
}

}  // namespace plexus
