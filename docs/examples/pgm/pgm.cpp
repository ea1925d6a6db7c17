// A file format: a file becomes an array, and an array a file.
#include <plexus/plugin.hpp>

#include <charconv>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace {

/// What is wrong with a file, as an error that begins with its name.
template <class... Parts>
plexus::InputError damaged(const std::filesystem::path& file, const Parts&... parts) {
    return plexus::InputError(plexus::text(file.string(), ": ", parts...));
}

/// The words of a text one after another, without what stands between a # and the end of its line.
class Words {
public:
    Words(std::string_view text, const std::filesystem::path& file) : text_{text}, file_{file} {}

    /// Empty at the text's end.
    std::string_view next() {
        constexpr std::string_view blank = " \t\r\n";
        for (;;) {
            text_.remove_prefix(std::min(text_.find_first_not_of(blank), text_.size()));
            if (!text_.starts_with('#'))
                break;
            text_.remove_prefix(std::min(text_.find('\n'), text_.size()));
        }
        const std::string_view word = text_.substr(0, std::min(text_.find_first_of(" \t\r\n#"), text_.size()));
        text_.remove_prefix(word.size());
        return word;
    }

    std::int64_t number(std::int64_t lowest, std::int64_t highest, const char* what) {
        const std::string_view word = next();
        std::int64_t value = 0;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
        if (word.empty() || error != std::errc{} || end != word.data() + word.size() || value < lowest ||
            value > highest)
            throw damaged(file_, "a whole number from ", lowest, " to ", highest, " is wanted as its ", what);
        return value;
    }

private:
    std::string_view text_;
    const std::filesystem::path& file_;
};

/// A grey picture in plain text: the word P2, width, height, the number that stands for white, and then that many
/// numbers, row by row from the top.
///   array  [H, W, 1] uint8, 0 .. 255; another white is scaled to 255
/// Written from the same, with 255 as white.
struct Pgm final : plexus::Format {
    explicit Pgm(const plexus::Attributes&) {}

    [[nodiscard]] plexus::Array read(const std::filesystem::path& file) const override {
        std::ifstream stream{file, std::ios::binary};
        const std::string content{std::istreambuf_iterator<char>{stream}, {}};
        if (!stream.is_open() || stream.bad())
            throw damaged(file, "cannot be read; check the path");
        Words words{content, file};
        if (words.next() != "P2")
            throw damaged(file, "does not begin with P2");
        // A number takes two bytes of the text, with what parts it from the next: so no header asks for more memory
        // than the file itself has.
        const auto most = static_cast<std::int64_t>(content.size()) / 2;
        const std::int64_t width = words.number(1, most, "width");
        const std::int64_t height = words.number(1, most / width, "height");
        const std::int64_t white = words.number(1, 65535, "white");
        plexus::Array picture{{{height, width, 1}, plexus::Element::uint8}};
        for (std::uint8_t& pixel : picture.as<std::uint8_t>())
            pixel = static_cast<std::uint8_t>((words.number(0, white, "pixels") * 255 + white / 2) / white);
        if (!words.next().empty())
            throw damaged(file, "goes on after its last pixel");
        return picture;
    }

    void write(const std::filesystem::path& file, const plexus::ConstTensor& tensor) const override {
        const plexus::Shape& shape = tensor.shape();
        if (tensor.type.element != plexus::Element::uint8 || shape.rank() != 3 || shape[2] != 1)
            throw damaged(file, "is written from uint8 [H, W, 1]; this is ", tensor.type.element, " ", shape);
        std::ofstream stream{file, std::ios::binary};
        if (!stream)
            throw damaged(file, "cannot be written; check the path");
        stream << "P2\n" << shape[1] << " " << shape[0] << "\n255\n";
        const auto pixels = tensor.as<std::uint8_t>();
        for (std::size_t i = 0; i < pixels.size(); ++i)
            stream << static_cast<int>(pixels[i]) << ((i + 1) % static_cast<std::size_t>(shape[1]) == 0 ? '\n' : ' ');
        if (!stream.flush())
            throw plexus::RunError(plexus::text(file.string(), ": cannot be written"));
    }
};

}  // namespace

PLEXUS_PLUGIN("pgm", "1.0.0", registry) {
    registry.format<Pgm>("pgm", "grey pictures in plain text; read and written")
        .extensions({"pgm"})
        .formula("another white than 255 is scaled to 255")
        .shapes("array  [H, W, 1]; uint8");
}
