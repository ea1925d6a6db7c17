#include "core/contract/checks.hpp"

#include <stdlib.h>

#include <filesystem>

#include "core/contract/allocation_check.hpp"
#include "core/contract/behaviour_checks.hpp"
#include "core/contract/conduct_check.hpp"
#include "core/contract/data_checks.hpp"
#include "core/contract/dataset_check.hpp"
#include "core/contract/gradient_check.hpp"
#include "core/contract/memory_check.hpp"
#include "core/contract/training_checks.hpp"
#include "plexus/error.hpp"

namespace plexus {
namespace {

// Gone with the object.
class ScratchFolder {
public:
    ScratchFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "plexus-check-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr)
            throw RunError("no folder can be made in " + std::filesystem::temp_directory_path().string());
        path_ = name;
    }
    ~ScratchFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

template <Findings (*check)(const Example&)>
Findings plain(const Example& example, const CheckSettings&) {
    return check(example);
}

template <Findings (*check)(const Example&, bool)>
Findings guarded(const Example& example, const CheckSettings& settings) {
    return check(example, settings.fork);
}

Findings gradients(const Example& example, const CheckSettings& settings) {
    GradientTally tally;
    return check_gradients(example, tally, settings.seed);
}

}  // namespace

const std::vector<ExampleCheck>& example_checks() {
    static const std::vector<ExampleCheck> checks{
        {"shapes", "shapes depend on the samples alone", true, false, false, plain<check_shapes>},
        {"memory", "stages touch what they declared, and assign what they are to write", true, false, false,
         guarded<check_memory>},
        {"repeats", "running again changes nothing", true, true, false, plain<check_repeats>},
        {"threads", "the same bits with 1, 2 and 5 threads, in any order", false, true, false, plain<check_threads>},
        {"slices", "the same numbers however the batch is cut, and for a sample alone", false, true, false,
         plain<check_slices>},
        {"gradients", "backward is the derivative of forward", false, true, true, gradients},
        {"allocation", "a step calls no allocator", false, false, false, plain<check_allocation>},
        {"conduct", "no threads are started, and the process stays as it was", false, false, false,
         guarded<check_conduct>},
    };
    return checks;
}

bool has_examples(Kind kind) noexcept {
    return kind == Kind::layer || kind == Kind::loss || kind == Kind::metric;
}

UsesTried check_other(const Schema& schema, const Environment& environment, const UseSettings& settings) {
    switch (schema.kind()) {
        case Kind::optimizer:
            return check_optimizer(schema, environment.types(), settings);
        case Kind::schedule:
            return check_schedule(schema, environment.types(), settings);
        case Kind::initializer:
            return check_initializer(schema, environment.types(), settings);
        case Kind::format:
            return check_format(schema, environment, settings, ScratchFolder{}.path());
        case Kind::dataset:
            return check_dataset(schema, environment.types(), settings);
        case Kind::model:
            return check_model(schema, environment, settings);
        case Kind::layer:
        case Kind::loss:
        case Kind::metric:
            return {};
    }
    return {};
}

}  // namespace plexus
