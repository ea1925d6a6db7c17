#include "core/train/bench_account.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

namespace plexus {
namespace {

constexpr double milliseconds_per_nanosecond = 1e-6;

BenchRow row_of(const Plan& plan, const Model& model, const Op& op) {
    const auto beside = [](const char* name) { return BenchRow{.pass = BenchPass::beside, .name = name}; };
    const auto of_parameter = [&](const char* name) {
        return BenchRow{.node = model.parameters()[op.node].node, .pass = BenchPass::update, .name = name};
    };
    switch (op.kind) {
        case OpKind::stage: {
            const NodePlan& node = plan.nodes[op.node];
            const Stage& stage = node.stages[op.stage];
            return {.node = node.number,
                    .pass = op.stage < node.forward_stages ? BenchPass::forward : BenchPass::backward,
                    .name = stage.name,
                    .stage = &stage};
        }
        case OpKind::add:
        case OpKind::zero:
            return {.node = plan.nodes[op.node].number, .pass = BenchPass::backward, .name = "sum"};
        case OpKind::square:
            return of_parameter("norm");
        case OpKind::update:
            return of_parameter("update");
        case OpKind::combine:
            return beside("combine");
        case OpKind::norm:
            return beside("gradient norm");
        case OpKind::seed:
        case OpKind::objective:
        case OpKind::total:
            return beside("loss");
    }
    return {};
}

// How much of [begin, end) lies in the waits, which are in order and apart.
std::int64_t overlap(const std::vector<StepProfile::Wait>& waits, std::int64_t begin, std::int64_t end) {
    std::int64_t sum = 0;
    auto wait = std::partition_point(waits.begin(), waits.end(), [&](const auto& w) { return w.end <= begin; });
    for (; wait != waits.end() && wait->begin < end; ++wait)
        sum += std::min(end, wait->end) - std::max(begin, wait->begin);
    return sum;
}

// The places from the first to the last quarter, by size; at least one.
std::pair<std::size_t, std::size_t> middle(std::size_t count) {
    const std::size_t cut = count / 4;
    return {cut, count - cut};
}

}  // namespace

BenchRows::BenchRows(const Plan& plan, const Model& model) : of_op_(plan.ops.size()) {
    std::map<std::tuple<BenchPass, std::size_t, const Stage*, std::string>, std::uint32_t> numbers;
    for (std::uint32_t i = 0; i < plan.ops.size(); ++i) {
        BenchRow row = row_of(plan, model, plan.ops[i]);
        const auto [found, added] =
            numbers.try_emplace({row.pass, row.node, row.stage, row.name}, static_cast<std::uint32_t>(rows_.size()));
        if (added)
            rows_.push_back(std::move(row));
        rows_[found->second].ops.push_back(i);
    }
    // A node's stages in their own order, which is not that of the operations. Stages of a node lie side by side.
    std::stable_sort(rows_.begin(), rows_.end(), [](const BenchRow& a, const BenchRow& b) {
        return std::tuple{a.pass, a.node, a.stage} < std::tuple{b.pass, b.node, b.stage};
    });
    for (std::uint32_t r = 0; r < rows_.size(); ++r)
        for (const std::uint32_t op : rows_[r].ops)
            of_op_[op] = r;
}

BenchAccount& BenchAccount::operator+=(const BenchAccount& other) {
    const auto add = [](std::vector<double>& to, const std::vector<double>& from) {
        to.resize(from.size());
        for (std::size_t i = 0; i < from.size(); ++i)
            to[i] += from[i];
    };
    step += other.step;
    add(rows, other.rows);
    add(others_waits, other.others_waits);
    waiting += other.waiting;
    scheduling += other.scheduling;
    return *this;
}

BenchAccount& BenchAccount::operator/=(double divisor) {
    for (std::vector<double>* list : {&rows, &others_waits})
        for (double& value : *list)
            value /= divisor;
    step /= divisor;
    waiting /= divisor;
    scheduling /= divisor;
    return *this;
}

std::size_t caller_of(const StepProfile& profile) {
    std::size_t caller = 0;
    for (std::size_t w = 0; w < profile.workers.size(); ++w) {
        const std::int64_t entered = profile.workers[w].entered;
        const std::int64_t first = profile.workers[caller].entered;
        if (entered != 0 && (first == 0 || entered < first))
            caller = w;
    }
    return caller;
}

std::vector<StepProfile::Wait> waits_of(const StepProfile& profile, std::size_t worker, std::size_t caller,
                                        const StepTime& time) {
    const StepProfile::Worker& w = profile.workers[worker];
    if (w.entered == 0)
        return {{time.begin, time.end}};
    if (worker == caller)
        return w.waits;
    std::vector<StepProfile::Wait> waits{{time.begin, w.entered}};
    waits.insert(waits.end(), w.waits.begin(), w.waits.end());
    waits.push_back({w.left, time.end});
    return waits;
}

BenchAccount account(const BenchRows& rows, const StepProfile& profile, const StepTime& time) {
    BenchAccount result{.step = time.milliseconds()};
    result.rows.resize(rows.rows().size());
    result.others_waits.resize(rows.rows().size());
    const std::size_t caller = caller_of(profile);
    std::vector<std::vector<StepProfile::Wait>> waits;
    for (std::size_t w = 0; w < profile.workers.size(); ++w) {
        waits.push_back(waits_of(profile, w, caller, time));
        for (const StepProfile::Wait& wait : waits.back())
            result.waiting += static_cast<double>(wait.end - wait.begin) * milliseconds_per_nanosecond;
    }
    for (std::size_t i = 0; i < profile.ops.size(); ++i) {
        const StepProfile::Span& op = profile.ops[i];
        const std::uint32_t row = rows.of_op()[i];
        result.rows[row] += static_cast<double>(op.end - op.begin) * milliseconds_per_nanosecond;
        for (std::size_t w = 0; w < waits.size(); ++w)
            if (w != op.worker)
                result.others_waits[row] +=
                    static_cast<double>(overlap(waits[w], op.begin, op.end)) * milliseconds_per_nanosecond;
    }
    const double booked = std::accumulate(result.rows.begin(), result.rows.end(), result.waiting);
    result.scheduling = result.step * static_cast<double>(profile.workers.size()) - booked;
    return result;
}

BenchAccount middle_half(std::vector<BenchAccount> steps) {
    std::sort(steps.begin(), steps.end(), [](const auto& a, const auto& b) { return a.step < b.step; });
    const auto [first, last] = middle(steps.size());
    BenchAccount sum;
    for (std::size_t i = first; i < last; ++i)
        sum += steps[i];
    return sum /= static_cast<double>(last - first);
}

double middle_half(std::vector<double> numbers) {
    std::sort(numbers.begin(), numbers.end());
    const auto [first, last] = middle(numbers.size());
    return std::accumulate(numbers.begin() + static_cast<std::ptrdiff_t>(first),
                           numbers.begin() + static_cast<std::ptrdiff_t>(last), 0.0) /
           static_cast<double>(last - first);
}

}  // namespace plexus
