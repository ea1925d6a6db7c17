// runner generate: text from the network in a checkpoint.
#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "apps/runner/commands/commands.hpp"
#include "apps/runner/options/arguments.hpp"
#include "apps/runner/terminal/print.hpp"
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

int run(const Arguments& arguments) {
    plexus::GenerationOptions options{arguments.inputs().front()};
    options.prime = arguments.value("prime");
    options.temperature = temperature_of(arguments);
    options.top_k = arguments.number("top-k", 0, 0, 1'000'000);
    options.seed = static_cast<std::uint32_t>(arguments.number("seed", 1, 0, 0xFFFF'FFFF));
    options.threads = arguments.threads();
    const std::size_t length = arguments.number("length", 400, 1, 1'000'000'000);
    const plexus::Environment environment{arguments.environment()};
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

}  // namespace

Command generate_command() {
    return {
        .name = "generate",
        .usage = "FILE [options]",
        .summary = "text from a network that was trained to say what comes next",
        .description =
            "Prints the prime text and goes on with it, one character after the other, each drawn from the network's "
            "probabilities. The same seed gives the same text on any number of threads.",
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
            },
        .examples = {"generate runs/char_lstm/last.h5 --prime \"the \" --length 400 --temperature 0.8 --seed 5"},
        .run = run,
    };
}

}  // namespace runner
