#include "tests/core/program/small_types.hpp"

namespace plexus::test {

namespace {

using Form = AttributeSpec::Form;

struct NoLayer final : Layer {
    explicit NoLayer(const Attributes&) {}
    void infer(InferContext& c) const override { c.output(0, c.input(0)); }
};
struct NoOptimizer final : Optimizer {
    NoOptimizer(const Attributes& a, const Factory& factory) {
        if (a.has("start"))
            (void)Duration::from(a, "start");
        if (a.has("base"))
            (void)factory.optimizer(a.typed("base"));
        if (a.has("learning_rate"))
            (void)factory.schedule(a.typed("learning_rate"));
    }
    void declare(OptimizerContext&) const override {}
    double learning_rate(const Progress&) const override { return 0; }
    void update(const UpdateContext&) const override {}
};
struct NoSchedule final : Schedule {
    explicit NoSchedule(const Attributes& a) {
        if (a.has("warmup"))
            (void)Duration::from(a, "warmup");
    }
    double value(const Progress&) const override { return 0; }
};
struct NoInitializer final : Initializer {
    explicit NoInitializer(const Attributes&) {}
    void fill(std::span<float>, const Shape&, RandomKey) const override {}
};
struct NoDataset final : Dataset {
    explicit NoDataset(const Attributes&) {}
    std::size_t size() const override { return 0; }
    std::span<const SampleTensor> tensors() const override { return {}; }
    void read(std::size_t, std::span<const Tensor>) const override {}
};

/// Two dense layers; the second is in a block, as templates of real networks have them.
Value mlp(const Attributes& attributes) {
    const auto dense = [](const char* name, std::int64_t units) {
        Value use;
        Value inner;
        inner.set("name", name);
        inner.set("units", units);
        use.set("dense", std::move(inner));
        return use;
    };
    Value inner;
    inner.set("name", "head");
    inner.set("nodes", Value::List{dense("fc", attributes.get<std::int64_t>("classes"))});
    Value block;
    block.set("block", std::move(inner));
    Value program;
    program.set("network", Value::List{"flatten", dense("hidden", attributes.get<std::int64_t>("units")), block});
    program.set("loss", "softmax_cross_entropy");
    Value data;
    data.set("holdout", 0.25);
    program.set("data", std::move(data));
    return program;
}

/// Reads all inputs of its node, and the first one again.
Value twin(const Attributes& attributes) {
    Value left;
    left.set("name", "left");
    left.set("inputs", "input");
    left.set("units", attributes.get<std::int64_t>("units"));
    Value sum;
    sum.set("name", "sum");
    sum.set("inputs", Value::List{"input.*", "left"});
    Value first, second, program;
    first.set("dense", left);
    second.set("add", sum);
    program.set("network", Value::List{first, second});
    return program;
}

void register_layers(Registry& r) {
    r.layer<NoLayer>("conv2d", "convolution")
        .required("filters", Form::integer, "output channels")
        .at_least(1)
        .required("kernel_size", Form::pair, "rows and columns")
        .at_least(1)
        .pair("strides", 1, "step of the window")
        .at_least(1)
        .attribute("padding", "valid", "what surrounds the image")
        .choices({"valid", "same"})
        .attribute("use_bias", true, "whether a bias is added")
        .typed("kernel_initializer", Kind::initializer, "zeros", "first values")
        .activation();
    r.layer<NoLayer>("dense", "matrix product")
        .required("units", Form::integer, "size of the output")
        .at_least(1)
        .activation();
    r.layer<NoLayer>("dropout", "sets values to zero at random")
        .attribute("rate", 0.5F, "share of the values")
        .at_least(0)
        .below(1);
    r.layer<NoLayer>("loop", "runs a network")
        .required("nodes_of_it", Form::network, "what is run")
        .optional("becomes", Form::references, "nodes of it by name");
    r.layer<NoLayer>("flatten", "all dimensions in one");
    r.layer<NoLayer>("relu", "max(0, x)").attribute("slope", 0.0, "below zero");
    r.layer<NoLayer>("add", "sum of the inputs").inputs(2, Schema::unlimited);
    r.layer<NoLayer>("noise", "random numbers").inputs(0, 0);
    r.loss<NoLayer>("softmax_cross_entropy", "for classes");
    r.loss<NoLayer>("penalty", "of one value").inputs(1, 1);
    r.loss<NoLayer>("distance", "from a target").optional("target", Form::number, "of all values").replaces_input();
    r.metric<NoLayer>("accuracy", "share of right answers");
}

void register_others(Registry& r) {
    r.optimizer<NoOptimizer>("sgd", "gradient descent")
        .typed_or_number("learning_rate", Kind::schedule, "constant", 0.01, "of each step")
        .above(0)
        .attribute("momentum", 0.0, "kept of the last step");
    r.optimizer<NoOptimizer>("swa", "averages the weights")
        .typed("base", Kind::optimizer, "", "which makes the steps")
        .any("start", {}, "when averaging begins");
    r.schedule<NoSchedule>("constant", "one value").required("value", Form::number, "it").at_least(0);
    r.schedule<NoSchedule>("cosine", "falls to zero")
        .required("initial", Form::number, "at first")
        .any("warmup", {}, "time of linear rise");
    r.initializer<NoInitializer>("zeros", "all zero");
    r.initializer<NoInitializer>("uniform", "at random").attribute("scale", 0.05, "largest value").above(0);
    r.dataset<NoDataset>("idx", "MNIST's files")
        .required("images", Form::string, "file")
        .required("labels", Form::string, "file");
    r.dataset<NoDataset>("synthetic", "random images")
        .required("shape", Form::integers, "of a sample")
        .at_least(1)
        .attribute("classes", 10, "number of classes");
    r.model("mlp", "two dense layers", mlp)
        .attribute("units", 64, "hidden")
        .at_least(1)
        .attribute("classes", 10, "out");
    r.model("twin", "a dense layer beside its inputs", twin).attribute("units", 64, "of it");
}

}  // namespace

const Types& small_types() {
    static const TypeTable* const types = [] {
        auto* table = new TypeTable;
        (void)table->add("small_types", [](Registry& r) {
            register_layers(r);
            register_others(r);
        });
        table->finish({});
        return table;
    }();
    return *types;
}

std::vector<SampleTensor> image_and_label() {
    return {{"image", {Shape{8, 8, 1}, Element::uint8}}, {"label", {Shape{}, Element::int32}}};
}

std::string refusal(const std::string& text, const std::vector<Override>& overrides) {
    try {
        const Program program = parse_program(text, "a.yaml", "/", overrides, small_types());
        (void)build_graph(program, image_and_label(), small_types());
        if (program.train)
            (void)small_types().optimizer(*program.train->optimizer, *small_types().factory("/"));
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

std::string with_network(const std::string& nodes, const std::string& rest) {
    return "data: {source: {synthetic: {shape: [8, 8, 1]}}}\n"
           "network:\n" +
           nodes + "loss: softmax_cross_entropy\n" + rest;
}

}  // namespace plexus::test
