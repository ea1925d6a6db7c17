#include "core/train/difference.hpp"

#include "plexus/text.hpp"

namespace plexus {
namespace {

void compare(const std::string& path, const Value* before, const Value* after, std::vector<Difference>& out) {
    const auto below = [&](const std::string& name) { return path.empty() ? name : text(path, ".", name); };
    if (before && after && before->is_map() && after->is_map()) {
        for (const Member& m : before->map())
            compare(below(m.name), &m.value, after->find(m.name), out);
        for (const Member& m : after->map())
            if (before->find(m.name) == nullptr)
                compare(below(m.name), nullptr, &m.value, out);
        return;
    }
    if (before && after && before->is_list() && after->is_list() && before->list().size() == after->list().size()) {
        for (std::size_t i = 0; i < before->list().size(); ++i)
            compare(below(std::to_string(i)), &before->list()[i], &after->list()[i], out);
        return;
    }
    if (before && after && *before == *after)
        return;
    const auto shown = [](const Value* value) { return value ? to_string(*value) : std::string("nothing"); };
    out.push_back({path, shown(before), shown(after)});
}

}  // namespace

std::vector<Difference> differences(const Value& before, const Value& after) {
    std::vector<Difference> out;
    compare("", &before, &after, out);
    return out;
}

bool may_change_on_resume(std::string_view path) {
    for (const std::string_view fixed :
         {"train.batch", "train.shard", "train.seed", "train.precision", "data.holdout", "data.shuffle"})
        if (path == fixed)
            return false;
    // What a person sees of a run is no part of it.
    for (const std::string_view seen : {"samples", "warnings"})
        if (path.starts_with(seen))
            return true;
    return path.starts_with("train.") || path.starts_with("data.");
}

}  // namespace plexus
