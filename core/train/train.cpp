#include <unistd.h>

#include "core/store/checkpoint.hpp"
#include "core/train/training_run.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

// A folder that is gone when this is.
class TemporaryFolder {
public:
    TemporaryFolder() : path_(std::filesystem::temp_directory_path() / text("plexus-dry-run-", getpid())) {
        std::filesystem::create_directories(path_);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace

TrainingObserver::~TrainingObserver() = default;
void TrainingObserver::on_start(const TrainingFacts&) {}
void TrainingObserver::on_step(const StepReport&) {}
void TrainingObserver::on_epoch(const EpochReport&) {}
void TrainingObserver::on_notice(const std::string&) {}

TrainingResult train(const Environment& environment, const TrainingOptions& options, TrainingObserver& observer,
                     const std::atomic<bool>& stop) {
    if (!options.dry_run)
        return TrainingRun(environment, options, observer, stop).run();
    const TemporaryFolder folder;
    TrainingOptions dry = options;
    dry.out = folder.path();
    dry.overwrite = true;
    TrainingResult result = TrainingRun(environment, dry, observer, stop).run();
    TrainingOptions again = dry;
    again.resume = folder.path() / "last.h5";
    (void)TrainingRun(environment, again, observer, stop);  // what was saved can be gone on with
    return result;
}

}  // namespace plexus
