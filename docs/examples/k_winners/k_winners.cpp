// A layer with scratch, with values that it keeps for its backward pass, and with stages that work in place.
#include <plexus/plugin.hpp>

#include <algorithm>
#include <cmath>

namespace {

using plexus::Operand;
using Role = plexus::Operand::Role;

constexpr Operand input{Role::input}, output{Role::output}, kept{Role::saved};
constexpr Operand output_gradient{Role::output_gradient}, input_gradient{Role::input_gradient};

/// A NaN is larger than any number, so that there is an order and a NaN is seen in the output.
bool above(float a, float b) {
    return a > b || (std::isnan(a) && !std::isnan(b));
}

class KWinnersWork final : public plexus::Work {
public:
    KWinnersWork(plexus::PlanContext& c, std::size_t k)
        : k_{k}, columns_{static_cast<std::size_t>(c.input(0).shape.back())} {
        plexus::Stage select{.name = "select",
                             .reads = {input},
                             .writes = {output},
                             .in_place = {{output, input}},
                             .scratch = columns_ * sizeof(float)};
        if (c.training())
            select.writes.push_back(kept);
        forward_ = c.forward(std::move(select));
        if (c.wants_gradient())
            c.backward({.name = "gradient",
                        .reads = {output_gradient, kept},
                        .writes = {input_gradient},
                        .in_place = {{input_gradient, output_gradient}}});
    }

    void run(const plexus::StageContext& c) const override {
        if (c.stage() == forward_)
            forward(c);
        else
            backward(c);
    }

private:
    void forward(const plexus::StageContext& c) const {
        const auto x = c.input(0).as();
        const auto y = c.output(0).as();
        const auto keep = c.saved(0).as<std::uint8_t>();  // empty outside of training
        const std::span row{reinterpret_cast<float*>(c.scratch().data()), columns_};
        for (std::size_t at = 0; at < x.size(); at += columns_) {
            std::ranges::copy(x.subspan(at, columns_), row.begin());
            std::nth_element(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(k_ - 1), row.end(), above);
            const float least = row[k_ - 1];
            for (std::size_t i = at; i < at + columns_; ++i) {
                const bool wins = !above(least, x[i]);
                y[i] = wins ? x[i] : 0;
                if (!keep.empty())
                    keep[i] = wins;
            }
        }
    }

    void backward(const plexus::StageContext& c) const {
        const auto keep = c.saved(0).as<std::uint8_t>();
        const auto dy = c.output_gradient(0).as();
        const auto dx = c.input_gradient(0).as();
        for (std::size_t i = 0; i < dx.size(); ++i)
            dx[i] = keep[i] != 0 ? dy[i] : 0;
    }

    std::size_t k_;
    std::size_t columns_;
    std::size_t forward_ = 0;
};

/// Keeps the k largest numbers of each row and sets the others to 0.
///   x     [N, ..., F]  float32
///   y     like x
///   kept  like x       uint8, 1 where a number was kept; from forward to backward
/// Of equal numbers in the last place all are kept. The gradient is dy where a number was kept, else 0.
/// Refused while planning: rows of fewer than k numbers, an input of one dimension.
struct KWinners final : plexus::Layer {
    explicit KWinners(const plexus::Attributes& a) : k{a.get<std::int64_t>("k")} {}

    void infer(plexus::InferContext& c) const override {
        const plexus::TensorType& x = c.input(0);
        if (x.shape.rank() < 2 || x.shape.back() < k)
            throw c.error(plexus::text("input has shape ", c.source(0),
                                       "; [batch, ..., features] with at least k = ", k, " features is wanted"));
        c.output(0, x);
        c.saved("kept", {x.shape, plexus::Element::uint8});
    }

    [[nodiscard]] std::unique_ptr<plexus::Work> plan(plexus::PlanContext& c) const override {
        return std::make_unique<KWinnersWork>(c, static_cast<std::size_t>(k));
    }

    std::int64_t k;
};

}  // namespace

PLEXUS_PLUGIN("k_winners", "1.0.0", registry) {
    registry.layer<KWinners>("k_winners", "Keeps the largest numbers of each row")
        .required("k", plexus::AttributeSpec::Form::integer, "how many numbers of a row are kept")
        .at_least(1)
        .formula("y = x where x is among the k largest numbers of its row, else 0")
        .shapes("x  [N, ..., F]\ny  [N, ..., F]");
}
