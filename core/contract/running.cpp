#include "core/contract/running.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>

#include "core/contract/fault_report.hpp"
#include "plexus/error.hpp"
#include "plexus/random.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

std::vector<TensorType> batch_of(const Example& example, std::int64_t samples) {
    std::vector<TensorType> types;
    for (const TensorType& sample : example.inputs)
        types.push_back({sample.shape.batch(samples), sample.element});
    return types;
}

std::uint32_t word(std::size_t i, std::uint32_t path) {
    return philox({7, path}, {0, static_cast<std::uint32_t>(i), 0})[0];
}

// Whole numbers are bytes of an image, or numbers of classes of which there are more than three.
void fill_whole(Tensor tensor, std::uint32_t path, std::int32_t first) {
    if (tensor.type.element == Element::uint8)
        for (std::size_t i = 0; auto& value : tensor.as<std::uint8_t>())
            value = static_cast<std::uint8_t>(word(i++, path) >> 24);
    if (tensor.type.element == Element::int32)
        for (std::size_t i = 0; auto& value : tensor.as<std::int32_t>())
            value = first + static_cast<std::int32_t>(word(i++, path) % 3);
}

// Normal numbers to numbers between 0.05 and 0.95.
void squeeze(Array& array) {
    if (array.type().element == Element::float32)
        for (float& value : array.as())
            value = 0.05F + 0.9F / (1 + std::exp(-1.7F * value));
}

// Gathers what a metric reports, as results.
class Reported final : public Report {
public:
    explicit Reported(std::vector<NamedArray>& results) : results_(results) {}

    void value(const std::string& name, double value, Better) override { add(name, 1, 1, {&value, 1}); }
    void matrix(const std::string& name, std::size_t rows, std::size_t columns,
                std::span<const double> values) override {
        if (values.size() != rows * columns)
            throw RunError(text("report() gives ", values.size(), " numbers for '", name, "', a matrix of ", rows,
                                " rows and ", columns, " columns"));
        add(name, rows, columns, values);
    }

private:
    void add(const std::string& name, std::size_t rows, std::size_t columns, std::span<const double> values) {
        Array array({{static_cast<std::int64_t>(rows), static_cast<std::int64_t>(columns)}, Element::float64});
        std::ranges::copy(values, array.as<double>().begin());
        results_.push_back({text("reported '", name, "'"), std::move(array)});
    }

    std::vector<NamedArray>& results_;
};

// The merged partial lies between guards meanwhile.
void add_report(std::vector<NamedArray>& results, const Layer& metric, std::span<const double> merged) {
    for (const auto side : {GuardedMemory::Against::start, GuardedMemory::Against::end}) {
        const NamedMemory named{"merged partial 0", {merged.size_bytes(), side, sizeof(double)}};
        std::memcpy(named.memory.data(), merged.data(), merged.size_bytes());
        named.memory.forbid_writing();
        std::vector<NamedArray> reported;
        Reported report(reported);
        {
            const Watched watched("report()", {&named});
            metric.report({reinterpret_cast<const double*>(named.memory.data()), merged.size()}, report);
        }
        if (side == GuardedMemory::Against::end)
            std::ranges::move(reported, std::back_inserter(results));
    }
}

// In every third element, beginning with the first.
void set_zeros(Array& array) {
    if (array.type().element == Element::float32)
        for (std::size_t i = 0; i < array.as().size(); i += 3)
            array.as()[i] = 0;
}

// `differ_in` is given two arrays and returns whether they differ in an element.
template <class DifferIn>
std::string first_where(const std::vector<NamedArray>& a, const std::vector<NamedArray>& b, const DifferIn& differ_in) {
    if (a.size() != b.size())
        return text("there are ", a.size(), " and ", b.size(), " results");
    for (std::size_t r = 0; r < a.size(); ++r) {
        if (a[r].name != b[r].name)
            return text(a[r].name, " is ", b[r].name);
        if (a[r].values.type() != b[r].values.type())
            return text(a[r].name, " has the shapes ", a[r].values.shape(), " and ", b[r].values.shape());
        const auto differs = differ_in(a[r].values, b[r].values);
        const auto count = static_cast<std::size_t>(a[r].values.shape().elements());
        for (std::size_t i = 0; i < count; ++i)
            if (differs(i))
                return text(a[r].name, " differs at element ", i, ": ", number_at(a[r].values, i), " and ",
                            number_at(b[r].values, i));
    }
    return {};
}

}  // namespace

Running::Running(const Example& example, const RunOptions& options)
    : layer_(*example.environment, example.kind, example.type, example.attributes, batch_of(example, options.batch),
             {.mode = options.mode,
              .batch = options.batch,
              .shard = options.shard,
              .learning_inputs = options.learning_inputs,
              .threads = options.threads,
              .random_order = options.random_order}) {
    layer_.randomize(options.seed);
    if (example.domain == Domain::unit)
        for (std::size_t i = 0; i < layer_.inputs(); ++i)
            squeeze(layer_.input(i));
    for (std::size_t i = 0; i < layer_.inputs(); ++i)
        fill_whole(layer_.input(i).view(), static_cast<std::uint32_t>(i), example.domain == Domain::counted ? 1 : 0);
    if (options.zeros)
        for (std::size_t i = 0; i < layer_.inputs(); ++i)
            set_zeros(layer_.input(i));
    for (const std::string& name : layer_.states())
        states_.push_back(layer_.state(name));
}

void Running::rewind() {
    layer_.restart();
    for (std::size_t i = 0; const std::string& name : layer_.states())
        layer_.state(name) = states_[i++];
}

void Running::run() {
    rewind();
    layer_.run();
}

void Running::run(const Trial::Way& way) {
    rewind();
    layer_.run(way);
}

std::vector<SomeLearn> where_some_learn(const Example& example) {
    std::vector<SomeLearn> places;
    Running running(example, {});
    const std::vector<bool>& learns = running.layer().node().wants_input_gradient;
    if (!running.layer().parameters().empty())
        places.push_back({"as the first of a network", {}});
    if (std::ranges::count(learns, true) > 1)
        for (std::size_t i = 0; i < learns.size(); ++i)
            if (learns[i])
                places.push_back({text("where of its inputs only ", i, " wants a gradient"), {i}});
    return places;
}

std::vector<Mode> modes_of(const Example& example) {
    const Trial layer(*example.environment, example.kind, example.type, example.attributes, batch_of(example, 1),
                      {.threads = 1});
    std::vector<Mode> modes{Mode::training, Mode::inference};
    if (std::ranges::any_of(layer.model().states(),
                            [](const Weight& w) { return w.declaration.estimate != Estimate::never; }))
        modes.push_back(Mode::estimate);
    return modes;
}

std::string_view to_string(Mode mode) noexcept {
    return mode == Mode::training ? "training" : mode == Mode::inference ? "inference" : "estimate";
}

double number_at(const Array& array, std::size_t i) {
    switch (array.type().element) {
        case Element::float32:
            return array.as()[i];
        case Element::float64:
            return array.as<double>()[i];
        case Element::int32:
            return array.as<std::int32_t>()[i];
        case Element::uint8:
            return array.as<std::uint8_t>()[i];
        case Element::bfloat16:
            return static_cast<float>(array.as<bfloat16>()[i]);
    }
    return 0;
}

std::vector<NamedArray> results_of(Trial& layer) {
    std::vector<NamedArray> results;
    const NodePlan& node = layer.node();
    for (std::size_t i = 0; i < layer.outputs(); ++i)
        results.push_back({text("output ", i), layer.output(i)});
    for (const std::string& name : layer.states())
        results.push_back({text("state '", name, "'"), layer.state(name)});
    for (std::size_t i = 0; i < layer.carries().size(); ++i)
        results.push_back({text("next carry '", layer.carries()[i].name, "'"), layer.next_carry(i)});
    for (std::size_t i = 0; i < layer.inputs(); ++i)
        if (node.wants_input_gradient[i])
            results.push_back({text("gradient of input ", i), layer.input_gradient(i)});
    if (node.wants_parameter_gradient)
        for (const std::string& name : layer.parameters())
            results.push_back({text("gradient of parameter '", name, "'"), layer.parameter_gradient(name)});
    if (node.signature.node->kind == Kind::metric) {
        const std::vector<double> merged = layer.partial();
        Array values({{static_cast<std::int64_t>(merged.size())}, Element::float64});
        std::ranges::copy(merged, values.as<double>().begin());
        results.push_back({"merged partial 0", std::move(values)});
        if (!merged.empty())
            add_report(results, layer.model().layer(layer.inputs()), merged);
    }
    return results;
}

std::string first_difference(const std::vector<NamedArray>& a, const std::vector<NamedArray>& b) {
    return first_where(a, b, [](const Array& x, const Array& y) {
        const std::size_t size = size_of(x.type().element);
        const auto* bytes_of_x = static_cast<const std::byte*>(x.view().data);
        const auto* bytes_of_y = static_cast<const std::byte*>(y.view().data);
        return [=](std::size_t i) { return std::memcmp(bytes_of_x + i * size, bytes_of_y + i * size, size) != 0; };
    });
}

std::string first_distance(const std::vector<NamedArray>& a, const std::vector<NamedArray>& b, double tolerance) {
    return first_where(a, b, [=](const Array& x, const Array& y) {
        double scale = 1;
        for (std::size_t i = 0; i < static_cast<std::size_t>(x.shape().elements()); ++i)
            scale = std::max(scale, std::abs(number_at(x, i)));
        return [&x, &y, limit = tolerance * scale](std::size_t i) {
            return !(std::abs(number_at(x, i) - number_at(y, i)) <= limit);
        };
    });
}

std::string first_non_finite(const std::vector<NamedArray>& results) {
    for (const NamedArray& result : results)
        for (std::size_t i = 0; i < static_cast<std::size_t>(result.values.shape().elements()); ++i)
            if (!std::isfinite(number_at(result.values, i)))
                return text(result.name, " holds ", number_at(result.values, i), " at element ", i);
    return {};
}

}  // namespace plexus
