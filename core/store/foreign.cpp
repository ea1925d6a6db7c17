#include <algorithm>
#include <new>

#include "core/diagnostic/nearest.hpp"
#include "core/store/file_bytes.hpp"
#include "core/store/guard.hpp"
#include "core/store/handle.hpp"
#include "core/store/library.hpp"
#include "core/store/limits.hpp"
#include "core/store/numbers.hpp"
#include "core/store/open_image.hpp"
#include "core/store/refusal.hpp"
#include "core/store/survey.hpp"
#include "plexus/error.hpp"
#include "plexus/hdf5.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

using namespace store;

std::vector<Found> survey_bytes(hid_t file, std::span<const std::byte> bytes, const std::string& name) {
    const Limits limits;
    return survey(file, name, Origin::foreign, limits, Budget{bytes.size(), bytes.size(), limits.unpacked_bytes});
}

/// A chunk is unpacked once if the cache holds the chunks of one row of chunks; 64 MiB bound what that may cost.
Handle open_dataset(hid_t file, const Found& found) {
    const Handle access{H5Pcreate(H5P_DATASET_ACCESS), H5Pclose};
    std::uint64_t band = 1;
    if (!found.stored.tile.empty() && found.stored.extents[0] > 0)
        band = found.stored.bytes / found.stored.extents[0] * found.stored.tile[0];
    H5Pset_chunk_cache(access.id(), 10007, std::clamp<std::size_t>(2 * band, 1U << 20U, 64U << 20U), 1.0);
    return {H5Dopen2(file, found.path.c_str(), access.id()), H5Dclose};
}

/// Reads every value once, a tile at a time: what the parent will read has then been read before.
void read_everything(std::span<const std::byte> bytes, const std::string& name) {
    const Library library;
    const Handle file = open_image(bytes, name);
    for (const Found& found : survey_bytes(file.id(), bytes, name)) {
        if (found.is_group || !found.refused.empty() || found.stored.is_text)
            continue;
        const Handle dataset = open_dataset(file.id(), found);
        TensorType type = found.stored.type();
        std::vector<std::byte> room;
        for_each_tile(found.stored.extents, found.stored.tile, [&](const Extents& start, const Extents& count) {
            const std::vector<std::int64_t> sizes(count.begin(), count.end());
            type.shape = Shape(std::span<const std::int64_t>{sizes});
            room.resize(type.bytes());
            try {
                read_block(dataset.id(), start, count, {room.data(), type});
            } catch (const Refusal&) {  // damaged values are reported to whoever asks for them
            }
        });
    }
}

std::string instead_of(const std::string& wanted, std::span<const Hdf5Dataset> datasets) {
    std::vector<std::string> paths;
    for (const Hdf5Dataset& dataset : datasets)
        paths.push_back(dataset.path);
    return paths.empty() ? "; it has none" : suggestion(wanted, paths, "it has");
}

std::string with_slash(std::string_view path) {
    return path.starts_with('/') ? std::string{path} : text('/', path);
}

}  // namespace

struct Hdf5File::State {
    std::string name;
    std::vector<std::byte> bytes;
    Handle file;
    std::vector<Found> found;         ///< groups too, and what is refused
    std::vector<Hdf5Dataset> listed;  ///< what is not

    ~State() {
        const Library library;
        file.close();
    }

    [[nodiscard]] const Found& find(std::string_view path) const {
        const std::string wanted = with_slash(path);
        const auto match = std::find_if(found.begin(), found.end(), [&](const Found& f) { return f.path == wanted; });
        if (match == found.end())
            throw InputError(Position{name}, text("has no dataset '", wanted, "'", instead_of(wanted, listed)));
        const Position place{text(name, ":", wanted)};
        if (match->is_group)
            throw InputError(place, text("is a group, not a dataset", instead_of(wanted, listed)));
        if (!match->refused.empty())
            throw InputError(place, match->refused);
        if (match->stored.is_text)
            throw InputError(place, "holds text; only numbers are read");
        return *match;
    }
};

Hdf5File::Hdf5File(const std::filesystem::path& path) : state_{std::make_unique<State>()} {
    State& state = *state_;
    state.name = path.string();
    const Limits limits;
    state.bytes = read_file(path, limits.file_bytes);
    const auto slow = static_cast<unsigned>(state.bytes.size() >> 22U);  // 4 MiB of packed bytes a second
    const GuardLimits guard{(std::uint64_t{512} << 20U) + state.bytes.size(), limits.seconds + slow,
                            6 * limits.seconds + 4 * slow};
    guarded(state.name, guard, [&] { read_everything(state.bytes, state.name); });
    const Library library;
    state.file = open_image(state.bytes, state.name);
    state.found = survey_bytes(state.file.id(), state.bytes, state.name);
    for (const Found& found : state.found)
        if (!found.is_group && found.refused.empty() && !found.stored.is_text)
            state.listed.push_back({found.path, found.stored.type()});
}

Hdf5File::~Hdf5File() = default;
Hdf5File::Hdf5File(Hdf5File&& other) noexcept = default;
Hdf5File& Hdf5File::operator=(Hdf5File&& other) noexcept = default;

std::span<const Hdf5Dataset> Hdf5File::datasets() const noexcept {
    return state_->listed;
}

const TensorType& Hdf5File::type(std::string_view path) const {
    const std::string& found = state_->find(path).path;
    return std::find_if(state_->listed.begin(), state_->listed.end(),
                        [&](const Hdf5Dataset& d) { return d.path == found; })
        ->type;
}

void Hdf5File::read(std::string_view path, std::int64_t first, Tensor out) const {
    const Found& found = state_->find(path);
    const TensorType stored = found.stored.type();
    const Position place{text(state_->name, ":", found.path)};
    const std::int64_t rows = stored.shape.rank() == 0 ? 0 : stored.shape[0];
    const std::int64_t wanted = out.shape().rank() == 0 ? 0 : out.shape()[0];
    if (stored.shape.rank() != out.shape().rank() ||
        (rows > 0 && wanted > 0 && stored.shape.from(1) != out.shape().from(1)))
        throw InputError(place, text("has shape ", stored.shape, "; rows of shape ", out.shape(), " were asked for"));
    if (first < 0 || wanted < 0 || first > rows || wanted > rows - first)
        throw InputError(place, text("has ", rows, " rows; rows ", first, " to ", first + wanted, " were asked for"));
    Extents start(stored.shape.rank(), 0);
    if (!start.empty())
        start[0] = static_cast<hsize_t>(first);
    const Library library;
    try {
        const Handle dataset = open_dataset(state_->file.id(), found);
        if (!dataset)
            throw Refusal(reading_failure());
        read_block(dataset.id(), start, Extents(out.shape().begin(), out.shape().end()), out);
    } catch (const Refusal& refusal) {
        throw InputError(place, refusal.what());
    }
}

Array Hdf5File::read(std::string_view path, Element element) const {
    Array all{TensorType{type(path).shape, element}};
    read(path, 0, all.view());
    return all;
}

}  // namespace plexus
