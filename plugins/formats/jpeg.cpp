#include <csetjmp>
#include <cstdio>
// jpeglib.h wants <cstdio> before it.
#include <jpeglib.h>
// jerror.h knows the codes of libjpeg's messages.
#include <jerror.h>

#include <cstring>

#include "file.hpp"
#include "formats.hpp"
#include "image_limits.hpp"

namespace plexus::formats {
namespace {

/// JPEG, baseline and progressive: grey becomes [H, W, 1], colour [H, W, 3]. The orientation in the camera's notes is
/// not applied. Refused: four channels (CMYK), arithmetic coding, more than 100 scans, and whatever libjpeg would only
/// warn of while it makes up pixels (a file that stops early).
class Jpeg final : public Format {
public:
    explicit Jpeg(const Attributes&) {}
    [[nodiscard]] Array read(const std::filesystem::path& file) const override {
        return decode_jpeg(read_file(file), file.string());
    }
};

constexpr int most_scans = 100;

/// libjpeg leaves a failing call by longjmp: as in png.cpp, the functions with setjmp() own nothing.
struct State {
    jpeg_error_mgr errors{};  // first: libjpeg knows it by this address
    jpeg_progress_mgr progress{};
    std::jmp_buf jump{};
    char message[JMSG_LENGTH_MAX] = {};
};

State& state_of(j_common_ptr info) {
    return *reinterpret_cast<State*>(info->err);
}

[[noreturn]] void on_error(j_common_ptr info) {
    State& state = state_of(info);
    if (state.message[0] == '\0')
        info->err->format_message(info, state.message);
    std::longjmp(state.jump, 1);
}

/// Levels below 0 are warnings: libjpeg would go on with made-up pixels, but for these three.
void on_message(j_common_ptr info, int level) {
    const int code = info->err->msg_code;
    if (level < 0 && code != JWRN_EXTRANEOUS_DATA && code != JWRN_JFIF_MAJOR && code != JWRN_ADOBE_XFORM)
        on_error(info);
}

void on_output(j_common_ptr) {}

/// A small progressive file can ask for very many passes over a large image.
void on_progress(j_common_ptr info) {
    if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number > most_scans) {
        std::snprintf(state_of(info).message, JMSG_LENGTH_MAX, "more than %d scans", most_scans);
        on_error(info);
    }
}

class Reader {
public:
    Reader(std::span<const std::byte> bytes, const std::string& file) : bytes_(bytes), file_(file) {
        info_.err = jpeg_std_error(&state_.errors);
        state_.errors.error_exit = on_error;
        state_.errors.emit_message = on_message;
        state_.errors.output_message = on_output;
        state_.progress.progress_monitor = on_progress;
    }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader() { jpeg_destroy_decompress(&info_); }

    Array decode() {
        if (!read_header())
            fail();
        const std::size_t height = info_.image_height;
        const std::size_t width = info_.image_width;
        check_image_size(height, width, file_);
        if (info_.arith_code)
            throw damaged(file_,
                          "is a JPEG file with arithmetic coding, which is not read; save it as a usual JPEG or PNG");
        if (info_.num_components != 1 && info_.num_components != 3)
            throw damaged(file_, "is a JPEG file of ", info_.num_components,
                          " channels; 1 (grey) and 3 (colours) are read: save it as RGB");
        // Each block of 8 x 8 pixels takes a bit at least.
        if (height * width / 512 > bytes_.size())
            throw damaged(file_, "declares ", height, " x ", width, " pixels, which its ", bytes_.size(),
                          " bytes cannot hold: get the file again");
        const auto channels = static_cast<std::size_t>(info_.num_components);
        Array image{{Shape{static_cast<std::int64_t>(height), static_cast<std::int64_t>(width),
                           static_cast<std::int64_t>(channels)},
                     Element::uint8}};
        if (!read_rows(image.as<std::uint8_t>().data(), width * channels))
            fail();
        return image;
    }

private:
    [[noreturn]] void fail() const { throw damaged(file_, "is a damaged JPEG file (", state_.message, ")"); }

    bool read_header() {
        if (setjmp(state_.jump))
            return false;
        jpeg_create_decompress(&info_);
        info_.progress = &state_.progress;
        jpeg_mem_src(&info_, reinterpret_cast<const unsigned char*>(bytes_.data()), bytes_.size());
        jpeg_read_header(&info_, TRUE);
        return true;
    }

    bool read_rows(JSAMPROW rows, std::size_t row_bytes) {
        if (setjmp(state_.jump))
            return false;
        info_.out_color_space = info_.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
        jpeg_start_decompress(&info_);
        while (info_.output_scanline < info_.output_height) {
            JSAMPROW row = rows + info_.output_scanline * row_bytes;
            jpeg_read_scanlines(&info_, &row, 1);
        }
        jpeg_finish_decompress(&info_);
        return true;
    }

    std::span<const std::byte> bytes_;
    const std::string& file_;
    State state_;
    jpeg_decompress_struct info_{};
};

}  // namespace

Array decode_jpeg(std::span<const std::byte> bytes, const std::string& file) {
    if (bytes.size() < 3 || std::memcmp(bytes.data(), "\xff\xd8\xff", 3) != 0)
        throw damaged(file, "is no JPEG file: it does not begin with \\xff\\xd8\\xff");
    return Reader(bytes, file).decode();
}

void add_jpeg(Registry& registry) {
    registry.format<Jpeg>("jpeg", "an image; read")
        .extensions({"jpg", "jpeg"})
        .formula("colours become RGB; the camera's orientation is not applied")
        .shapes("image  [H, W, 1] for grey, [H, W, 3] for colours; uint8");
}

}  // namespace plexus::formats
