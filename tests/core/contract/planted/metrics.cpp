// Metrics whose report has one fault each.
#include "metrics.hpp"

#include <array>
#include <cmath>

namespace planted {
namespace {

using namespace plexus;

// The mean of squared differences.
struct MeanSquare : Layer {
    explicit MeanSquare(const Attributes&) {}
    void infer(InferContext& c) const override {
        if (c.input(1) != c.input(0))
            throw c.error("the inputs differ");
        c.partial("sums", 2);
        c.no_gradient(0);
        c.no_gradient(1);
    }
    void forward(const ForwardContext& c) const override {
        double sum = 0;
        const auto x = c.input(0).as();
        for (std::size_t i = 0; i < x.size(); ++i)
            sum += std::pow(static_cast<double>(x[i]) - static_cast<double>(c.input(1).as()[i]), 2);
        c.partial(0)[0] = sum;
        c.partial(0)[1] = static_cast<double>(x.size());
    }
    void report(std::span<const double> merged, Report& report) const override {
        report.value("mean_square", merged[0] / merged[1], Better::lower);
    }
};

struct ReportsNan final : MeanSquare {
    using MeanSquare::MeanSquare;
    void report(std::span<const double> merged, Report& report) const override {
        report.value("mean_square", std::sqrt(-merged[0]), Better::lower);
    }
};

struct ReportReadsBeyond final : MeanSquare {
    using MeanSquare::MeanSquare;
    void report(std::span<const double> merged, Report& report) const override {
        report.value("mean_square", merged[0] / *(static_cast<const volatile double*>(merged.data()) + 2));
    }
};

// Its mean is over all reports so far.
struct ReportRemembers final : MeanSquare {
    using MeanSquare::MeanSquare;
    void report(std::span<const double> merged, Report& report) const override {
        report.value("mean_square", merged[0] / merged[1] / ++reports_, Better::lower);
    }
    mutable double reports_ = 0;
};

struct ReportsOddMatrix final : MeanSquare {
    using MeanSquare::MeanSquare;
    void report(std::span<const double> merged, Report& report) const override { report.matrix("sums", 2, 2, merged); }
};

// No fault: of one sample there is no spread.
struct Spread final : MeanSquare {
    using MeanSquare::MeanSquare;
    void infer(InferContext& c) const override {
        MeanSquare::infer(c);
        if (c.input(0).shape.rank() != 2)
            throw c.error("numbers of each sample are wanted");
    }
    void forward(const ForwardContext& c) const override {
        MeanSquare::forward(c);
        c.partial(0)[1] = static_cast<double>(c.samples());
    }
    void report(std::span<const double> merged, Report& report) const override {
        report.value("spread", std::sqrt(merged[1] > 1 ? merged[0] / (merged[1] - 1) : -1.0), Better::lower);
    }
};

}  // namespace

void add_metrics(Registry& registry) {
    registry.metric<MeanSquare>("mean_square", "a mean");
    registry.metric<ReportsNan>("reports_nan", "no mean");
    registry.metric<ReportReadsBeyond>("report_reads_beyond", "no mean");
    registry.metric<ReportRemembers>("report_remembers", "a mean that shrinks");
    registry.metric<ReportsOddMatrix>("reports_odd_matrix", "sums");
    registry.metric<Spread>("spread", "has no value for a single sample");
}

}  // namespace planted
