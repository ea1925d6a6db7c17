#include "core/train/read_all.hpp"

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
    const auto read = [&](const Dataset& dataset, const char* section) {
        reading.samples += dataset.size();
        for (std::size_t i = 0; i < dataset.size(); ++i)
            try {
                dataset.read(i, sample);
            } catch (const Error& error) {
                reading.faults.push_back(text(section, ", sample ", i, ": ", error.what()));
            }
    };
    read(*session.source, "data.source");
    if (session.test)
        read(*session.test, "data.test");
    return reading;
}

}  // namespace plexus
