#include "core/contract/smallest.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "core/program/yaml.hpp"
#include "plexus/error.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

Value attributes_of(const Example& example) {
    return example.attributes.empty() ? Value{Value::Map{}} : read_yaml(example.attributes, "case");
}

// Without one attribute each.
std::vector<Example> with_fewer_attributes(const Example& example) {
    std::vector<Example> fewer;
    const Value attributes = attributes_of(example);
    for (const Member& left_out : attributes.map()) {
        Value rest{Value::Map{}};
        for (const Member& member : attributes.map())
            if (member.name != left_out.name)
                rest.set(member.name, member.value);
        fewer.push_back(example);
        fewer.back().attributes = rest.map().empty() ? "" : to_string(rest);
    }
    return fewer;
}

// With one size smaller, wherever it occurs: sizes that are equal often have to be.
std::vector<Example> with_smaller_sizes(const Example& example) {
    std::set<std::int64_t, std::greater<>> sizes;
    for (const TensorType& input : example.inputs)
        sizes.insert(input.shape.begin(), input.shape.end());
    std::vector<Example> smaller;
    for (const std::int64_t size : sizes)
        for (const std::int64_t less : {std::int64_t{1}, size / 2, size - 1}) {
            if (less < 1 || less >= size)
                continue;
            smaller.push_back(example);
            for (TensorType& input : smaller.back().inputs)
                for (std::size_t d = 0; d < input.shape.rank(); ++d)
                    if (input.shape[d] == size)
                        input.shape = input.shape.with(d, less);
        }
    return smaller;
}

[[noreturn]] void unreadable(const std::string& written) {
    throw InputError(text("'", written,
                          "' is no case; write it as it was printed: 'swish {beta: 2} on float32 [6]', a type, its "
                          "attributes, and the element and shape of one sample of each input"));
}

Element element_named(const std::string& name, const std::string& written) {
    for (const Element element :
         {Element::float32, Element::float64, Element::int32, Element::uint8, Element::bfloat16})
        if (to_string(element) == name)
            return element;
    unreadable(written);
}

Shape shape_from(std::string_view sizes, const std::string& written) {
    std::vector<std::int64_t> dimensions;
    const char* const end = sizes.data() + sizes.size();
    for (const char* at = sizes.data(); at < end;) {
        std::int64_t size = 0;
        const auto [after, error] = std::from_chars(at, end, size);
        if (error != std::errc{} || size < 1)
            unreadable(written);
        dimensions.push_back(size);
        at = std::find_if(after, end, [](char c) { return c != ',' && c != ' '; });
    }
    return Shape(std::span<const std::int64_t>(dimensions));
}

}  // namespace

Example smallest(Example example, const std::function<bool(const Example&)>& fails) {
    int tries = 60;
    for (bool shrunk = true; shrunk && tries > 0;) {
        shrunk = false;
        std::vector<Example> candidates = with_fewer_attributes(example);
        std::ranges::move(with_smaller_sizes(example), std::back_inserter(candidates));
        for (Example& candidate : candidates) {
            if (--tries < 0 || !fails(candidate))
                continue;
            example = std::move(candidate);
            shrunk = true;
            break;
        }
    }
    return example;
}

Example example_from(const std::string& whole, Kind kind, const Environment& environment) {
    Example example{&environment, kind, {}, {}, {}};
    std::string written = whole;
    for (const auto& [numbers, domain] : {std::pair{unit_numbers, Domain::unit}, {counted_numbers, Domain::counted}})
        if (written.ends_with(numbers)) {
            example.domain = domain;
            written.resize(written.size() - numbers.size());
        }
    const std::size_t on = written.rfind(" on ");
    if (on == std::string::npos)
        unreadable(written);
    const std::string use = written.substr(0, on);
    example.type = use.substr(0, use.find(' '));
    if (example.type.size() < use.size())
        example.attributes = use.substr(example.type.size() + 1);
    if (written.ends_with(no_inputs))
        return example;
    for (std::size_t at = on + 4; at < written.size();) {
        const std::size_t open = written.find(" [", at), close = written.find(']', at);
        if (open == std::string::npos || close == std::string::npos || close < open)
            unreadable(written);
        const Element element = element_named(written.substr(at, open - at), written);
        example.inputs.push_back(
            {shape_from(std::string_view(written).substr(open + 2, close - open - 2), written), element});
        at = std::min(close + 2, written.size());
    }
    return example;
}

}  // namespace plexus
