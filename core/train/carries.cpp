#include "core/train/carries.hpp"

#include <cstring>

#include "plexus/text.hpp"

namespace plexus {
namespace {

std::string path_of(const std::string& prefix, const Model& model, const Carry& carry) {
    const GraphNode& node = model.graph().node(carry.node);
    return text(prefix, "/", node.network, "/", node.name, "/", carry.name);
}

}  // namespace

void Carries::begin(const Plan& plan) {
    for (Memory& memory : memory_) {
        memory.reserve(plan.carry_bytes);
        if (plan.carry_bytes > 0)
            std::memset(memory.data(), 0, plan.carry_bytes);
    }
}

void put_carries(store::Group& root, const std::string& prefix, const Model& model, const Plan& plan,
                 const std::byte* carries) {
    for (const Carry& carry : plan.carries) {
        Array values(carry.type);
        std::memcpy(values.view().data, carries + carry.offset, carry.type.bytes());
        store::put(root, path_of(prefix, model, carry), {std::move(values)});
    }
}

void get_carries(const store::Group& root, const std::string& prefix, const std::string& file, const Model& model,
                 const Plan& plan, std::byte* carries) {
    for (const Carry& carry : plan.carries) {
        const std::string path = path_of(prefix, model, carry);
        const Array* found = store::find_array(root, path);
        if (found == nullptr || found->type() != carry.type)
            throw InputError(text(file, ":/", path, ": ", found == nullptr ? "missing" : "misshapen", "; float32 ",
                                  carry.type.shape, " is wanted, which the stream of training was left with"));
        std::memcpy(carries + carry.offset, found->view().data, carry.type.bytes());
    }
}

void refuse_broken_streams(const Session& session, const Plan& plan, const StreamPart& part, std::int64_t batch) {
    if (plan.carries.empty() || part.samples == 0)
        return;
    const std::string who = text(session.model->use(plan.carries.front().node).title,
                                 " carries its state from batch to batch, so that each sample of a batch must go on "
                                 "where that of the batch before ended: ");
    const auto wanted = static_cast<std::size_t>(batch);
    if (session.program.data.shuffle)
        throw InputError(session.program.data.position, text(who, "write shuffle: false in 'data'"));
    if (part.dataset.streams() != wanted)
        throw InputError(part.use.position,
                         text(who, part.section, ", ", part.use.type, ", is cut in ", part.dataset.streams(),
                              " streams, and a batch has ", batch, " samples: give both the same number"));
    if (part.first % wanted != 0 || part.samples % wanted != 0)
        throw InputError(
            session.program.data.position,
            text(who, "of the ", part.samples, " samples of ", part.section, " from number ", part.first,
                 " on, the last batch would be short or begin in the middle: hold out a multiple of ", batch));
}

}  // namespace plexus
