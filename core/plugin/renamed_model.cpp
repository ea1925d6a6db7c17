#include "core/plugin/renamed_model.hpp"

namespace plexus {
namespace {

class Renaming {
public:
    Renaming(const Types& types, const std::string& prefix) : types_(types), prefix_(prefix) {}

    // `name` or `{name: {attributes}}`; a block of nodes is a map that names no type.
    void use(Value& value, Kind kind) const {
        if (value.is_string()) {
            if (const std::string renamed = prefix_ + value.string(); find(kind, renamed)) {
                const Position position = value.position;
                value = Value{renamed};
                value.position = position;
            }
        } else if (value.is_map()) {
            for (Member& member : value.map()) {
                const Schema* schema = find(kind, prefix_ + member.name);
                if (!schema) {
                    nodes(member.value);
                    continue;
                }
                member.name = schema->type();
                for (const AttributeSpec& spec : schema->attributes())
                    if (Value* attribute = member.value.find(spec.name))
                        rename(*attribute, spec);
            }
        }
    }

    void rename(Value& attribute, const AttributeSpec& spec) const {
        if (spec.form == AttributeSpec::Form::typed)
            use(attribute, spec.kind);
        else if (spec.form == AttributeSpec::Form::network && attribute.is_list())
            nodes(attribute);
        else if (spec.form == AttributeSpec::Form::network)
            use(attribute, Kind::layer);
    }

    // A list of uses, or a map that holds such lists.
    void nodes(Value& value, Kind kind = Kind::layer) const {
        if (value.is_list())
            for (Value& item : value.list())
                use(item, kind);
        else if (value.is_map())
            for (Member& member : value.map())
                nodes(member.value, kind);
    }

private:
    // A model may be a node.
    const Schema* find(Kind kind, const std::string& name) const {
        const Schema* schema = types_.find(kind, name);
        return schema == nullptr && kind == Kind::layer ? types_.find(Kind::model, name) : schema;
    }

    const Types& types_;
    const std::string& prefix_;
};

}  // namespace

void rename_types(Value& program, const Types& types, const std::string& prefix) {
    const Renaming renaming{types, prefix};
    for (const char* place : {"network", "networks"})
        if (Value* nodes = program.find(place))
            renaming.nodes(*nodes);
    if (Value* loss = program.find("loss"))
        renaming.use(*loss, Kind::loss);
    if (Value* metrics = program.find("metrics"))
        renaming.nodes(*metrics, Kind::metric);
    if (Value* train = program.find("train"))
        if (Value* optimizer = train->find("optimizer"))
            renaming.use(*optimizer, Kind::optimizer);
}

}  // namespace plexus
