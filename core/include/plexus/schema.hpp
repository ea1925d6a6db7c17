// What a type declares about itself, once: its attributes with type, default, range and a line of help.
#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plexus/attributes.hpp"

namespace plexus {

/// The extension points. Each has its own names: a layer and a schedule may both be called `linear`.
enum class Kind : std::uint8_t { layer, loss, metric, optimizer, schedule, initializer, dataset, format, model };

/// "layer", "data set", ... as messages and pages call it.
[[nodiscard]] PLEXUS_API std::string_view to_string(Kind kind) noexcept;

/// One declared attribute.
struct AttributeSpec {
    /// What a value may look like, and as what Attributes::get() gives it.
    enum class Form : std::uint8_t {
        boolean,
        integer,
        number,
        string,
        pair,
        integers,
        numbers,
        strings,
        typed,       ///< `name` or `{name: {...}}` of the kind `kind`
        any,         ///< a form of its own, which the type reads from Attributes::raw()
        network,     ///< a list of nodes, or one node, as a program's `network`: of the core's types that run one
        references,  ///< a name of a node in that network, or a map of such names
    };
    std::string name;       ///< unique in its type; not name, inputs or repeat
    Form form = Form::any;  ///< of the value
    Value default_value;    ///< null: none
    bool required = false;  ///< neither required nor a default: optional, see Attributes::has()
    std::string help;       ///< one line
    double minimum = -std::numeric_limits<double>::infinity();  ///< of a number, or of each of several
    double maximum = std::numeric_limits<double>::infinity();   ///< likewise
    bool above_minimum = false;                                 ///< the minimum itself is refused
    bool below_maximum = false;                                 ///< the maximum itself is refused
    std::vector<std::string> choices;                           ///< of a string
    Kind kind = Kind::layer;                                    ///< of a typed value
    std::string shorthand;        ///< a plain number stands for {shorthand: {value: number}}
    bool expands = false;         ///< an activation: becomes a node after this one
    bool replaces_input = false;  ///< where it is given, the node has one input less
};

/// Declared by chaining; `range` and the like speak of the attribute declared last:
///     registry.layer<Swish>("swish", "x * sigmoid(beta * x)").attribute("beta", 1.0, "slope of the gate").above(0);
class PLEXUS_API Schema {
public:
    /// For inputs(): as many as somebody likes.
    static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

    /// For registries; a plugin gets its schemas from Registry.
    Schema(Kind kind, std::string type, std::string help);

    /// Declares an attribute of the form that the default has.
    /// @{
    Schema& attribute(std::string name, bool default_value, std::string help);
    Schema& attribute(std::string name, int default_value, std::string help);
    Schema& attribute(std::string name, double default_value, std::string help);
    Schema& attribute(std::string name, float default_value, std::string help);
    Schema& attribute(std::string name, const char* default_value, std::string help);
    /// @}
    /// Without a default: to leave it out is an error.
    Schema& required(std::string name, AttributeSpec::Form form, std::string help);
    /// Without a default: see Attributes::has().
    Schema& optional(std::string name, AttributeSpec::Form form, std::string help);
    /// Two numbers, or one that means both. The default is for both.
    Schema& pair(std::string name, int default_value, std::string help);
    /// A typed value; `default_type` is the name of a type without attributes, or empty for optional.
    Schema& typed(std::string name, Kind kind, std::string default_type, std::string help);
    /// A number where it is written plainly, or a typed value: `0.1` is {shorthand: {value: 0.1}}.
    Schema& typed_or_number(std::string name, Kind kind, std::string shorthand, Value default_value, std::string help);
    /// A form of its own, for which the type is to throw Attributes::error(). A default of nothing makes it optional.
    Schema& any(std::string name, Value default_value, std::string help);
    /// `activation`, an optional layer that follows this one.
    Schema& activation();

    Schema& range(double minimum, double maximum);    ///< both included
    Schema& at_least(double minimum);                 ///< included
    Schema& above(double minimum);                    ///< excluded
    Schema& below(double maximum);                    ///< excluded; after at_least() or above() it closes the range
    Schema& choices(std::vector<std::string> names);  ///< of a string: others are refused, with the nearest of these
    Schema& replaces_input();                         ///< given, it stands for the last input: a constant target

    /// How many inputs a node has; one unless said otherwise (losses and metrics: two). For `inputs:` in a graph.
    Schema& inputs(std::size_t minimum, std::size_t maximum);
    /// Of a layer, loss or metric that reads inputs of any element type. Otherwise inputs that are not float32 are
    /// refused before infer(): all of a layer's, input 0 of a loss or metric.
    Schema& any_element();
    /// Of a layer or loss whose backward() is deliberately no derivative of forward(): a straight-through estimator, a
    /// reversed gradient. `gradient` says what it is instead. `runner check` then compares no gradients, and says so.
    Schema& surrogate_gradient(std::string gradient);
    /// For the reference page: "y = max(0, x)".
    Schema& formula(std::string text);
    /// For the reference page, one line each: "x  [N, F]", "y  [N, units]".
    Schema& shapes(std::string text);
    /// Of a loss: the layer type that turns the network's output into what a person wants to read (probabilities).
    Schema& prediction(std::string layer_type);
    /// Of a format: the file name endings it reads, without the dot.
    Schema& extensions(std::vector<std::string> endings);

    /// Checks what was written against the declaration. Throws InputError with the position and, for a name that is
    /// not declared, the nearest one: "conv2d has no attribute 'filter'; did you mean 'filters'?" `reserved` names
    /// (name, inputs, repeat) are passed over. Typed values are checked by `resolve`, which knows the registry.
    /// @{
    using Resolve = TypedValue (*)(const void* registry, Kind kind, const Value& written);
    [[nodiscard]] Attributes validate(const Value& written, const Position& use,
                                      std::span<const std::string_view> reserved, Resolve resolve,
                                      const void* registry) const;
    /// @}

    /// What was declared; empty texts and lists where nothing was.
    /// @{
    [[nodiscard]] Kind kind() const noexcept { return kind_; }
    [[nodiscard]] const std::string& type() const noexcept { return type_; }
    [[nodiscard]] const std::string& help() const noexcept { return help_; }
    [[nodiscard]] const std::vector<AttributeSpec>& attributes() const noexcept { return attributes_; }
    [[nodiscard]] std::size_t minimum_inputs() const noexcept { return minimum_inputs_; }
    [[nodiscard]] std::size_t maximum_inputs() const noexcept { return maximum_inputs_; }
    /// How many of them are replaced where these attributes are given: a node has so many less.
    [[nodiscard]] std::size_t replaced_inputs(const Value& attributes) const noexcept;
    [[nodiscard]] bool takes_any_element() const noexcept { return any_element_; }
    [[nodiscard]] const std::string& surrogate_gradient() const noexcept { return surrogate_gradient_; }
    [[nodiscard]] const std::string& formula() const noexcept { return formula_; }
    [[nodiscard]] const std::string& shapes() const noexcept { return shapes_; }
    [[nodiscard]] const std::string& prediction() const noexcept { return prediction_; }
    [[nodiscard]] const std::vector<std::string>& extensions() const noexcept { return extensions_; }
    /// @}

    /// For a host that loads every type under another name: puts `prefix` before the type and every type named in it.
    void rename(const std::string& prefix);

private:
    Schema& add(AttributeSpec spec);

    Kind kind_;
    std::string type_;
    std::string help_;
    std::vector<AttributeSpec> attributes_;
    std::size_t minimum_inputs_ = 1;
    std::size_t maximum_inputs_ = 1;
    bool any_element_ = false;
    std::string surrogate_gradient_;
    std::string formula_;
    std::string shapes_;
    std::string prediction_;
    std::vector<std::string> extensions_;
};

}  // namespace plexus
