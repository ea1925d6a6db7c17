// runner inspect: what is in a checkpoint, and how two of them differ.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "apps/runner/commands/commands.hpp"
#include "apps/runner/inspection/contact_sheet.hpp"
#include "apps/runner/inspection/report.hpp"
#include "apps/runner/options/arguments.hpp"
#include "apps/runner/terminal/print.hpp"
#include "apps/runner/terminal/terminal.hpp"
#include "plexus/analysis.hpp"
#include "plexus/error.hpp"
#include "plexus/nearest.hpp"
#include "plexus/text.hpp"

namespace runner {
namespace {

using plexus::Checkpoint;
using plexus::CheckpointTensor;
using plexus::InputError;
using plexus::text;

/// FILE [FILE2] [PATH], told apart.
struct Request {
    std::string file, other, path;
};

bool holds(const Checkpoint& checkpoint, const std::string& path) {
    return path == "/" || path == "/graph" || path == "/history" || path == "/data/classes" ||
           std::ranges::any_of(checkpoint.tensors(),
                               [&](const CheckpointTensor& tensor) { return is_below(tensor.path, path); });
}

// What nothing in the file is near to: for "did you mean".
InputError nothing_at(const Request& request, const Checkpoint& checkpoint) {
    std::vector<std::string> paths;
    for (const CheckpointTensor& tensor : checkpoint.tensors()) {
        for (auto end = tensor.path.find('/', 1); end != std::string::npos; end = tensor.path.find('/', end + 1))
            if (const std::string group = tensor.path.substr(0, end); std::ranges::find(paths, group) == paths.end())
                paths.push_back(group);
        paths.push_back(tensor.path);
    }
    return InputError{
        text(request.file, ": has nothing at '", request.path, "'", plexus::suggestion(request.path, paths, "it has"))};
}

std::string trimmed(std::string path) {
    while (path.size() > 1 && path.ends_with('/'))
        path.pop_back();
    return path;
}

// A second word that begins with '/' may be either: what is in the checkpoint wins over what is on the disk.
Request told_apart(const std::vector<std::string>& inputs, const Checkpoint& checkpoint) {
    Request request{inputs.front(), {}, {}};
    for (std::size_t i = 1; i < inputs.size(); ++i) {
        const std::string& word = inputs[i];
        const bool is_path = word.starts_with('/') && (holds(checkpoint, trimmed(word)) ||
                                                       !std::filesystem::exists(std::filesystem::path{word}));
        std::string& place = is_path ? request.path : request.other;
        if (!place.empty())
            throw InputError{text("inspect takes FILE [FILE2] [PATH]; '", place, "' and '", word, "' are both ",
                                  is_path ? "paths" : "second files")};
        place = is_path ? trimmed(word) : word;
    }
    if (!request.path.empty() && !holds(checkpoint, request.path) && request.other.empty())
        throw nothing_at(request, checkpoint);
    return request;
}

// The tensor at the path, or the first kernel of the network where --image is not told which.
const CheckpointTensor& tensor_for(const std::string& option, const Request& request, const Checkpoint& checkpoint) {
    if (!request.path.empty()) {
        if (const CheckpointTensor* tensor = checkpoint.find(request.path))
            return *tensor;
        const CheckpointTensor* kernel = checkpoint.find(request.path + "/kernel");
        if (kernel != nullptr && option == "--image")
            return *kernel;
        throw InputError{text(request.file, ":", request.path, ": is a group; ", option, " wants one tensor, as in ",
                              kernel != nullptr ? request.path + "/kernel" : "/networks/main/conv1/kernel")};
    }
    if (option == "--image")
        for (const CheckpointTensor& tensor : checkpoint.tensors())
            if (is_below(tensor.path, "/networks") && tensor.path.ends_with("/kernel"))
                return tensor;
    throw InputError{text(option, " wants the path of a tensor: inspect ", request.file,
                          " /networks/main/conv1/kernel ", option, " FILE")};
}

void write_files(const Arguments& arguments, const Request& request, const Checkpoint& checkpoint) {
    const plexus::Environment environment{arguments.environment()};
    const auto write = [&](const char* option, const CheckpointTensor& tensor, const plexus::Array& array) {
        const std::string file = arguments.value(option);
        plexus::write_array(environment, file, array.view());
        if (!arguments.quiet())
            note(printable(text("wrote ", tensor.path, " to ", file)) + "\n");
    };
    if (arguments.has("image")) {
        const CheckpointTensor& tensor = tensor_for("--image", request, checkpoint);
        write("image", tensor, contact_sheet(tensor.values.view(), request.file + ":" + tensor.path));
    }
    if (arguments.has("export")) {
        const CheckpointTensor& tensor = tensor_for("--export", request, checkpoint);
        write("export", tensor, tensor.values);
    }
}

int compare_files(const Arguments& arguments, const Request& request, const Checkpoint& first) {
    const Checkpoint second{request.other};
    if (!request.path.empty() && !holds(first, request.path) && !holds(second, request.path))
        throw nothing_at(request, first);
    const Comparison comparison = compare(first, second, request.path);
    if (arguments.json())
        print_json(comparison_json(comparison));
    else
        print(comparison_text(comparison, request.file, request.other));
    return comparison.equal() ? 0 : 1;
}

std::string classes_text(const Checkpoint& checkpoint) {
    std::string lines;
    for (const std::string& name : checkpoint.classes())
        lines += printable(name) + "\n";
    return lines.empty() ? "no class names\n" : lines;
}

void print_one(const Arguments& arguments, const Request& request, const Checkpoint& checkpoint) {
    if (arguments.has("graph") || request.path == "/graph") {
        if (arguments.json())
            print_json({{"file", request.file}, {"graph", checkpoint.graph()}});
        else
            print(printable(checkpoint.graph(), "\n"));
    } else if (arguments.json()) {
        print_json(overview_json(request.file, checkpoint, request.path));
    } else if (request.path.empty() || request.path == "/") {
        print(overview(request.file, checkpoint));
    } else if (request.path == "/history") {
        print(history_table(checkpoint));
    } else if (request.path == "/data/classes") {
        print(classes_text(checkpoint));
    } else {
        print(closer_look(checkpoint, request.path));
    }
}

int run(const Arguments& arguments) {
    const Checkpoint checkpoint{arguments.inputs().front()};
    const Request request = told_apart(arguments.inputs(), checkpoint);
    const bool writes = arguments.has("image") || arguments.has("export");
    if (!request.other.empty() && (writes || arguments.has("digest") || arguments.has("graph")))
        throw InputError("--digest, --graph, --image and --export are for one file; two files are compared");
    if (!request.other.empty())
        return compare_files(arguments, request, checkpoint);
    if (arguments.has("digest")) {
        if (arguments.json())
            print_json({{"digest", checkpoint.digest()}});
        else
            print(checkpoint.digest() + "\n");
        return 0;
    }
    if (writes)
        write_files(arguments, request, checkpoint);
    else
        print_one(arguments, request, checkpoint);
    return 0;
}

}  // namespace

Command inspect_command() {
    return {
        .name = "inspect",
        .usage = "FILE [FILE2] [PATH] [options]",
        .summary = "what is in a checkpoint; how two of them differ",
        .description =
            "Prints attributes, every tensor with its statistics, and the history. With PATH only what is there, with "
            "a histogram. With two files what differs between them; the exit code is 1 if anything does. Nothing out "
            "of the file is run, and no plugin is loaded.",
        .maximum_inputs = 3,
        .wanted = "a checkpoint",
        .options =
            {
                {"digest", "",
                 "32 hexadecimal digits over names, shapes, types and values of the weights, nothing else"},
                {"graph", "", "the program that made the checkpoint, in YAML"},
                {"image", "OUT.png",
                 "a kernel as a sheet of pictures, one for each output (default: the first kernel)"},
                {"export", "OUT.npy|.csv", "write the tensor at PATH"},
            },
        .examples = {"inspect runs/a/best.h5", "inspect runs/a/best.h5 /networks/main/conv1",
                     "inspect runs/a/best.h5 /networks/main/conv1/kernel --image conv1.png",
                     "inspect runs/a/best.h5 runs/b/best.h5"},
        .run = run,
    };
}

}  // namespace runner
