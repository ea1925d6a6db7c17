#include "core/contract/data_checks.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>

#include "core/contract/child.hpp"
#include "core/contract/example.hpp"
#include "core/contract/running.hpp"
#include "core/contract/supervised.hpp"
#include "core/plan/plan.hpp"
#include "core/program/program.hpp"
#include "core/program/yaml.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

namespace fs = std::filesystem;

// Numbers that every element type can hold, each element another than its neighbours.
Array counted(const TensorType& type) {
    Array array(type);
    const auto fill = [](auto values) {
        for (std::size_t i = 0; auto& value : values)
            value = static_cast<std::remove_reference_t<decltype(value)>>((i++ * 37 + 5) % 251);
    };
    switch (type.element) {
        case Element::float32:
            fill(array.as());
            break;
        case Element::float64:
            fill(array.as<double>());
            break;
        case Element::int32:
            fill(array.as<std::int32_t>());
            break;
        case Element::uint8:
            fill(array.as<std::uint8_t>());
            break;
        case Element::bfloat16:
            fill(array.as<bfloat16>());
            break;
    }
    return array;
}

// A table has no more than two dimensions: a format may put what is in a row of the first side by side.
bool equal_numbers(const Array& a, const Array& b) {
    if (a.shape()[0] != b.shape()[0] || a.shape().elements() != b.shape().elements())
        return false;
    for (std::size_t i = 0; i < static_cast<std::size_t>(a.shape().elements()); ++i)
        if (number_at(a, i) != number_at(b, i))
            return false;
    return true;
}

const std::vector<TensorType>& array_types() {
    using enum Element;
    static const std::vector<TensorType> types{
        {{7, 5, 3}, uint8},   {{7, 5, 1}, uint8}, {{12}, uint8},  {{3, 4}, float32},
        {{2, 3, 4}, float32}, {{6}, int32},       {{6}, float64},
    };
    return types;
}

// In a child.
class FormatCheck {
public:
    FormatCheck(const Schema& schema, const Format& format, const fs::path& folder)
        : schema_(schema), format_(format), folder_(folder) {}

    void run() {
        if (schema_.extensions().empty())
            tell("declares no file name endings");
        for (const std::string& ending : schema_.extensions()) {
            const fs::path file = folder_ / ("array." + ending);
            for (const TensorType& type : array_types())
                round_trip(file, counted(type));
            rubbish(file, "");
            rubbish(file, "\x89rubbish that is no file of any kind\n\0\x01\xff");
            rubbish(folder_ / ("missing." + ending));
        }
    }

private:
    [[nodiscard]] Array read(const fs::path& file) const {
        Array array;
        supervised_call("read()", {}, [&] { array = format_.read(file); });
        return array;
    }

    void write(const fs::path& file, const Array& array) const {
        for (const auto side : {GuardedMemory::Against::start, GuardedMemory::Against::end}) {
            const NamedMemory named{"the array", {array.type().bytes(), side, size_of(array.type().element)}};
            std::memcpy(named.memory.data(), array.view().data, named.memory.bytes());
            named.memory.forbid_writing();
            supervised_call("write()", {&named}, [&] { format_.write(file, {named.memory.data(), array.type()}); });
        }
    }

    void round_trip(const fs::path& file, const Array& array) {
        const std::string what = text(to_string(array.type().element), " ", array.shape());
        try {
            write(file, array);
        } catch (const InputError& refusal) {
            if (std::string(refusal.what()).find(file.string()) == std::string::npos)
                tell(text("refuses to write ", what, " without naming the file: ", refusal.what()));
            return;
        }
        if (!equal_numbers(read(file), array))
            tell(text("reads other numbers than it wrote: ", what));
        cut_off(file);
    }

    void cut_off(const fs::path& file) {
        std::ifstream stream{file, std::ios::binary};
        const std::string whole{std::istreambuf_iterator<char>{stream}, {}};
        for (const std::size_t length : {whole.size() - 1, whole.size() / 2, std::size_t{3}})
            rubbish(file, whole.substr(0, std::min(length, whole.size())));
    }

    void rubbish(const fs::path& file, const std::string& bytes) {
        std::ofstream{file, std::ios::binary} << bytes;
        rubbish(file);
    }

    void rubbish(const fs::path& file) {
        try {
            static_cast<void>(read(file));
        } catch (const InputError& refusal) {
            if (std::string(refusal.what()).find(file.string()) == std::string::npos)
                tell(text("refuses a damaged file without naming it: ", refusal.what()));
        } catch (const std::exception& fault) {
            tell(text("a damaged file ends in what is no InputError: ", fault.what()));
        }
    }

    const Schema& schema_;
    const Format& format_;
    const fs::path& folder_;
};

// Data whose samples are images, made by whatever data set can make them from attributes alone. A data set that crashes
// is no fault of a model: each is made in a child first.
std::vector<Value> sources_of_images(const Environment& environment, bool fork) {
    const Types& types = environment.types();
    const auto factory = types.factory(".");
    std::vector<Value> sources;
    for (const Schema* schema : types.all(Kind::dataset)) {
        const auto works = [&](const Value& attributes) {
            try {
                const Value use = use_of(schema->type(), attributes);
                const auto data = types.dataset(types.resolve(Kind::dataset, use), *factory);
                if (!data->tensors().empty() && data->tensors()[0].type.shape.rank() == 3)
                    tell(to_string(use));
                return true;
            } catch (const InputError&) {
                return false;
            }
        };
        const ChildEnd end = in_child([&] { static_cast<void>(working_attributes(*schema, types, works)); },
                                      {.patience = std::chrono::seconds{10}, .fork = fork});
        if (end.fault.empty())
            for (const std::string& use : end.lines)
                sources.push_back(read_yaml(use, "source"));
    }
    return sources;
}

std::vector<PhaseRequest> phases_of(const Program& program, const ProgramGraph& graph) {
    std::vector<PhaseRequest> phases;
    for (std::size_t p = 0; p < program.phases.size(); ++p) {
        PhaseRequest& phase = phases.emplace_back(PhaseRequest{.name = program.phases[p].name});
        phase.networks = program.phases[p].updates;
        phase.number = p;
        for (const std::size_t loss : graph.losses[p])
            phase.losses.push_back({loss});
    }
    return phases;
}

/// On samples of that source, or on others in their place.
void plan_on(const Environment& environment, const Value& source, const std::optional<TensorType>& sample,
             const TypedValue& model) {
    const Types& types = environment.types();
    const auto factory = types.factory(".");
    Value data, program;
    data.set("source", source);
    program.set("data", data);
    const Value expanded = types.expand_model(model);
    for (const char* part : {"network", "networks", "phases"})
        if (const Value* const made = expanded.find(part))
            program.set(part, *made);
    const Program parsed = parse_program(to_string(program), "model.yaml", ".", {}, types);
    const auto opened = types.dataset(parsed.data.source, *factory);
    std::vector<SampleTensor> tensors{opened->tensors().begin(), opened->tensors().end()};
    if (sample)
        tensors.front().type = *sample;
    ProgramGraph graph = build_graph(parsed, tensors, types);
    std::vector<TensorType> samples;
    for (const SampleTensor& tensor : tensors)
        samples.push_back(tensor.type);
    const Model made(std::move(graph.graph), samples, 4, types, *factory);
    for (const Mode mode : {Mode::training, Mode::inference}) {
        PlanRequest request{.model = &made, .mode = mode, .batch = 4, .shard = 2};
        if (graph.output)
            request.keep = {*graph.output};
        else
            request.phases = phases_of(parsed, graph);
        if (mode == Mode::training)
            request.given_gradients = request.keep;
        static_cast<void>(make_plan(request));
    }
}

}  // namespace

UsesTried check_format(const Schema& schema, const Environment& environment, const UseSettings& settings,
                       const fs::path& folder) {
    const Types& types = environment.types();
    return try_uses(schema, types, settings, [&](const TypedValue&, const std::string& written) {
        // A format is made once and shared; a file may be read by as many threads as it likes.
        return supervise(
            {.check = std::string(to_string(Kind::format)), .subject = written, .fork = settings.fork, .threads = true},
            [&] {
                FormatCheck{schema, *types.format(schema.type()), folder}.run();
            });
    });
}

UsesTried check_model(const Schema& schema, const Environment& environment, const UseSettings& settings) {
    const auto sources = sources_of_images(environment, settings.fork);
    return try_uses(schema, environment.types(), settings, [&](const TypedValue& use, const std::string&) {
        std::string refusal = "there is no source of images";
        // Images, or in their place sequences, of features and of tokens.
        for (const auto& sample : {std::optional<TensorType>{}, std::optional{TensorType{{12, 6}, Element::float32}},
                                   std::optional{TensorType{{12}, Element::int32}}})
            for (const Value& source : sources) {
                try {
                    plan_on(environment, source, sample, use);
                    return Findings{};
                } catch (const InputError& error) {
                    refusal = error.what();
                }
            }
        throw InputError(refusal);
    });
}

}  // namespace plexus
