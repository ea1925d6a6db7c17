// runner generate: text from the network in a checkpoint, or what one of its networks makes out of noise.
#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "apps/runner/commands/commands.hpp"
#include "apps/runner/options/arguments.hpp"
#include "apps/runner/terminal/print.hpp"
#include "plexus/analysis.hpp"
#include "plexus/error.hpp"
#include "plexus/generation.hpp"

namespace runner {
namespace {

double temperature_of(const Arguments& arguments) {
    const std::string written = arguments.value("temperature", "1");
    double value = 0;
    const auto [end, fault] = std::from_chars(written.data(), written.data() + written.size(), value);
    if (fault != std::errc{} || end != written.data() + written.size() || !(value >= 0) || value > 1000)
        throw plexus::InputError(fmt::format("--temperature is '{}'; it must be a number from 0 to 1000", written));
    return value;
}

int write_text(const Arguments& arguments, const plexus::Environment& environment) {
    plexus::GenerationOptions options{arguments.inputs().front()};
    options.prime = arguments.value("prime");
    options.temperature = temperature_of(arguments);
    options.top_k = arguments.number("top-k", 0, 0, 1'000'000);
    options.seed = static_cast<std::uint32_t>(arguments.number("seed", 1, 0, 0xFFFF'FFFF));
    options.threads = arguments.threads();
    const std::size_t length = arguments.number("length", 400, 1, 1'000'000'000);
    plexus::Generator generator{environment, options};
    if (arguments.json()) {
        std::string text;
        for (std::size_t i = 0; i < length; ++i)
            text += generator.next();
        print_json({{"prime", options.prime}, {"text", text}});
        return 0;
    }
    print(options.prime);
    for (std::size_t i = 0; i < length; ++i) {
        print(generator.next());
        finish_output();
    }
    print("\n");
    return 0;
}

plexus::SampleOptions sample_options(const Arguments& arguments) {
    using From = plexus::SampleOptions::From;
    plexus::SampleOptions options{arguments.inputs().front(), arguments.value("network")};
    options.count = arguments.number("count", 64, 1, 1'000'000);
    options.seed = static_cast<std::uint32_t>(arguments.number("seed", 1, 0, 0xFFFF'FFFF));
    options.threads = arguments.threads();
    if (arguments.has("class"))
        options.label = arguments.value("class");
    if (arguments.has("interpolate") && arguments.has("plane"))
        throw plexus::InputError(
            "--interpolate walks between noises, --plane goes over all of them; give one of the two");
    options.from = arguments.has("interpolate") ? From::ways : arguments.has("plane") ? From::plane : From::noise;
    return options;
}

// A picture goes into an image file; the numbers themselves into any other.
int write_samples(const Arguments& arguments, const plexus::Environment& environment) {
    const std::filesystem::path out = arguments.value("out", "samples.png");
    const plexus::Samples samples = plexus::make_samples(environment, sample_options(arguments));
    const bool as_image = out.extension() == ".png";
    if (as_image && samples.picture.shape().rank() == 0)
        throw plexus::InputError(fmt::format("{}: what '{}' puts out, {}, is no image; write it to a .npy file",
                                             out.string(), arguments.value("network"),
                                             to_string(samples.values.shape())));
    plexus::write_array(environment, out, as_image ? samples.picture.view() : samples.values.view());
    if (arguments.json())
        print_json({{"out", out.string()}, {"samples", samples.values.shape()[0]}});
    else
        print(fmt::format("{} samples of '{}' in {}\n", samples.values.shape()[0], arguments.value("network"),
                          out.string()));
    return 0;
}

int run(const Arguments& arguments) {
    const plexus::Environment environment{arguments.environment()};
    for (const char* of_text : {"prime", "length", "temperature", "top-k"})
        if (arguments.has("network") && arguments.has(of_text))
            throw plexus::InputError(
                fmt::format("--{} is of text, --network of what a network makes out of noise", of_text));
    for (const char* of_samples : {"count", "out", "class", "interpolate", "plane"})
        if (!arguments.has("network") && arguments.has(of_samples))
            throw plexus::InputError(fmt::format("--{} wants --network, the network that makes something", of_samples));
    return arguments.has("network") ? write_samples(arguments, environment) : write_text(arguments, environment);
}

}  // namespace

Command generate_command() {
    return {
        .name = "generate",
        .usage = "FILE [options]",
        .summary = "text, or pictures: whatever the network makes",
        .description =
            "Prints the prime text and goes on with it, one character after the other, each drawn from the network's "
            "probabilities. With --network, feeds a network with noise instead and writes what it makes of it: a .png "
            "holds one picture of all samples, a .npy the numbers. The same seed gives the same on any number of "
            "threads.",
        .minimum_inputs = 1,
        .maximum_inputs = 1,
        .wanted = "a checkpoint",
        .options =
            {
                {"prime", "TEXT", "what the text begins with", "a line break, which is not printed"},
                {"length", "N", "how many characters to add", "400"},
                {"temperature", "X",
                 "below 1 bolder to prefer what is probable, above 1 more even; 0: the most probable", "1"},
                {"top-k", "K", "draw among the K most probable alone", "all"},
                {"network", "NAME", "the network that is fed with noise"},
                {"count", "N", "how many samples it makes", "64"},
                {"class", "NAME", "the class of all samples, where the network reads one", "all in turn"},
                {"interpolate", "", "walk from one noise to another, ten samples a row"},
                {"plane", "", "over all pairs of two numbers, by their probability"},
                {"out", "FILE", "where to, .png or .npy", "samples.png", false, 'o'},
            },
        .examples = {"generate runs/char_lstm/last.h5 --prime \"the \" --length 400 --temperature 0.8 --seed 5",
                     "generate runs/dcgan_mnist/last.h5 --network generator --count 64 --seed 3 --out grid.png"},
        .run = run,
    };
}

}  // namespace runner
