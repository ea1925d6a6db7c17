#include "core/train/checkpoint_session.hpp"

#include "core/plugin/types.hpp"
#include "core/train/snapshot.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

std::vector<SampleTensor> tensors_of(const store::Group& root, const std::string& file) {
    const store::Text* tensors = store::find_text(root, "data/tensors");
    if (tensors == nullptr || tensors->items.empty())
        throw InputError(text(file, ":/data/tensors: missing, so the form of the input is not known"));
    return parse_tensors(*tensors, file);
}

}  // namespace

Session open_checkpoint(const Environment& environment, const std::filesystem::path& checkpoint,
                        const store::Group& root) {
    return open_checkpoint(environment, checkpoint, root, tensors_of(root, checkpoint.string()));
}

Session open_checkpoint(const Environment& environment, const std::filesystem::path& checkpoint,
                        const store::Group& root, std::vector<SampleTensor> tensors) {
    const std::string file = checkpoint.string();
    Program program =
        parse_program(graph_of(root, file), file + ":/graph", checkpoint.parent_path(), {}, environment.types());
    const std::string type = prediction_type(environment, program);
    if (!type.empty()) {
        NodeText node;
        node.name = "prediction";
        node.use = environment.types().resolve(Kind::layer, Value(type));
        program.networks.at(0).nodes.push_back(std::move(node));
        program.phases.front().losses.clear();
        program.phases.front().metrics.clear();
    }
    const store::Text* classes = store::find_text(root, "data/classes");
    return open_session(environment, std::move(program), std::move(tensors),
                        classes ? classes->items : std::vector<std::string>{});
}

}  // namespace plexus
