#include "core/store/survey.hpp"

#include <algorithm>
#include <cstring>
#include <set>

#include "core/store/handle.hpp"
#include "core/store/library.hpp"
#include "core/store/refusal.hpp"
#include "plexus/error.hpp"
#include "plexus/text.hpp"

namespace plexus::store {
namespace {

struct Link {
    std::string name;
    H5L_type_t type;
};

struct Links {
    std::vector<Link> found;
    std::size_t most_links;
    std::size_t most_letters;
    const char* complaint = nullptr;
};

// Runs inside HDF5, so nothing may be thrown through it.
herr_t add_link(hid_t, const char* name, const H5L_info_t* info, void* data) noexcept {
    auto& links = *static_cast<Links*>(data);
    try {
        if (links.found.size() >= links.most_links)
            links.complaint = "has too many objects";
        else if (strnlen(name, links.most_letters + 1) > links.most_letters)
            links.complaint = "has a name that is too long";
        else if (*name == '\0' || std::strchr(name, '/') != nullptr || std::strcmp(name, ".") == 0)
            links.complaint = "has a name that is none: empty, '.', or with '/' in it";
        else
            links.found.push_back({name, info->type});
    } catch (...) {
        links.complaint = "needs more memory than there is";
    }
    return links.complaint == nullptr ? 0 : -1;
}

const char* refuse_link(H5L_type_t type) {
    switch (type) {
        case H5L_TYPE_HARD:
            return nullptr;
        case H5L_TYPE_SOFT:
            return "is a soft link; links are not followed";
        case H5L_TYPE_EXTERNAL:
            return "is an external link; other files are not opened";
        default:
            return "is a link of an unknown kind";
    }
}

class Walk {
public:
    Walk(const std::string& name, Origin origin, const Limits& limits, Budget budget)
        : name_{name}, origin_{origin}, limits_{limits}, budget_{budget} {}

    std::vector<Found> all(hid_t file) {
        const Handle root{H5Oopen(file, "/", H5P_DEFAULT), H5Oclose};
        visit(root, "", 0);
        return std::move(found_);
    }

private:
    [[noreturn]] void refuse(const std::string& path, const std::string& why) const {
        throw InputError(Position{text(name_, ":", path.empty() ? "/" : path)}, why);
    }

    void visit(const Handle& object, const std::string& path, std::size_t depth) {
        H5O_info_t info;
        std::memset(&info, 0, sizeof info);
        if (!object || H5Oget_info2(object.id(), &info, H5O_INFO_BASIC | H5O_INFO_NUM_ATTRS | H5O_INFO_HDR) < 0)
            refuse(path, text("is damaged (HDF5: ", Library::complaint(), ")"));
        if (!seen_.insert(info.addr).second) {
            if (origin_ == Origin::checkpoint)
                refuse(path, "is linked twice; each object has one place");
            add_refused(path, "is linked twice; only its first place is read");
            return;
        }
        if (origin_ == Origin::checkpoint && info.num_attrs > limits_.attributes)
            refuse(path, text("has ", info.num_attrs, " attributes; at most ", limits_.attributes, " are read"));
        if (info.type == H5O_TYPE_GROUP) {
            if (depth > limits_.depth)
                refuse(path, text("lies deeper than ", limits_.depth, " groups"));
            found_.push_back({path.empty() ? "/" : path, info.addr, true, info.num_attrs, {}, {}});
            visit_children(object.id(), path, depth);
        } else {
            visit_dataset(object.id(), path, info);
        }
    }

    void visit_dataset(hid_t object, const std::string& path, const H5O_info_t& info) {
        Found entry{path, info.addr, false, info.num_attrs, {}, {}};
        try {
            if (info.type != H5O_TYPE_DATASET)
                throw Refusal("is a committed (named) type; only groups and datasets are read");
            entry.stored = examine(object, info.hdr.version, origin_, budget_);
        } catch (const Refusal& refusal) {
            if (origin_ == Origin::checkpoint)
                refuse(path, refusal.what());
            entry.refused = refusal.what();
        }
        found_.push_back(std::move(entry));
    }

    void visit_children(hid_t group, const std::string& path, std::size_t depth) {
        for (const Link& link : links_of(group, path)) {
            const std::string below = path + "/" + link.name;
            if (const char* why = refuse_link(link.type)) {
                if (origin_ == Origin::checkpoint)
                    refuse(below, why);
                add_refused(below, why);
                continue;
            }
            const Handle child{H5Oopen(group, link.name.c_str(), H5P_DEFAULT), H5Oclose};
            visit(child, below, depth + 1);
        }
    }

    std::vector<Link> links_of(hid_t group, const std::string& path) {
        const Handle properties{H5Gget_create_plist(group), H5Pclose};
        unsigned order = 0;
        if (!properties || H5Pget_link_creation_order(properties.id(), &order) < 0)
            refuse(path, "is a damaged group");
        const bool in_order = (order & H5P_CRT_ORDER_TRACKED) != 0;
        Links links{{}, limits_.objects - std::min(limits_.objects, found_.size()), limits_.name};
        if (H5Literate(group, in_order ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME, H5_ITER_INC, nullptr, add_link, &links) <
            0)
            refuse(path, links.complaint != nullptr ? links.complaint
                                                    : text("is a damaged group (HDF5: ", Library::complaint(), ")"));
        return std::move(links.found);
    }

    void add_refused(const std::string& path, const char* why) {
        found_.push_back({path, HADDR_UNDEF, false, 0, {}, why});
    }

    const std::string& name_;
    Origin origin_;
    const Limits& limits_;
    Budget budget_;
    std::set<haddr_t> seen_;
    std::vector<Found> found_;
};

}  // namespace

std::vector<Found> survey(hid_t file, const std::string& name, Origin origin, const Limits& limits, Budget budget) {
    return Walk{name, origin, limits, budget}.all(file);
}

}  // namespace plexus::store
