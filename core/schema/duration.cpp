#include <cmath>

#include "core/diagnostic/nearest.hpp"
#include "core/schema/scalar.hpp"
#include "plexus/schedule.hpp"
#include "plexus/text.hpp"

namespace plexus {

namespace {

constexpr const char* examples = "{step: 800}, {epoch: 6} or {fraction: 0.75}";

Duration::Unit unit_of(const Member& member) {
    const std::vector<std::string> names{"step", "epoch", "fraction"};
    for (std::size_t i = 0; i < names.size(); ++i)
        if (member.name == names[i])
            return static_cast<Duration::Unit>(i);
    throw InputError(member.position,
                     text("'", member.name, "' is no unit", suggestion(member.name, names, "units are")));
}

}  // namespace

Duration Duration::from(const Attributes& attributes, std::string_view name) {
    const Value& written = attributes.raw(name);
    if (!written.is_map() || written.map().size() != 1)
        throw attributes.error(
            name, text("'", name, "' is ", describe(written), "; it wants one number with its unit: ", examples));
    const Member& member = written.map().front();
    const Unit unit = unit_of(member);
    if (!member.value.is_number())
        throw attributes.error(name, text("'", name, "' is {", member.name, ": ", to_string(member.value),
                                          "}; it wants a number with its unit: ", examples));
    const double amount = member.value.number();
    // Above 2^53 a step could not be told from the next one.
    const double most = unit == Unit::fraction ? 1 : 9007199254740992.0;
    if (!(amount >= 0 && amount <= most))
        throw InputError(
            member.value.position.known() ? member.value.position : attributes.position(),
            text("'", name, "' is {", member.name, ": ", write_scalar(member.value), "}; it must be at least 0",
                 unit == Unit::fraction ? " and at most 1" : " and at most 2^53"));
    return {unit, amount};
}

std::uint64_t Duration::steps(const Progress& progress) const {
    double unit = 1;
    if (unit_ == Unit::epoch)
        unit = static_cast<double>(progress.steps_per_epoch);
    else if (unit_ == Unit::fraction)
        unit = static_cast<double>(progress.total_steps);
    const double steps = std::round(amount_ * unit);
    constexpr double most = 18446744073709549568.0;  // the largest double below 2^64
    return static_cast<std::uint64_t>(steps < most ? steps : most);
}

}  // namespace plexus
