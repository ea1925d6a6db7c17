#include "core/contract/trial.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/plugin/types.hpp"
#include "core/program/yaml.hpp"
#include "plexus/random.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

Graph graph_of(const Types& types, Kind kind, const std::string& type, const std::string& attributes,
               std::size_t inputs) {
    Graph graph;
    std::vector<Endpoint> from;
    for (std::size_t i = 0; i < inputs; ++i) {
        const std::size_t source =
            graph.add({.name = text("input_", i), .network = "", .kind = Kind::layer, .use = {}});
        from.push_back({source, 0});
    }
    const Value written = read_yaml(attributes.empty() ? type : text("{", type, ": ", attributes, "}"), "test");
    graph.add({.name = type, .network = "main", .kind = kind, .use = types.resolve(kind, written), .scope = "main"},
              from);
    return graph;
}

std::vector<TensorType> samples_of(const std::vector<TensorType>& inputs) {
    std::vector<TensorType> samples;
    for (const TensorType& t : inputs)
        samples.push_back({t.shape.from(1), t.element});
    return samples;
}

void fill_normal(std::span<float> values, std::uint32_t seed, std::uint32_t path) {
    for (std::size_t i = 0; i < values.size(); i += 2) {
        const auto words = philox({seed, path}, {0, static_cast<std::uint32_t>(i), 0});
        const auto pair = normal(words[0], words[1]);
        values[i] = static_cast<float>(pair[0]);
        if (i + 1 < values.size())
            values[i + 1] = static_cast<float>(pair[1]);
    }
}

}  // namespace

struct Trial::Parts {
    Parts(const Environment& environment, Kind kind, const std::string& type, const std::string& attributes,
          std::vector<TensorType> given, Options o)
        : options(o),
          inputs(std::move(given)),
          types(environment.types()),
          factory(types.factory(".")),
          model(graph_of(types, kind, type, attributes, inputs.size()), samples_of(inputs), batch_of(inputs, o), types,
                *factory),
          executor({.threads = o.threads, .random_order = o.random_order}) {
        node = inputs.size();
        const auto signature = model.infer(batch_of(inputs, options), options.mode)[node];
        PlanRequest request{
            .model = &model, .mode = options.mode, .batch = batch_of(inputs, options), .shard = options.shard};
        request.workers = executor.workers();
        request.precision = options.precision;
        for (std::size_t port = 0; port < signature.outputs.size(); ++port) {
            request.keep.push_back({node, port});
            if (options.mode == Mode::training)
                request.given_gradients.push_back({node, port});
            outputs.emplace_back(signature.outputs[port]);
            gradients.emplace_back(signature.outputs[port]);
        }
        if (!signature.partials.empty())
            request.metrics.push_back(node);
        for (std::size_t i = 0; options.mode == Mode::training && i < inputs.size(); ++i)
            if (!options.learning_inputs ||
                std::ranges::find(*options.learning_inputs, i) != options.learning_inputs->end())
                request.keep_gradients.push_back(i);
        if (options.mode == Mode::estimate)
            request.estimate.push_back(node);
        plan = make_plan(request);
        executor.prepare(plan);
        memory();
    }

    static std::int64_t batch_of(const std::vector<TensorType>& inputs, const Options& options) {
        return inputs.empty() ? options.batch : inputs.front().shape[0];
    }

    void memory() {
        batch.reserve(plan.batch_bytes);
        parameters.reserve(model.parameter_bytes());
        states.reserve(model.state_bytes());
        derived.reserve(plan.derived_bytes);
        carries.reserve(plan.carry_bytes);
        next_carries.reserve(plan.carry_bytes);
        for (const Carry& carry : plan.carries) {
            carry_arrays.emplace_back(carry.type);
            next_carry_arrays.emplace_back(carry.type);
        }
        reduced.reserve(model.parameter_bytes());
        for (const TensorType& type : inputs) {
            input_arrays.emplace_back(type);
            input_gradients.emplace_back(TensorType{type.shape, Element::float32});
        }
        for (const Weight& w : model.parameters()) {
            parameter_arrays.emplace_back(TensorType{w.declaration.shape, Element::float32});
            parameter_gradients.emplace_back(TensorType{w.declaration.shape, Element::float32});
            const auto initializer = factory->initializer(w.declaration.initializer);
            initializer->fill(parameter_arrays.back().as(), w.declaration.shape,
                              {options.seed, path_hash(w.declaration.name.c_str())});
        }
        for (const Weight& w : model.states()) {
            state_arrays.emplace_back(TensorType{w.declaration.shape, Element::float32});
            for (float& v : state_arrays.back().as())
                v = w.declaration.initial;
        }
    }

    static void copy(std::byte* to, const Array& from) { std::memcpy(to, from.view().data, from.type().bytes()); }
    static void copy(Array& to, const void* from) { std::memcpy(to.view().data, from, to.type().bytes()); }

    Bindings load() {
        for (std::size_t i = 0; i < inputs.size(); ++i)
            copy(batch.data() + plan.sources[i].place.offset, input_arrays[i]);
        for (std::size_t i = 0; i < plan.given_gradients.size(); ++i)
            copy(batch.data() + plan.given_gradients[i].place.offset, gradients[i]);
        for (std::size_t i = 0; i < parameter_arrays.size(); ++i)
            copy(parameters.data() + model.parameters()[i].offset, parameter_arrays[i]);
        for (std::size_t i = 0; i < state_arrays.size(); ++i)
            copy(states.data() + model.states()[i].offset, state_arrays[i]);
        for (std::size_t i = 0; i < carry_arrays.size(); ++i)
            copy(carries.data() + plan.carries[i].offset, carry_arrays[i]);
        return {.batch = batch.data(),
                .parameters = parameters.data(),
                .states = states.data(),
                .derived = derived.data(),
                .gradients = reduced.data(),
                .carries = carries.data(),
                .next_carries = next_carries.data()};
    }

    void collect(const std::byte* arena) {
        for (std::size_t i = 0; i < outputs.size(); ++i)
            copy(outputs[i], arena + plan.kept[i].place.offset);
        for (std::size_t i = 0; i < state_arrays.size(); ++i)
            copy(state_arrays[i], states.data() + model.states()[i].offset);
        for (std::size_t i = 0; i < next_carry_arrays.size(); ++i)
            copy(next_carry_arrays[i], next_carries.data() + plan.carries[i].offset);
        for (std::size_t i = 0; i < parameter_gradients.size(); ++i)
            copy(parameter_gradients[i], reduced.data() + model.parameters()[i].offset);
        for (std::size_t i = 0; i < inputs.size(); ++i)
            if (plan.input_gradients[i].place.base == static_cast<std::uint8_t>(Base::arena))
                copy(input_gradients[i], arena + plan.input_gradients[i].place.offset);
        partials.resize(plan.metrics.size());
        for (std::size_t i = 0; i < partials.size(); ++i) {
            if (plan.metrics[i].place.base != static_cast<std::uint8_t>(Base::arena))
                continue;  // no stage of this mode writes it
            const ConstTensor merged{arena + plan.metrics[i].place.offset, plan.metrics[i].type};
            partials[i].assign(merged.as<double>().begin(), merged.as<double>().end());
        }
    }

    StepInput step_input() { return {.seed = options.seed, .execution = execution++}; }

    void run() {
        executor.run(plan, load(), step_input());
        collect(static_cast<const std::byte*>(executor.result({{0, static_cast<std::uint8_t>(Base::arena)}, {}}).data));
    }

    static std::size_t find(const std::vector<Weight>& weights, const std::string& name) {
        for (std::size_t i = 0; i < weights.size(); ++i)
            if (weights[i].declaration.name == name)
                return i;
        throw RunError(text("the layer has no '", name, "'"));
    }

    Options options;
    std::vector<TensorType> inputs;
    const Types& types;
    std::unique_ptr<Factory> factory;
    Model model;
    Executor executor;
    std::size_t node = 0;
    Plan plan;
    std::uint64_t execution = 0;
    Memory batch, parameters, states, derived, reduced, carries, next_carries;
    std::vector<Array> input_arrays, input_gradients, outputs, gradients, parameter_arrays, parameter_gradients,
        state_arrays, carry_arrays, next_carry_arrays;
    std::vector<std::vector<double>> partials;
};

Trial::Trial(const Environment& environment, Kind kind, const std::string& type, const std::string& attributes,
             std::vector<TensorType> inputs, Options options)
    : parts_(std::make_unique<Parts>(environment, kind, type, attributes, std::move(inputs), options)) {}

Trial::~Trial() = default;

void Trial::randomize(std::uint32_t seed) {
    Parts& p = *parts_;
    std::uint32_t path = 0;
    for (auto* list : {&p.input_arrays, &p.parameter_arrays, &p.gradients, &p.carry_arrays})
        for (Array& array : *list) {
            ++path;
            if (array.type().element == Element::float32)
                fill_normal(array.as(), seed, path);
        }
}

Array& Trial::input(std::size_t i) {
    return parts_->input_arrays.at(i);
}
Array& Trial::parameter(const std::string& name) {
    return parts_->parameter_arrays[Parts::find(parts_->model.parameters(), name)];
}
Array& Trial::state(const std::string& name) {
    return parts_->state_arrays[Parts::find(parts_->model.states(), name)];
}
Array& Trial::carry(std::size_t i) {
    return parts_->carry_arrays.at(i);
}
Array& Trial::output_gradient(std::size_t i) {
    return parts_->gradients.at(i);
}
void Trial::run() {
    parts_->run();
}
void Trial::run(const Way& way) {
    const Bindings bindings = parts_->load();
    parts_->collect(way(parts_->plan, bindings, parts_->step_input()));
}
const Array& Trial::output(std::size_t i) const {
    return parts_->outputs.at(i);
}
const Array& Trial::next_carry(std::size_t i) const {
    return parts_->next_carry_arrays.at(i);
}
const Array& Trial::input_gradient(std::size_t i) const {
    return parts_->input_gradients.at(i);
}
const Array& Trial::parameter_gradient(const std::string& name) const {
    return parts_->parameter_gradients[Parts::find(parts_->model.parameters(), name)];
}

std::vector<double> Trial::partial(std::size_t i) const {
    return parts_->partials.at(i);
}

std::vector<std::string> Trial::parameters() const {
    std::vector<std::string> names;
    for (const Weight& w : parts_->model.parameters())
        names.push_back(w.declaration.name);
    return names;
}

std::vector<std::string> Trial::states() const {
    std::vector<std::string> names;
    for (const Weight& w : parts_->model.states())
        names.push_back(w.declaration.name);
    return names;
}

const std::vector<Carry>& Trial::carries() const {
    return parts_->plan.carries;
}

const Model& Trial::model() const {
    return parts_->model;
}
const NodePlan& Trial::node() const {
    return parts_->plan.nodes[parts_->plan.node_of[parts_->node]];
}
std::size_t Trial::inputs() const {
    return parts_->inputs.size();
}
std::size_t Trial::outputs() const {
    return parts_->outputs.size();
}
void Trial::restart() {
    parts_->execution = 0;
}

}  // namespace plexus
