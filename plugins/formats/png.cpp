#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>

#include "file.hpp"
#include "formats.hpp"
#include "image_limits.hpp"

namespace plexus::formats {
namespace {

/// PNG: grey becomes [H, W, 1], colour and palettes [H, W, 3]. 16 bits a channel are scaled to 8, transparency is left
/// out, and gamma is not applied. Written from uint8 [H, W, 1], [H, W, 3] or [H, W].
class Png final : public Format {
public:
    explicit Png(const Attributes&) {}
    [[nodiscard]] Array read(const std::filesystem::path& file) const override {
        return decode_png(read_file(file), file.string());
    }
    void write(const std::filesystem::path& file, const ConstTensor& tensor) const override;
};

/// What libpng's callbacks see. libpng leaves a failing call by longjmp, so no frame between a setjmp() below and the
/// callbacks may own anything: the functions with setjmp() hold plain values only, and what owns lives in their
/// callers.
struct State {
    const std::byte* from = nullptr;
    std::size_t left = 0;
    std::string* to = nullptr;
    char message[128] = {};
};

[[noreturn]] void on_error(png_structp png, png_const_charp message) {
    auto* const state = static_cast<State*>(png_get_error_ptr(png));
    std::strncpy(state->message, message, sizeof state->message - 1);
    std::longjmp(png_jmpbuf(png), 1);
}

void on_warning(png_structp, png_const_charp) {}

void on_read(png_structp png, png_bytep out, std::size_t size) {
    auto* const state = static_cast<State*>(png_get_io_ptr(png));
    if (size > state->left)
        png_error(png, "the file stops before its end");
    std::memcpy(out, state->from, size);
    state->from += size;
    state->left -= size;
}

/// An exception must not pass through libpng's frames, and a lack of memory is its kind of error.
void on_write(png_structp png, png_bytep bytes, std::size_t size) {
    bool failed = false;
    try {
        static_cast<State*>(png_get_io_ptr(png))->to->append(reinterpret_cast<const char*>(bytes), size);
    } catch (const std::bad_alloc&) {
        failed = true;
    }
    if (failed)
        png_error(png, "out of memory");
}

void on_flush(png_structp) {}

class Reader {
public:
    Reader(std::span<const std::byte> bytes, const std::string& file) : file_(file) {
        state_.from = bytes.data();
        state_.left = bytes.size();
        png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &state_, on_error, on_warning);
        if (png_)
            info_ = png_create_info_struct(png_);
        if (!info_) {
            png_destroy_read_struct(&png_, nullptr, nullptr);
            throw std::bad_alloc();
        }
        png_set_read_fn(png_, &state_, on_read);
        png_set_user_limits(png_, 0x7fffffff, 0x7fffffff);  // the size is judged by us, with a message that names it
        png_set_chunk_malloc_max(png_, 8U << 20);
        png_set_chunk_cache_max(png_, 64);
    }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader() { png_destroy_read_struct(&png_, &info_, nullptr); }

    Array decode(std::size_t file_size) {
        if (!read_header())
            fail();
        const std::size_t height = png_get_image_height(png_, info_);
        const std::size_t width = png_get_image_width(png_, info_);
        const std::size_t bits = std::size_t{png_get_bit_depth(png_, info_)} * png_get_channels(png_, info_);
        check_image_size(height, width, file_);
        // Deflate makes at most 1032 bytes of one.
        if (height * ((width * bits + 7) / 8) > file_size * 1032)
            throw damaged(file_, "declares ", height, " x ", width, " pixels, which its ", file_size,
                          " bytes cannot hold: get the file again");
        if (!set_conversions())
            fail();
        const std::size_t channels = png_get_channels(png_, info_);
        if (png_get_rowbytes(png_, info_) != width * channels || (channels != 1 && channels != 3))
            throw damaged(file_, "holds pixels of a kind that is not known");
        Array image{{Shape{static_cast<std::int64_t>(height), static_cast<std::int64_t>(width),
                           static_cast<std::int64_t>(channels)},
                     Element::uint8}};
        if (!read_rows(image.as<std::uint8_t>().data(), height, width * channels))
            fail();
        return image;
    }

private:
    [[noreturn]] void fail() const { throw damaged(file_, "is a damaged PNG file (", state_.message, ")"); }

    bool read_header() {
        if (setjmp(png_jmpbuf(png_)))
            return false;
        png_read_info(png_, info_);
        return true;
    }

    bool set_conversions() {
        if (setjmp(png_jmpbuf(png_)))
            return false;
        const int type = png_get_color_type(png_, info_);
        png_set_scale_16(png_);
        if (type == PNG_COLOR_TYPE_PALETTE)
            png_set_palette_to_rgb(png_);
        if (type == PNG_COLOR_TYPE_GRAY)
            png_set_expand_gray_1_2_4_to_8(png_);
        png_set_strip_alpha(png_);
        passes_ = png_set_interlace_handling(png_);
        png_read_update_info(png_, info_);
        return true;
    }

    bool read_rows(png_bytep rows, std::size_t height, std::size_t row_bytes) {
        if (setjmp(png_jmpbuf(png_)))
            return false;
        for (int pass = 0; pass < passes_; ++pass)
            for (std::size_t row = 0; row < height; ++row)
                png_read_row(png_, rows + row * row_bytes, nullptr);
        png_read_end(png_, nullptr);  // the checksums of what follows
        return true;
    }

    const std::string& file_;
    State state_;
    png_structp png_ = nullptr;
    png_infop info_ = nullptr;
    int passes_ = 1;
};

class Writer {
public:
    explicit Writer(std::string& to) {
        state_.to = &to;
        png_ = png_create_write_struct(PNG_LIBPNG_VER_STRING, &state_, on_error, on_warning);
        if (png_)
            info_ = png_create_info_struct(png_);
        if (!info_) {
            png_destroy_write_struct(&png_, nullptr);
            throw std::bad_alloc();
        }
        png_set_write_fn(png_, &state_, on_write, on_flush);
    }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    ~Writer() { png_destroy_write_struct(&png_, &info_); }

    /// False, with message(), where libpng failed.
    bool encode(const std::uint8_t* pixels, std::size_t height, std::size_t width, std::size_t channels) {
        if (setjmp(png_jmpbuf(png_)))
            return false;
        png_set_IHDR(png_, info_, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), 8,
                     channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                     PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
        png_write_info(png_, info_);
        for (std::size_t row = 0; row < height; ++row)
            png_write_row(png_, pixels + row * width * channels);
        png_write_end(png_, info_);
        return true;
    }
    [[nodiscard]] const char* message() const { return state_.message; }

private:
    State state_;
    png_structp png_ = nullptr;
    png_infop info_ = nullptr;
};

void Png::write(const std::filesystem::path& file, const ConstTensor& tensor) const {
    const Shape& shape = tensor.shape();
    const std::int64_t channels = shape.rank() == 3 ? shape[2] : 1;
    if (tensor.type.element != Element::uint8 || shape.rank() < 2 || shape.rank() > 3 ||
        (channels != 1 && channels != 3))
        throw damaged(file.string(), "a PNG image is written from uint8 [H, W], [H, W, 1] or [H, W, 3]; this is ",
                      tensor.type.element, " ", shape);
    const auto height = static_cast<std::size_t>(shape[0]);
    const auto width = static_cast<std::size_t>(shape[1]);
    check_image_size(height, width, file.string());
    std::string bytes;
    Writer writer(bytes);
    if (!writer.encode(tensor.as<std::uint8_t>().data(), height, width, static_cast<std::size_t>(channels)))
        throw RunError(text(file.string(), ": cannot be written: ", writer.message()));
    write_file(file, std::as_bytes(std::span{bytes}));
}

}  // namespace

Array decode_png(std::span<const std::byte> bytes, const std::string& file) {
    if (bytes.size() < 8 || png_sig_cmp(reinterpret_cast<png_const_bytep>(bytes.data()), 0, 8) != 0)
        throw damaged(file, "is no PNG file: it does not begin with \\x89PNG");
    return Reader(bytes, file).decode(bytes.size());
}

void add_png(Registry& registry) {
    registry.format<Png>("png", "an image; read, and written from uint8")
        .extensions({"png"})
        .formula("16 bits are scaled to 8; transparency is left out")
        .shapes("image  [H, W, 1] for grey, [H, W, 3] for colours; uint8");
}

}  // namespace plexus::formats
