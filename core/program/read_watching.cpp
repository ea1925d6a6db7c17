#include "core/program/read_watching.hpp"

#include <algorithm>

#include "core/diagnostic/nearest.hpp"
#include "core/plugin/types.hpp"
#include "core/program/sections.hpp"
#include "core/schema/scalar.hpp"
#include "plexus/text.hpp"

namespace plexus {

SamplesText read_samples(const Value& written, const std::vector<NetworkText>& networks, const Types& types,
                         Value& effective) {
    const Attributes given = check_section("samples", written, types);
    effective = given.values();
    SamplesText samples;
    samples.network = given.get<std::string>("network");
    std::vector<std::string> names;
    for (const NetworkText& network : networks)
        names.push_back(network.name);
    if (std::ranges::find(names, samples.network) == names.end())
        throw given.error("network", text("there is no network '", samples.network, "'",
                                          suggestion(samples.network, names, "there are")));
    samples.every = Duration::from(given, "every");
    samples.count = given.get<std::int64_t>("count");
    if (given.has("range"))
        samples.range = given.get<std::vector<double>>("range");
    if (!samples.range.empty() && (samples.range.size() != 2 || !(samples.range[0] < samples.range[1])))
        throw given.error("range", "'range' wants two numbers, those that are black and white: [-1, 1]");
    samples.position = written.position;
    return samples;
}

std::vector<WarningText> read_warnings(const Value& written, const Types& types, Value& effective) {
    if (!written.is_list())
        throw InputError(written.position,
                         "'warnings' is a list: [{metrics: [...], above: ..., steps: ..., reason: ...}]");
    std::vector<WarningText> warnings;
    Value::List texts;
    for (const Value& item : written.list()) {
        const Attributes given = check_section("warnings", item, types);
        texts.push_back(given.values());
        WarningText warning;
        warning.metrics = given.get<std::vector<std::string>>("metrics");
        if (given.has("above"))
            warning.above = given.get<double>("above");
        if (given.has("below"))
            warning.below = given.get<double>("below");
        if (warning.metrics.empty() || (!warning.above && !warning.below))
            throw InputError(item.position, "a warning wants at least one metric, and 'above' or 'below'");
        warning.steps = given.get<std::int64_t>("steps");
        warning.reason = given.get<std::string>("reason");
        warning.position = item.position;
        warnings.push_back(std::move(warning));
    }
    effective = std::move(texts);
    return warnings;
}

}  // namespace plexus
