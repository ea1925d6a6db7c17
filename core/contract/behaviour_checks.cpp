#include "core/contract/behaviour_checks.hpp"

#include <cstring>
#include <utility>

#include "core/contract/running.hpp"
#include "core/contract/serial_run.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

constexpr double rounding = 1e-4;  // of sums that are taken in another order

bool same_weights(const std::vector<WeightDeclaration>& a, const std::vector<WeightDeclaration>& b) {
    if (a.size() != b.size())
        return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a[i].name != b[i].name || a[i].shape != b[i].shape)
            return false;
    return true;
}

bool same_samples(const std::vector<TensorType>& a, const std::vector<TensorType>& b) {
    if (a.size() != b.size())
        return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a[i].element != b[i].element || a[i].shape.from(1) != b[i].shape.from(1))
            return false;
    return true;
}

std::vector<NamedArray> results(const Example& example, const RunOptions& options) {
    Running running(example, options);
    running.run();
    return results_of(running.layer());
}

// The tasks in the plan's order, each by the next of five workers: what threads do by chance is done on purpose.
std::vector<NamedArray> results_in_turn(const Example& example, RunOptions options) {
    options.threads = 5;
    Running running(example, options);
    std::unique_ptr<SerialRun> run;  // kept until the results are copied out of its arena
    running.run([&](Plan& plan, const Bindings& bindings, const StepInput& input) {
        run = std::make_unique<SerialRun>(plan, bindings, input, options.threads, 0);
        return run->run();
    });
    return results_of(running.layer());
}

// A correlation, or the share of a class, may have no value for a single sample.
std::vector<NamedArray> without_reports(std::vector<NamedArray> results) {
    std::erase_if(results, [](const NamedArray& result) { return result.name.starts_with("reported "); });
    return results;
}

// One sample of a batch, as a batch of its own.
Array sample_of(const Array& batch, std::int64_t sample) {
    Array one({batch.shape().with(0, 1), batch.type().element});
    const std::size_t bytes = one.type().bytes();
    std::memcpy(one.view().data,
                static_cast<const std::byte*>(batch.view().data) + bytes * static_cast<std::size_t>(sample), bytes);
    return one;
}

std::vector<NamedArray> outputs_of(Trial& layer, std::int64_t sample) {
    std::vector<NamedArray> outputs;
    for (std::size_t i = 0; i < layer.outputs(); ++i)
        outputs.push_back(
            {text("output ", i, " of a sample alone"), sample_of(std::as_const(layer).output(i), sample)});
    for (std::size_t i = 0; i < layer.carries().size(); ++i)
        outputs.push_back({text("next carry '", layer.carries()[i].name, "' of a sample alone"),
                           sample_of(std::as_const(layer).next_carry(i), sample)});
    return outputs;
}

bool draws_numbers(Running& running) {
    running.run();
    const auto first = results_of(running.layer());
    running.layer().run();
    return !first_difference(first, results_of(running.layer())).empty();
}

// Outside of training a sample is what it is, wherever in a batch and with whatever others; but for a loss that adds up
// what its samples weigh, of which each has a share of the batch's, and for random numbers, which its place decides.
void compare_alone(const Example& example, Findings& findings) {
    Running together(example, {.mode = Mode::inference});
    const NodeSignature node = together.layer().model().infer(odd_batch, Mode::inference)[example.inputs.size()];
    if (example.kind == Kind::loss && !node.partials.empty())
        return;
    const bool draws = draws_numbers(together);
    together.run();
    Running alone(example, {.batch = 1, .mode = Mode::inference});
    for (const std::int64_t sample : {std::int64_t{0}, odd_batch - 1}) {
        if (draws && sample > 0)
            return;
        for (std::size_t i = 0; i < example.inputs.size(); ++i)
            alone.layer().input(i) = sample_of(together.layer().input(i), sample);
        for (std::size_t i = 0; i < alone.layer().carries().size(); ++i)
            alone.layer().carry(i) = sample_of(together.layer().carry(i), sample);
        alone.run();
        if (const std::string where =
                first_distance(outputs_of(together.layer(), sample), outputs_of(alone.layer(), 0), rounding);
            !where.empty())
            return findings.push_back({"slices", to_string(example), where});
    }
}

std::int64_t elements_of_outputs(const std::vector<NamedArray>& results) {
    std::int64_t elements = 0;
    for (const NamedArray& result : results)
        if (result.name.starts_with("output"))
            elements += result.values.shape().elements();
    return elements;
}

// A buffer for 16 samples is enough in small batches: as many as a batch may have, in one piece and in three, of which
// the last is short.
void compare_large(const Example& example, Mode mode, Findings& findings) {
    constexpr std::int64_t batch = 70, shard = 33;
    const auto whole = results(example, {.batch = batch, .shard = batch, .mode = mode});
    const auto cut = results(example, {.batch = batch, .shard = shard, .mode = mode});
    if (const std::string where = first_distance(whole, cut, rounding); !where.empty())
        findings.push_back({"slices", text(to_string(example), ", ", to_string(mode)),
                            text("batch of ", batch, ", with shards of ", shard, ", ", where)});
}

}  // namespace

Findings check_shapes(const Example& example) {
    Findings findings;
    const auto found = [&](const std::string& what) { findings.push_back({"shapes", to_string(example), what}); };
    Running running(example, {});
    const Model& model = running.layer().model();
    const std::size_t node = example.inputs.size();
    const NodeSignature first = model.infer(odd_batch, Mode::training)[node];
    for (const Mode mode : {Mode::training, Mode::inference, Mode::estimate})
        for (const std::int64_t batch : {1, 2, 128}) {
            const NodeSignature other = model.infer(batch, mode)[node];
            const std::string where = text(to_string(mode), ", batch ", batch, ": ");
            if (!same_samples(first.outputs, other.outputs))
                found(where + "the outputs' samples have another shape than in training with another batch");
            if (!same_weights(first.parameters, other.parameters) || !same_weights(first.states, other.states))
                found(where + "the parameters or states are not those of training with another batch");
        }
    if (example.kind == Kind::loss &&
        (first.outputs.size() != 1 || first.outputs[0] != TensorType{{odd_batch}, Element::float32}))
        found("a loss has one output, [N], float32");
    if (example.kind == Kind::metric && (!first.outputs.empty() || first.partials.empty()))
        found("a metric has no output and a partial");
    return findings;
}

Findings check_repeats(const Example& example) {
    Findings findings;
    for (const Mode mode : modes_of(example)) {
        const auto found = [&](const std::string& what) {
            findings.push_back({"repeats", text(to_string(example), ", ", to_string(mode)), what});
        };
        Running running(example, {.mode = mode});
        running.run();
        const auto once = results_of(running.layer());
        if (const std::string where = first_non_finite(once); !where.empty())
            found(where);
        for (int again = 0; again < 2; ++again) {
            running.run();
            if (const std::string where = first_difference(once, results_of(running.layer())); !where.empty()) {
                found("run again, " + where);
                break;
            }
        }
    }
    return findings;
}

Domain domain_of(const Example& example) {
    for (const Domain domain : {Domain::normal, Domain::unit}) {
        Example with = example;
        with.domain = domain;
        if (first_non_finite(results(with, {})).empty())
            return domain;
    }
    return Domain::normal;
}

Findings check_threads(const Example& example) {
    constexpr std::int64_t batch = 13;
    Findings findings;
    for (const Mode mode : modes_of(example)) {
        const auto one = results(example, {.batch = batch, .mode = mode});
        if (const std::string where = first_difference(one, results_in_turn(example, {.batch = batch, .mode = mode}));
            !where.empty()) {
            findings.push_back({"threads", text(to_string(example), ", ", to_string(mode)),
                                text("with tasks given to five workers in turn, ", where)});
            continue;
        }
        const auto compare = [&](std::size_t threads, std::optional<std::uint64_t> order) {
            const auto many =
                results(example, {.batch = batch, .mode = mode, .threads = threads, .random_order = order});
            if (const std::string where = first_difference(one, many); !where.empty())
                findings.push_back({"threads", text(to_string(example), ", ", to_string(mode)),
                                    text("with ", threads, " threads", order ? " in random order" : "", ", ", where)});
        };
        compare(2, {});
        compare(5, {});
        compare(3, 1);
        compare(1, 2);
    }
    return findings;
}

Findings check_slices(const Example& example) {
    constexpr std::int64_t largest = 4096 * odd_batch;  // outputs; an example of more takes as long as all others
    Findings findings;
    for (const Mode mode : modes_of(example)) {
        const auto whole = results(example, {.shard = odd_batch, .mode = mode});
        for (const std::int64_t shard : {1, 2}) {
            const auto cut = results(example, {.shard = shard, .mode = mode});
            if (const std::string where = first_distance(whole, cut, rounding); !where.empty())
                findings.push_back({"slices", text(to_string(example), ", ", to_string(mode)),
                                    text("with shards of ", shard, ", ", where)});
        }
        if (findings.empty() && elements_of_outputs(whole) <= largest)
            compare_large(example, mode, findings);
        // No batch of one sample may be a special case; what a batch has in common it has alone, too.
        Running alone(example, {.batch = 1, .mode = mode});
        alone.run();
        if (const std::string where = first_non_finite(without_reports(results_of(alone.layer()))); !where.empty())
            findings.push_back({"slices", text(to_string(example), ", ", to_string(mode)), "batch of 1: " + where});
        if (mode == Mode::inference)
            compare_alone(example, findings);
    }
    return findings;
}

}  // namespace plexus
