#include "core/contract/data_checks.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>

#include "core/contract/example.hpp"
#include "core/contract/running.hpp"
#include "core/plan/plan.hpp"
#include "core/program/program.hpp"
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

class FormatCheck {
public:
    FormatCheck(const Schema& schema, const Format& format, const fs::path& folder)
        : schema_(schema), format_(format), folder_(folder) {}

    Findings run() {
        if (schema_.extensions().empty())
            found("declares no file name endings");
        for (const std::string& ending : schema_.extensions()) {
            const fs::path file = folder_ / ("array." + ending);
            for (const TensorType& type : array_types())
                round_trip(file, counted(type));
            rubbish(file, "");
            rubbish(file, "\x89rubbish that is no file of any kind\n\0\x01\xff");
            rubbish(folder_ / ("missing." + ending));
        }
        return std::move(findings_);
    }

private:
    void found(const std::string& what) { findings_.push_back({"format", schema_.type(), what}); }

    void round_trip(const fs::path& file, const Array& array) {
        const std::string what = text(to_string(array.type().element), " ", array.shape());
        try {
            format_.write(file, array.view());
        } catch (const InputError& refusal) {
            if (std::string(refusal.what()).find(file.string()) == std::string::npos)
                found(text("refuses to write ", what, " without naming the file: ", refusal.what()));
            return;
        }
        if (!equal_numbers(format_.read(file), array))
            found(text("reads other numbers than it wrote: ", what));
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
            static_cast<void>(format_.read(file));
        } catch (const InputError& refusal) {
            if (std::string(refusal.what()).find(file.string()) == std::string::npos)
                found(text("refuses a damaged file without naming it: ", refusal.what()));
        } catch (const std::exception& fault) {
            found(text("a damaged file ends in what is no InputError: ", fault.what()));
        }
    }

    const Schema& schema_;
    const Format& format_;
    const fs::path& folder_;
    Findings findings_;
};

std::vector<Array> sample_of(const Dataset& data, std::size_t index) {
    std::vector<Array> arrays;
    std::vector<Tensor> views;
    for (const SampleTensor& tensor : data.tensors()) {
        arrays.emplace_back(tensor.type);
        views.push_back(arrays.back().view());
    }
    data.read(index, views);
    return arrays;
}

template <class Found>
void hold_dataset(const Dataset& data, const Found& found) {
    if (data.size() == 0 || data.tensors().empty())
        return found("has no samples, or samples without tensors");
    const std::size_t count = std::min<std::size_t>(data.size(), 5);
    std::vector<std::vector<Array>> samples;
    for (std::size_t i = 0; i < count; ++i)
        samples.push_back(sample_of(data, i));
    for (std::size_t i = count; i-- > 0;) {
        const auto again = sample_of(data, i);
        for (std::size_t t = 0; t < again.size(); ++t) {
            if (again[t].shape() != samples[i][t].shape() || !equal_numbers(again[t], samples[i][t]))
                found(text("sample ", i, " is another when it is read again"));
            for (std::size_t k = 0; k < static_cast<std::size_t>(again[t].shape().elements()); ++k)
                if (!std::isfinite(number_at(again[t], k)))
                    return found(text("sample ", i, " holds what is not finite"));
        }
    }
}

// Data whose samples are images, made by whatever data set can make them from attributes alone.
std::vector<Value> sources_of_images(const Environment& environment) {
    const Types& types = environment.types();
    const auto factory = types.factory(".");
    std::vector<Value> sources;
    for (const Schema* schema : types.all(Kind::dataset)) {
        const auto works = [&](const Value& attributes) {
            try {
                const Value use = use_of(schema->type(), attributes);
                const auto data = types.dataset(types.resolve(Kind::dataset, use), *factory);
                if (data->tensors()[0].type.shape.rank() == 3)
                    sources.push_back(use);
                return true;
            } catch (const InputError&) {
                return false;
            }
        };
        static_cast<void>(working_attributes(*schema, types, works));
    }
    return sources;
}

void plan_on(const Environment& environment, const Value& source, const Value& model) {
    const Types& types = environment.types();
    const auto factory = types.factory(".");
    Value data, program;
    data.set("source", source);
    program.set("data", data);
    program.set("network", Value(Value::List{}));
    program.find("network")->list() = types.expand_model(types.resolve(Kind::model, model)).find("network")->list();
    const Program parsed = parse_program(to_string(program), "model.yaml", ".", {}, types);
    const auto opened = types.dataset(parsed.data.source, *factory);
    ProgramGraph graph = build_graph(parsed, opened->tensors(), types);
    std::vector<TensorType> samples;
    for (const SampleTensor& tensor : opened->tensors())
        samples.push_back(tensor.type);
    const Model made(std::move(graph.graph), samples, 4, types, *factory);
    for (const Mode mode : {Mode::training, Mode::inference}) {
        PlanRequest request{.model = &made, .mode = mode, .batch = 4, .shard = 2, .keep = {graph.output}};
        if (mode == Mode::training)
            request.given_gradients = {graph.output};
        static_cast<void>(make_plan(request));
    }
}

}  // namespace

Findings check_format(const Schema& schema, const Environment& environment, const fs::path& folder) {
    return FormatCheck{schema, *environment.types().format(schema.type()), folder}.run();
}

Findings check_dataset(const Schema& schema, const Environment& environment, bool& read) {
    const Types& types = environment.types();
    const auto factory = types.factory(".");
    Findings findings;
    const auto works = [&](const Value& attributes) {
        const Value use = use_of(schema.type(), attributes);
        const auto found = [&](const std::string& what) { findings.push_back({"data set", to_string(use), what}); };
        try {
            hold_dataset(*types.dataset(types.resolve(Kind::dataset, use), *factory), found);
            read = true;
            return true;
        } catch (const InputError&) {
            return false;
        } catch (const std::exception& fault) {
            found(text("not refused but failed: ", fault.what()));
            return false;
        }
    };
    static_cast<void>(working_attributes(schema, types, works));
    return findings;
}

Findings check_model(const Schema& schema, const Environment& environment) {
    Findings findings;
    std::string refusal = "there is no source of images";
    const auto sources = sources_of_images(environment);
    const auto works = [&](const Value& attributes) {
        const Value model = use_of(schema.type(), attributes);
        for (const Value& source : sources) {
            try {
                plan_on(environment, source, model);
                return true;
            } catch (const InputError& error) {
                refusal = error.what();
            } catch (const std::exception& fault) {
                findings.push_back({"model", to_string(model), text("not refused but failed: ", fault.what())});
            }
        }
        return false;
    };
    if (working_attributes(schema, environment.types(), works).empty())
        findings.push_back({"examples", schema.type(), "no attributes were found that it takes; it said " + refusal});
    return findings;
}

}  // namespace plexus
