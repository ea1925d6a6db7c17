#include <cstring>
#include <utility>

#include "merging.hpp"

namespace plexus::merging {
namespace {

using Role = Operand::Role;

class ConcatenateWork final : public Work {
public:
    ConcatenateWork(PlanContext& c, std::size_t axis) : axis_{axis}, inputs_{c.inputs()} {
        Stage join{.name = "join", .writes = {{Role::output, 0}}};
        Stage cut{.name = "cut", .reads = {{Role::output_gradient, 0}}};
        for (std::size_t i = 0; i < inputs_; ++i) {
            join.reads.push_back({Role::input, i});
            if (c.wants_input_gradient(i))
                cut.writes.push_back({Role::input_gradient, i});
        }
        forward_ = c.forward(std::move(join));
        if (c.training() && !cut.writes.empty())
            c.backward(std::move(cut));
    }

    void run(const StageContext& c) const override {
        const bool joins = c.stage() == forward_;
        const ConstTensor whole = joins ? static_cast<ConstTensor>(c.output(0)) : c.output_gradient(0);
        const std::size_t row = row_bytes(whole.type);
        const std::size_t rows = row == 0 ? 0 : whole.type.bytes() / row;
        std::size_t at = 0;
        for (std::size_t i = 0; i < inputs_; ++i) {
            const std::size_t piece = row_bytes(c.input(i).type);
            if (joins)
                copy_rows(rows, piece, c.input(i).data, piece, static_cast<char*>(c.output(0).data) + at, row);
            else if (const Tensor dx = c.input_gradient(i))
                copy_rows(rows, piece, static_cast<const char*>(whole.data) + at, row, dx.data, piece);
            at += piece;
        }
    }

private:
    /// A row is what lies behind the dimensions before the axis; steps are from one to the next, in bytes.
    static void copy_rows(std::size_t rows, std::size_t bytes, const void* from, std::size_t from_step, void* to,
                          std::size_t to_step) {
        for (std::size_t r = 0; r < rows; ++r)
            std::memcpy(static_cast<char*>(to) + r * to_step, static_cast<const char*>(from) + r * from_step, bytes);
    }

    [[nodiscard]] std::size_t row_bytes(const TensorType& type) const {
        return static_cast<std::size_t>(type.shape.from(axis_).elements()) * size_of(type.element);
    }

    std::size_t axis_;
    std::size_t inputs_;
    std::size_t forward_ = 0;
};

/// Its inputs side by side along one dimension.
///   x0, x1, ...  [N, ...]  the same element type, and the same sizes but along `axis`
///   y            [N, ...]  its size along `axis` is the sum of theirs
/// The axis counts the batch as 0, a negative one from the end (-1: the channels). backward() assigns each input its
/// part of dy and reads nothing else.
/// Refused while planning: axis 0 or none of the input's; inputs that differ in another size or in element type.
struct Concatenate final : Layer {
    explicit Concatenate(const Attributes& a) : axis_{a.get<std::int64_t>("axis")} {}

    void infer(InferContext& c) const override {
        const TensorType& first = c.input(0);
        const auto rank = static_cast<std::int64_t>(first.shape.rank());
        if (axis_ >= rank || axis_ < -rank || axis_ == 0 || axis_ == -rank)
            throw c.error(text("axis is ", axis_, ", but input 0 has shape ", c.source(0), "; wanted is 1 to ",
                               rank - 1, ", or -1 to ", 1 - rank, " from the end"));
        const std::size_t axis = axis_of(first.shape);
        std::int64_t total = 0;
        for (std::size_t i = 0; i < c.inputs(); ++i) {
            const TensorType& x = c.input(i);
            if (x.element != first.element)
                throw c.error(text("inputs have different element types: ", first.element, " ", c.source(0), " and ",
                                   x.element, " ", c.source(i)));
            if (x.shape.rank() != first.shape.rank() || x.shape.with(axis, 1) != first.shape.with(axis, 1))
                throw c.error(text("inputs differ in more than their size along axis ", axis_, ": ", c.source(0),
                                   " and ", c.source(i)));
            total += x.shape[axis];
        }
        c.output(0, {first.shape.with(axis, total), first.element});
    }

    [[nodiscard]] Traits traits() const override { return {.bfloat16 = Bfloat16::alike}; }

    [[nodiscard]] std::unique_ptr<Work> plan(PlanContext& c) const override {
        return std::make_unique<ConcatenateWork>(c, axis_of(c.input(0).shape));
    }

private:
    [[nodiscard]] std::size_t axis_of(const Shape& shape) const {
        return static_cast<std::size_t>(axis_ < 0 ? axis_ + static_cast<std::int64_t>(shape.rank()) : axis_);
    }

    std::int64_t axis_;
};

}  // namespace

void add_concatenate(Registry& registry) {
    registry.layer<Concatenate>("concatenate", "Its inputs side by side along one dimension")
        .attribute("axis", -1, "the dimension: 1 is the first after the batch, -1 the last")
        .inputs(2, Schema::unlimited)
        .any_element()
        .formula("y = [x0, x1, ...]")
        .shapes("x0, x1, ...  [N, ...]\ny            [N, ...]");
}

}  // namespace plexus::merging
