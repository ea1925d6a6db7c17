#include "tests/plugins/formats/opened.hpp"

#include <zlib.h>

#include <fstream>
#include <iterator>

#include "core/plugin/types.hpp"
#include "plexus/environment.hpp"
#include "tests/support/paths.hpp"

namespace plexus::test {

const Format& format(const std::string& name) {
    static const Environment environment{{.plugins = {plugin_dir() / "formats.so"}, .search_shipped = false}};
    return environment.types().factory(".")->format_named(name);
}

std::string file_of(const std::string& name, const std::string& bytes) {
    std::ofstream(name, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return name;
}

std::string content_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string gzip(const std::string& bytes) {
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, 16 + 15, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, bytes.size()) + 32, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string refusal_of(const std::string& name, const std::string& file) {
    try {
        (void)format(name).read(file);
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

}  // namespace plexus::test
