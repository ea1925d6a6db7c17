#include "kernels/onednn.hpp"

#include <algorithm>
#include <oneapi/dnnl/dnnl.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "kernels/packing.hpp"
#include "kernels/primitive.hpp"
#include "kernels/rows.hpp"

namespace plexus::kernels {
namespace {

using dnnl::memory;
using Tag = memory::format_tag;

memory::desc floats(const memory::dims& dims, Tag tag) {
    return {dims, memory::data_type::f32, tag};
}

memory::data_type spelled(Element element) {
    return element == Element::bfloat16 ? memory::data_type::bf16 : memory::data_type::f32;
}

/// A convolution as oneDNN spells it. The layouts of activations are named: left open, it would choose blocked ones.
struct Spelled {
    Spelled(const Convolution& s, std::int64_t samples, Element of_x = Element::float32,
            Element of_y = Element::float32, Element of_weights = Element::float32)
        : x{{samples, s.channels, s.rows.extent, s.columns.extent}, spelled(of_x), Tag::nhwc},
          y{{samples, s.filters, s.rows.count(), s.columns.count()}, spelled(of_y), Tag::nhwc},
          weights{s.groups > 1
                      ? memory::dims{s.groups, s.filters / s.groups, s.channels / s.groups, s.rows.size, s.columns.size}
                      : memory::dims{s.filters, s.channels, s.rows.size, s.columns.size}},
          plain{floats(weights, s.groups > 1 ? Tag::hwigo : Tag::hwio)},
          open{weights, spelled(of_weights), Tag::any},
          bias{floats({s.filters}, Tag::a)},
          strides{s.rows.stride, s.columns.stride},
          dilation{s.rows.dilation - 1, s.columns.dilation - 1},
          before{s.rows.before, s.columns.before},
          after{s.rows.after, s.columns.after} {}

    [[nodiscard]] dnnl::convolution_forward::desc forward(const memory::desc& packed) const {
        return {dnnl::prop_kind::forward_training,
                dnnl::algorithm::convolution_direct,
                x,
                packed,
                bias,
                y,
                strides,
                dilation,
                before,
                after};
    }
    /// The implementation of this name if oneDNN has it, else the one that it likes best.
    [[nodiscard]] dnnl::convolution_forward::primitive_desc forward(const dnnl::engine& engine,
                                                                    const memory::desc& packed,
                                                                    std::string_view wanted = {}) const {
        const dnnl::convolution_forward::desc asked = forward(packed);  // further implementations look at it again
        const dnnl::primitive_attr attributes = with_own_scratch();
        dnnl::convolution_forward::primitive_desc best{asked, attributes, engine};
        if (!wanted.empty())
            for (dnnl::convolution_forward::primitive_desc other{asked, attributes, engine};;) {
                if (other.impl_info_str() == wanted)
                    return other;
                if (!other.next_impl())
                    break;
            }
        return best;
    }
    [[nodiscard]] dnnl::convolution_backward_data::primitive_desc data(const dnnl::engine& engine,
                                                                       const memory::desc& packed) const {
        return {{dnnl::algorithm::convolution_direct, x, packed, y, strides, dilation, before, after},
                with_own_scratch(),
                engine,
                forward(engine, open)};
    }
    [[nodiscard]] dnnl::convolution_backward_weights::primitive_desc gradient(const dnnl::engine& engine,
                                                                              const memory::desc& packed) const {
        return {{dnnl::algorithm::convolution_direct, x, packed, y, strides, dilation, before, after},
                with_own_scratch(),
                engine,
                forward(engine, open)};
    }

    memory::desc x;
    memory::desc y;
    memory::dims weights;
    memory::desc plain;  ///< as the layer holds them
    memory::desc open;   ///< as oneDNN likes them
    memory::desc bias;
    memory::dims strides;
    memory::dims dilation;
    memory::dims before;
    memory::dims after;
};

/// Of an implementation's name, such as "jit:avx2", "brgconv:avx512_core" and "ref:any".
bool is_compiled(std::string_view name) {
    return name.starts_with("jit") || name.starts_with("brg");
}

/// Implementations that differ from size to size have different bits: none of them is taken.
std::string common(const std::string& so_far, const std::string& name) {
    return so_far.empty() || so_far == name ? name : "mixed";
}

/// The primitive for one number of samples.
struct PerSize {
    std::int64_t samples;
    Bound kernel;
    std::size_t weights = 0;  ///< place of those it reads among the packed ones, in bytes
};

const PerSize& of_size(const std::vector<PerSize>& kernels, std::int64_t samples) noexcept {
    return *std::find_if(kernels.begin(), kernels.end(), [=](const auto& k) { return k.samples == samples; });
}

class OnednnProduct final : public Product {
public:
    OnednnProduct(Pass pass, const Convolution& shape, const Slices& slices, bool row_wise, const Formats& formats)
        : forward_{pass == Pass::forward},
          to_{formats.to},
          pixels_{shape.rows.extent * shape.columns.extent},
          results_{pass == Pass::forward ? shape.outputs() : shape.inputs()},
          channels_{static_cast<std::size_t>(shape.channels)} {
        // Of a dense layer both passes are forward: back is forward with the transposed weights.
        const bool transposed = row_wise && !forward_;
        Convolution s = shape;
        if (transposed)
            std::swap(s.channels, s.filters);
        forward_ = forward_ || row_wise;
        const bool narrow = row_wise && formats.precision == Precision::float32 && onednn_has_halved_avx512();
        const std::string_view wanted = narrow ? "jit_1x1:avx2" : "";
        for (const std::int64_t samples : slices.samples) {
            if (row_wise)
                s.columns.extent = samples;
            const Spelled spelled{s, row_wise ? 1 : samples, forward_ ? formats.from : formats.to,
                                  forward_ ? formats.to : formats.from, formats.from};
            const auto add_chosen = [&](const auto& describe) {
                add(samples, layouts_.choose(describe, spelled.open, name_), slices.workers, spelled);
            };
            if (forward_)
                add_chosen([&](const memory::desc& weights) { return spelled.forward(engine_, weights, wanted); });
            else
                add_chosen([&](const memory::desc& weights) { return spelled.data(engine_, weights); });
        }
        const Spelled any{s, 1};
        layouts_.plan_pack(transposed ? floats(any.weights, Tag::oihw) : any.plain, engine_, slices.workers);
        if (forward_)
            zeros_.resize(static_cast<std::size_t>(s.filters));
    }

    [[nodiscard]] bool compiled() const noexcept { return is_compiled(name_); }
    [[nodiscard]] std::string name() const override { return "onednn:" + name_; }
    [[nodiscard]] std::string format() const override { return "onednn " + layouts_.name(); }
    [[nodiscard]] std::size_t packed_bytes() const noexcept override { return layouts_.bytes(); }
    [[nodiscard]] std::size_t scratch_bytes() const noexcept override { return scratch_; }

    void pack(std::size_t worker, const float* weights, std::byte* packed) const override {
        layouts_.pack(worker, weights, packed);
    }

    [[nodiscard]] std::int64_t split() const noexcept override { return 0; }

    void run(std::size_t worker, std::int64_t samples, const void* from, const std::byte* packed, const Finish& finish,
             void* to, std::byte* scratch) const override {
        const auto& [size, kernel, place] = of_size(kernels_, samples);
        const std::byte* const own = packed + place;
        if (forward_) {
            kernel.run(worker, {{DNNL_ARG_SRC, from},
                                {DNNL_ARG_WEIGHTS, own},
                                {DNNL_ARG_BIAS, finish.bias != nullptr ? finish.bias : zeros_.data()},
                                {DNNL_ARG_DST, to},
                                {DNNL_ARG_SCRATCHPAD, scratch}});
        } else {
            kernel.run(worker, {{DNNL_ARG_DIFF_DST, from},
                                {DNNL_ARG_WEIGHTS, own},
                                {DNNL_ARG_DIFF_SRC, to},
                                {DNNL_ARG_SCRATCHPAD, scratch}});
            if (finish.bias != nullptr)
                add_bias(finish.bias, static_cast<std::size_t>(samples * pixels_), to);
        }
        const auto results = static_cast<std::size_t>(samples * results_);
        if (finish.relu && to_ == Element::bfloat16)
            cut_negative(static_cast<bfloat16*>(to), results);
        else if (finish.relu)
            cut_negative(static_cast<float*>(to), results);
    }

private:
    void add_bias(const float* bias, std::size_t rows, void* to) const {
        if (to_ == Element::bfloat16)
            add_to_rows(bias, rows, channels_, static_cast<bfloat16*>(to));
        else
            add_to_rows(bias, rows, channels_, static_cast<float*>(to));
    }

    template <class Made>
    void add(std::int64_t samples, const Made& made, std::size_t workers, const Spelled& s) {
        name_ = common(name_, made.impl_info_str());
        const memory::desc weights = made.weights_desc();
        const std::size_t place = layouts_.add(weights);
        scratch_ = std::max(scratch_, made.scratchpad_desc().get_size());
        if constexpr (std::is_same_v<Made, dnnl::convolution_forward::primitive_desc>)
            kernels_.push_back({samples,
                                Bound{dnnl::convolution_forward{made},
                                      engine_,
                                      workers,
                                      {{DNNL_ARG_SRC, s.x},
                                       {DNNL_ARG_WEIGHTS, weights},
                                       {DNNL_ARG_BIAS, s.bias},
                                       {DNNL_ARG_DST, s.y},
                                       {DNNL_ARG_SCRATCHPAD, made.scratchpad_desc()}}},
                                place});
        else
            kernels_.push_back({samples,
                                Bound{dnnl::convolution_backward_data{made},
                                      engine_,
                                      workers,
                                      {{DNNL_ARG_DIFF_DST, s.y},
                                       {DNNL_ARG_WEIGHTS, weights},
                                       {DNNL_ARG_DIFF_SRC, s.x},
                                       {DNNL_ARG_SCRATCHPAD, made.scratchpad_desc()}}},
                                place});
    }

    dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
    bool forward_;
    Element to_;
    std::int64_t pixels_;   ///< of a sample that backward writes
    std::int64_t results_;  ///< numbers of a sample that is written
    std::size_t channels_;
    std::string name_;
    Layouts layouts_;
    std::size_t scratch_ = 0;
    std::vector<PerSize> kernels_;
    std::vector<float> zeros_;  ///< where there is no bias
};

class OnednnGradient final : public WeightGradient {
public:
    OnednnGradient(const Convolution& s, const Slices& slices, const Formats& formats) {
        std::optional<memory::desc> blocked;
        for (const std::int64_t samples : slices.samples) {
            const Spelled spelled{s, samples, formats.from, formats.to, formats.from};
            const auto made = spelled.gradient(engine_, blocked.value_or(floats(spelled.weights, Tag::any)));
            name_ = common(name_, made.impl_info_str());
            blocked = made.diff_weights_desc();
            scratch_ = std::max(scratch_, made.scratchpad_desc().get_size());
            kernels_.push_back({samples, Bound{dnnl::convolution_backward_weights{made},
                                               engine_,
                                               slices.workers,
                                               {{DNNL_ARG_SRC, spelled.x},
                                                {DNNL_ARG_DIFF_DST, spelled.y},
                                                {DNNL_ARG_DIFF_WEIGHTS, *blocked},
                                                {DNNL_ARG_SCRATCHPAD, made.scratchpad_desc()}}}});
        }
        unpack_.emplace(*blocked, Spelled{s, 1}.plain, engine_, slices.workers);
        scratch_ = std::max(scratch_, unpack_->scratch_bytes());
        blocked_ = (blocked->get_size() + 63) / 64 * 64;
    }

    [[nodiscard]] bool compiled() const noexcept { return is_compiled(name_); }
    [[nodiscard]] std::string name() const override { return "onednn:" + name_; }
    [[nodiscard]] std::size_t scratch_bytes() const noexcept override { return blocked_ + scratch_; }

    void run(std::size_t worker, std::int64_t samples, const void* x, const void* dy, std::int64_t, std::int64_t,
             float* dw, std::byte* scratch) const override {
        of_size(kernels_, samples)
            .kernel.run(worker, {{DNNL_ARG_SRC, x},
                                 {DNNL_ARG_DIFF_DST, dy},
                                 {DNNL_ARG_DIFF_WEIGHTS, scratch},
                                 {DNNL_ARG_SCRATCHPAD, scratch + blocked_}});
        unpack_->run(worker, scratch, dw, scratch + blocked_);
    }

private:
    dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
    std::string name_;
    std::size_t blocked_ = 0;
    std::size_t scratch_ = 0;
    std::vector<PerSize> kernels_;
    std::optional<Reorder> unpack_;
};

/// What oneDNN refuses to make is no error: it has no kernel for it.
template <class Made, class... Arguments>
std::unique_ptr<Made> make(const Arguments&... arguments) {
    try {
        const OneThread alone;
        auto made = std::make_unique<Made>(arguments...);
        return made->compiled() ? std::move(made) : nullptr;
    } catch (const dnnl::error&) {
        return nullptr;
    }
}

bool has(dnnl::cpu_isa wanted) noexcept {
    const auto isa = static_cast<unsigned>(dnnl::get_effective_cpu_isa());
    const auto all = static_cast<unsigned>(wanted);
    return (isa & all) == all;
}

}  // namespace

bool onednn_has_avx512() noexcept {
    return has(dnnl::cpu_isa::avx512_core);
}

bool onednn_has_halved_avx512() noexcept {
    return onednn_has_avx512() && __builtin_cpu_is("amdfam19h");
}

double onednn_bf16_speed() noexcept {
    if (has(dnnl::cpu_isa::avx512_core_amx))
        return 8;
    return has(dnnl::cpu_isa::avx512_core_bf16) && __builtin_cpu_is("amd") ? 1.8 : 1;
}

std::unique_ptr<Product> make_onednn(Pass pass, const Convolution& shape, const Slices& slices, bool row_wise,
                                     const Formats& formats) {
    return make<OnednnProduct>(pass, shape, slices, row_wise, formats);
}

std::unique_ptr<WeightGradient> make_onednn_gradient(const Convolution& shape, const Slices& slices,
                                                     const Formats& formats) {
    return make<OnednnGradient>(shape, slices, formats);
}

}  // namespace plexus::kernels
