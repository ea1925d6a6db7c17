#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>

#include "core/plugin/types.hpp"
#include "core/store/checkpoint.hpp"
#include "core/train/carries.hpp"
#include "core/train/checkpoint_session.hpp"
#include "core/train/judged.hpp"
#include "core/train/plans.hpp"
#include "core/train/precision.hpp"
#include "core/train/read_sample.hpp"
#include "core/train/resize.hpp"
#include "core/train/session.hpp"
#include "core/train/weights.hpp"
#include "plexus/dataset.hpp"
#include "plexus/evaluation.hpp"
#include "plexus/hdf5.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

// Samples are computed so many at a time. Which of the two it is does not change a bit of an answer: no layer's results
// for a sample may depend on the samples with it.
constexpr std::size_t many = 128;
constexpr std::size_t one = 1;
constexpr std::size_t shard = 16;

}  // namespace

struct Predictor::Parts {
    Parts(const Environment& e, const PredictionOptions& o, const store::Group& root)
        : environment(e),
          options(o),
          session(open_checkpoint(e, o.checkpoint, root)),
          executor({.threads = o.threads}),
          weights(*session.model, 0, 0) {
        get_weights(root, "networks", o.checkpoint.string(), *session.model, weights.parameters.data(),
                    weights.states.data());
        output = slice_of(one).plan.kept.at(0).type.shape.from(1);
    }

    /// A plan for so many samples, made when it is first wanted, with its packed weights.
    struct Slice {
        Plan plan;
        Memory derived;
        Carries carries;
        bool packed = false;
    };

    Slice& slice_of(std::size_t size) {
        const auto [found, added] = slices.try_emplace(size);
        if (!added)
            return found->second;
        PlanRequest request{.model = session.model.get(),
                            .mode = Mode::inference,
                            .batch = static_cast<std::int64_t>(size),
                            .shard = shard};
        request.keep = {options.node.empty() ? output_of(session, options.checkpoint.string(), options.network)
                                             : output_of_node(session, options.checkpoint.string(), options.node)};
        request.workers = executor.workers();
        request.precision = precision_here(session.program);
        Slice& made = found->second;
        made.plan = make_plan(request);
        executor.prepare(made.plan);
        batch.reserve(made.plan.batch_bytes);
        made.derived.reserve(made.plan.derived_bytes);
        made.carries.begin(made.plan);  // and never turned: each sample is a stream of its own
        return made;
    }

    [[nodiscard]] const TensorType& input() const { return session.tensors.at(0).type; }

    Array predict(const Array& samples) {
        const auto count = static_cast<std::size_t>(samples.shape()[0]);
        Array out({output.batch(samples.shape()[0]), Element::float32});
        const std::size_t in_bytes = input().bytes();
        const auto out_size = static_cast<std::size_t>(output.elements());
        // The last few are made one by one, unless a slice that is mostly empty takes less time.
        for (std::size_t first = 0, size = 0; first < count; first += size) {
            const std::size_t planned = count - first > many / 8 ? many : one;
            size = std::min(planned, count - first);
            Slice& now = slice_of(planned);
            std::byte* to = batch.data() + now.plan.sources.at(0).place.offset;
            std::memset(to, 0, planned * in_bytes);
            std::memcpy(to, static_cast<const std::byte*>(samples.view().data) + first * in_bytes, size * in_bytes);
            Bindings bindings{.batch = batch.data(),
                              .parameters = weights.parameters.data(),
                              .states = weights.states.data(),
                              .derived = now.derived.data()};
            now.carries.bind(bindings);
            executor.run(now.plan, bindings, {.derived_fresh = now.packed});
            now.packed = true;
            const auto* result = static_cast<const float*>(executor.result(now.plan.kept[0]).data);
            std::copy_n(result, size * out_size, out.as().begin() + static_cast<std::ptrdiff_t>(first * out_size));
        }
        return out;
    }

    void append(const Array& out, std::vector<Prediction>& all) const {
        const auto size = static_cast<std::size_t>(output.elements());
        for (std::size_t i = 0; i < static_cast<std::size_t>(out.shape()[0]); ++i) {
            const float* row = out.as().data() + i * size;
            all.push_back({{}, {row, row + size}});
        }
    }

    // One sample or several, whatever the file holds, as [N, ...] of the input's type.
    [[nodiscard]] Array samples_of(const std::string& name, Array array) const {
        const TensorType& want = input();
        // Grey images come without their channel, too.
        const bool grey = want.shape.rank() > 1 && want.shape.back() == 1;
        const Shape plain = grey ? Shape({want.shape.begin(), want.shape.rank() - 1}) : want.shape;
        const Shape& shape = array.shape();
        if (shape == want.shape || shape == plain)
            array.reshape(want.shape.batch(1));
        else if (shape.rank() == plain.rank() + 1 && shape.from(1) == plain)
            array.reshape(want.shape.batch(shape[0]));
        else if (shape.rank() != want.shape.rank() + 1 || shape.from(1) != want.shape)
            array = fit(name, std::move(array));
        return converted(name, std::move(array));
    }

    [[nodiscard]] Array fit(const std::string& name, Array array) const {
        const TensorType& want = input();
        const bool image =
            array.shape().rank() == 3 && want.shape.rank() == 3 && array.type().element == Element::uint8;
        if (image && array.shape().back() != want.shape.back() && want.shape.back() == 1)
            array = grey(array);
        if (image && array.shape() == want.shape) {
            array.reshape(want.shape.batch(1));
            return array;
        }
        if (image && options.resize && array.shape().back() == want.shape.back()) {
            Array scaled = resize(array, want.shape[0], want.shape[1]);
            scaled.reshape(want.shape.batch(1));
            return scaled;
        }
        throw InputError(text(name, ": has shape ", array.shape(), "; the network wants ", want.shape,
                              image && !options.resize ? ": scale it, or let --resize do it" : ""));
    }

    [[nodiscard]] Array converted(const std::string& name, Array array) const {
        const TensorType& want = input();
        if (array.type().element == want.element)
            return array;
        Array out({array.shape(), want.element});
        if (want.element == Element::float32 && array.type().element == Element::uint8) {
            std::copy(array.as<std::uint8_t>().begin(), array.as<std::uint8_t>().end(), out.as().begin());
            return out;
        }
        if (want.element == Element::float32 && array.type().element == Element::float64) {
            std::transform(array.as<double>().begin(), array.as<double>().end(), out.as().begin(),
                           [](double v) { return static_cast<float>(v); });
            return out;
        }
        if (want.element == Element::uint8 && array.type().element == Element::float32)
            for (std::size_t i = 0; i < array.as().size(); ++i) {
                const float v = array.as()[i];
                if (v != std::floor(v) || v < 0 || v > 255)
                    throw InputError(text(name, ": holds float32 numbers such as ", v,
                                          "; the network was trained on whole numbers from 0 to 255"));
                out.as<std::uint8_t>()[i] = static_cast<std::uint8_t>(v);
            }
        else
            throw InputError(text(name, ": holds ", array.type().element, "; the network wants ", want.element));
        return out;
    }

    const Environment& environment;
    PredictionOptions options;
    Session session;
    Executor executor;
    Weights weights;
    std::map<std::size_t, Slice> slices;
    Memory batch;
    Shape output;
};

Predictor::Predictor(const Environment& environment, const PredictionOptions& options) {
    const store::Loaded loaded = store::load(options.checkpoint);
    parts_ = std::make_unique<Parts>(environment, options, loaded.root);
}

Predictor::Predictor(Predictor&&) noexcept = default;
Predictor::~Predictor() = default;

const TensorType& Predictor::input() const noexcept {
    return parts_->session.tensors[0].type;
}
const Shape& Predictor::output() const noexcept {
    return parts_->output;
}
const std::vector<std::string>& Predictor::classes() const noexcept {
    return parts_->session.classes;
}

Array Predictor::predict(const Array& samples) {
    if (samples.shape().rank() == 0 || samples.shape().from(1) != input().shape ||
        samples.type().element != input().element)
        throw InputError(text("samples have shape ", samples.shape(), " of ", samples.type().element,
                              "; the network wants ", input().shape.batch(1), " of ", input().element,
                              ", with any number of samples"));
    return parts_->predict(samples);
}

std::vector<Prediction> Predictor::predict(const std::string& name) {
    const std::size_t inside = name.find(".h5:/");
    Array array = inside != std::string::npos
                      ? Hdf5File(name.substr(0, inside + 3)).read(name.substr(inside + 4), input().element)
                      : parts_->session.factory->format(name).read(name);
    const Array samples = parts_->samples_of(name, std::move(array));
    std::vector<Prediction> all;
    parts_->append(parts_->predict(samples), all);
    if (all.size() == 1)
        all.front().input = name;
    else
        for (std::size_t i = 0; i < all.size(); ++i)
            all[i].input = text(name, "[", i, "]");
    return all;
}

std::vector<Prediction> Predictor::predict_data(const std::filesystem::path& graph) {
    const Types& types = parts_->environment.types();
    const Session data = open_data(parts_->environment, load_program(graph, {}, types));
    if (data.tensors.front().type != input())
        throw InputError(
            data.program.data.source.position,
            text("its samples have shape ", data.tensors.front().type.shape, " of ", data.tensors.front().type.element,
                 "; the network wants ", input().shape, " of ", input().element));
    const Judged judged = judged_data(data);
    std::vector<Array> memory;
    std::vector<Tensor> sample;
    for (const SampleTensor& tensor : data.tensors)
        sample.push_back(memory.emplace_back(tensor.type).view());
    std::vector<Prediction> all;
    for (std::size_t first = 0; first < judged.samples.size(); first += many) {
        const std::size_t size = std::min(many, judged.samples.size() - first);
        Array samples({input().shape.batch(static_cast<std::int64_t>(size)), input().element});
        for (std::size_t i = 0; i < size; ++i) {
            sample[0].data = static_cast<std::byte*>(samples.view().data) + i * input().bytes();
            read_sample(*judged.dataset, *judged.use, judged.section, judged.samples[first + i], sample);
        }
        parts_->append(parts_->predict(samples), all);
    }
    for (std::size_t i = 0; i < all.size(); ++i)
        all[i].input = text(judged.name, "[", i, "]");
    return all;
}

}  // namespace plexus
