#include <algorithm>
#include <array>
#include <bit>

// Inlined, the digest needs no library to link.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "core/store/checkpoint.hpp"
#include "plexus/checkpoint.hpp"
#include "plexus/error.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

constexpr std::string_view weights = "/networks/";
constexpr std::string_view history_path = "/history";

std::string as_text(const store::Attribute& attribute) {
    return std::visit([](const auto& value) { return text(value); }, attribute);
}

struct Walk {
    std::vector<CheckpointTensor>& tensors;
    const std::vector<std::string>& unchecked;

    void operator()(const store::Group& group, const std::string& path) const {
        for (const auto& [name, node] : group.children) {
            const std::string at = path + "/" + name;
            if (at == history_path)
                continue;  // told as rows
            if (const auto* below = std::get_if<store::Group>(&node.content))
                (*this)(*below, at);
            else if (const auto* array = std::get_if<Array>(&std::get<store::Dataset>(node.content).content))
                tensors.push_back({at, *array, std::ranges::find(unchecked, at) == unchecked.end()});
        }
    }
};

// The five columns of /history, which must be of one length.
std::vector<HistoryRow> read_history(const store::Group& root, const std::string& file) {
    if (store::find_group(root, history_path) == nullptr)
        return {};
    const auto column = [&](const char* name, Element element) {
        const Array* array = store::find_array(root, text(history_path, "/", name));
        if (array == nullptr || array->shape().rank() != 1 || array->type().element != element)
            throw InputError(text(file, ":", history_path, "/", name, ": has to be a column of ", element));
        return array;
    };
    const auto words = [&](const char* name) {
        const store::Text* column = store::find_text(root, text(history_path, "/", name));
        if (column == nullptr)
            throw InputError(text(file, ":", history_path, "/", name, ": has to be a column of text"));
        return column;
    };
    const auto epochs = column("epoch", Element::int32)->as<std::int32_t>();
    const auto steps = column("step", Element::int32)->as<std::int32_t>();
    const auto values = column("value", Element::float64)->as<double>();
    const auto& splits = words("split")->items;
    const auto& metrics = words("metric")->items;
    const std::array<std::size_t, 4> sizes{steps.size(), values.size(), splits.size(), metrics.size()};
    if (std::ranges::any_of(sizes, [&](std::size_t size) { return size != epochs.size(); }))
        throw InputError(text(file, ":", history_path, ": its columns have different lengths"));
    std::vector<HistoryRow> rows;
    for (std::size_t i = 0; i < epochs.size(); ++i)
        rows.push_back({epochs[i], steps[i], splits[i], metrics[i], values[i]});
    return rows;
}

class Digest {
public:
    Digest() { XXH3_128bits_reset(&state_); }

    void bytes(const void* data, std::size_t size) {
        if (size > 0)
            XXH3_128bits_update(&state_, data, size);
    }
    void number(std::uint64_t value) {
        std::array<unsigned char, 8> little{};
        for (unsigned char& byte : little) {
            byte = static_cast<unsigned char>(value);
            value >>= 8U;
        }
        bytes(little.data(), little.size());
    }
    // With its length, so that no two lists of texts run together to the same bytes.
    void words(std::string_view text) {
        number(text.size());
        bytes(text.data(), text.size());
    }
    [[nodiscard]] std::string hexadecimal() const {
        XXH128_canonical_t canonical;
        XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(&state_));
        std::string digits;
        for (const unsigned char byte : canonical.digest)
            digits += {"0123456789abcdef"[byte >> 4U], "0123456789abcdef"[byte & 15U]};
        return digits;
    }

private:
    XXH3_state_t state_{};
};

}  // namespace

static_assert(std::endian::native == std::endian::little, "the digest is over little-endian values");

Checkpoint::Checkpoint(const std::filesystem::path& file) {
    const store::Loaded loaded = store::load(file);
    for (const auto& [name, value] : loaded.root.attributes)
        attributes_.emplace_back(name, as_text(value));
    Walk{tensors_, loaded.unchecked}(loaded.root, "");
    if (const store::Text* graph = store::find_text(loaded.root, "/graph"); graph != nullptr && !graph->items.empty())
        graph_ = graph->items.front();
    if (const store::Text* classes = store::find_text(loaded.root, "/data/classes"))
        classes_ = classes->items;
    history_ = read_history(loaded.root, file.string());
}

const CheckpointTensor* Checkpoint::find(const std::string& path) const noexcept {
    const auto found = std::ranges::find(tensors_, path, &CheckpointTensor::path);
    return found == tensors_.end() ? nullptr : &*found;
}

std::string Checkpoint::digest() const {
    Digest digest;
    for (const CheckpointTensor& tensor : tensors_) {
        if (!tensor.path.starts_with(weights))
            continue;
        digest.words(tensor.path);
        digest.words(to_string(tensor.values.type().element));
        digest.number(tensor.values.shape().rank());
        for (const std::int64_t size : tensor.values.shape())
            digest.number(static_cast<std::uint64_t>(size));
        digest.bytes(tensor.values.view().data, tensor.values.type().bytes());
    }
    return digest.hexadecimal();
}

}  // namespace plexus
