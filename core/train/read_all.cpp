#include "core/train/read_all.hpp"

#include "core/train/read_sample.hpp"
#include "plexus/dataset.hpp"
#include "plexus/error.hpp"
#include "plexus/text.hpp"

namespace plexus {

DataReading read_all(const Session& session) {
    std::vector<Array> memory;
    std::vector<Tensor> sample;
    for (const SampleTensor& tensor : session.tensors)
        sample.push_back(memory.emplace_back(tensor.type).view());
    DataReading reading;
    const auto read = [&](const Dataset& dataset, const PluginUse& use, const std::string& section) {
        reading.samples += dataset.size();
        for (std::size_t i = 0; i < dataset.size(); ++i)
            try {
                const ReadCall call(use, section, i);
                dataset.read(i, sample);
            } catch (const std::exception& error) {
                reading.faults.push_back(text(section, ", sample ", i, ": ", error.what()));
            } catch (...) {
                reading.faults.push_back(text(section, ", sample ", i, ": threw something that is no exception"));
            }
    };
    read(*session.source, session.source_use, "data.source");
    if (session.test)
        read(*session.test, session.test_use, "data.test");
    return reading;
}

}  // namespace plexus
