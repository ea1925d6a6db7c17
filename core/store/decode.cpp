#include "core/store/decode.hpp"

#include "core/store/attributes.hpp"
#include "core/store/handle.hpp"
#include "core/store/library.hpp"
#include "core/store/numbers.hpp"
#include "core/store/open_image.hpp"
#include "core/store/refusal.hpp"
#include "core/store/survey.hpp"
#include "core/store/types.hpp"
#include "plexus/error.hpp"
#include "plexus/text.hpp"

namespace plexus::store {
namespace {

Array read_array(hid_t dataset, const Stored& stored) {
    Array array{stored.type()};
    read_all(dataset, array.view());
    return array;
}

Text read_text(hid_t dataset, const Stored& stored) {
    Text words;
    std::string padded(stored.bytes, '\0');
    const Handle type{H5Dget_type(dataset), H5Tclose};
    if (!padded.empty() && H5Dread(dataset, type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, padded.data()) < 0)
        throw Refusal(reading_failure());
    for (std::size_t place = 0; place < padded.size(); place += stored.text_bytes)
        words.items.push_back(unpad(padded.substr(place, stored.text_bytes), type.id()));
    return words;
}

void read_group(hid_t object, const Found& found, const Limits& limits, Group& root) {
    Group& group = group_at(root, found.path);
    if (found.attributes > 0)
        group.attributes = read_attributes(object, found.attributes, limits);
}

void read_dataset(hid_t object, const Found& found, const Limits& limits, Group& root) {
    Dataset dataset;
    if (found.stored.is_text)
        dataset.content = read_text(object, found.stored);
    else
        dataset.content = read_array(object, found.stored);
    if (found.attributes > 0)
        dataset.attributes = read_attributes(object, found.attributes, limits);
    put(root, found.path, std::move(dataset));
}

}  // namespace

Loaded decode(std::span<const std::byte> bytes, const std::string& name, const Limits& limits) {
    const Library library;
    const Handle file = open_image(bytes, name);
    const Budget budget{bytes.size(), bytes.size(), 0};
    Loaded loaded;
    for (const Found& found : survey(file.id(), name, Origin::checkpoint, limits, budget)) {
        try {
            const Handle object{H5Oopen_by_addr(file.id(), found.address), H5Oclose};
            if (!object)
                throw Refusal("is damaged");
            if (found.is_group) {
                read_group(object.id(), found, limits, loaded.root);
                continue;
            }
            read_dataset(object.id(), found, limits, loaded.root);
            if (!found.stored.checked)
                loaded.unchecked.push_back(found.path);
        } catch (const Refusal& refusal) {
            throw InputError(Position{text(name, ":", found.path)}, refusal.what());
        }
    }
    return loaded;
}

}  // namespace plexus::store
