#include "core/train/training_samples.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/train/network_inputs.hpp"
#include "core/train/picture.hpp"
#include "core/train/read_sample.hpp"
#include "plexus/dataset.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

constexpr std::size_t most_compared = 1000;  // samples of the data
constexpr double share_of_collapse = 0.1;

}  // namespace

std::size_t columns_of(std::size_t count, std::size_t classes) {
    if (classes > 1 && classes <= 40)
        return classes;
    return static_cast<std::size_t>(std::ceil(std::sqrt(static_cast<double>(count))));
}

std::pair<double, double> range_of(const Session& session, const NetworkRun& network) {
    const auto& samples = session.program.samples;
    if (samples && samples->network == network.network() && !samples->range.empty())
        return {samples->range[0], samples->range[1]};
    return {0, 1};
}

void refuse_no_image(const NetworkRun& network, const Position& position) {
    if (!is_image(network.output().shape) || network.output().element != Element::float32)
        throw InputError(position, text("network '", network.network(), "' puts out ", network.output().element, " ",
                                        network.output().shape,
                                        "; a picture is made of [height, width] or [height, width, 1 or 3]: let the "
                                        "network end with a reshape"));
}

TrainingSamples::TrainingSamples(const Environment& environment, const Session& session, Executor& executor,
                                 std::uint32_t seed)
    : session_{session},
      network_{environment, session, session.program.samples->network, session.program.samples->count, executor} {
    const SamplesText& samples = *session.program.samples;
    refuse_no_image(network_, samples.position);
    const auto count = static_cast<std::size_t>(samples.count);
    inputs_ = draw_inputs(session, samples.network, {.count = count, .seed = seed}, executor);
    columns_ = columns_of(count, reads_class(session, samples.network) ? session.classes.size() : 0);
    std::tie(black_, white_) = range_of(session, network_);
    of_data_ = variance_of_data();
}

bool TrainingSamples::is_due(const Progress& progress) const {
    return progress.step % std::max<std::uint64_t>(1, session_.program.samples->every.steps(progress)) == 0;
}

Array TrainingSamples::picture(const std::byte* parameters, const std::byte* states) {
    network_.take(*session_.model, parameters, states);
    const Array made = network_.run(inputs_);
    of_samples_ = mean_variance(made, 1 / (white_ - black_));
    return picture_of(made, columns_, black_, white_);
}

std::string TrainingSamples::notice(const Progress& progress) {
    const bool collapsed = of_data_ > 0 && of_samples_ < share_of_collapse * of_data_;
    varied_ = varied_ || !collapsed || progress.epoch > 0;  // what has learnt nothing yet has not collapsed
    if (!collapsed || told_ || !varied_) {
        told_ = told_ && collapsed;
        return {};
    }
    told_ = true;
    return text("the samples of '", network_.network(), "' have collapsed: their variance is ", of_samples_,
                ", that of the data ", of_data_,
                "; whatever it is given, it makes nearly the same. A smaller learning "
                "rate, or fewer steps of what it is trained against, may help");
}

// Of the tensor that is as large as a sample.
double TrainingSamples::variance_of_data() const {
    const auto found = std::ranges::find_if(session_.tensors, [&](const SampleTensor& tensor) {
        return tensor.type.shape.elements() == network_.output().shape.elements() &&
               (tensor.type.element == Element::uint8 || tensor.type.element == Element::float32);
    });
    if (found == session_.tensors.end())
        return 0;
    const std::size_t count = std::min(most_compared, session_.split.training);
    Array all({found->type.shape.batch(static_cast<std::int64_t>(count)), found->type.element});
    std::vector<Array> memory;
    std::vector<Tensor> sample;
    for (const SampleTensor& tensor : session_.tensors)
        sample.push_back(memory.emplace_back(tensor.type).view());
    const auto index = static_cast<std::size_t>(found - session_.tensors.begin());
    for (std::size_t i = 0; i < count; ++i) {
        sample[index].data = static_cast<std::byte*>(all.view().data) + i * found->type.bytes();
        try {
            read_sample(*session_.source, session_.source_use, "data.source", i, sample);
        } catch (const RunError&) {
            return 0;  // training itself reports what cannot be read
        }
    }
    return mean_variance(all, found->type.element == Element::uint8 ? 1.0 / 255 : 1 / (white_ - black_));
}

}  // namespace plexus
