#include "core/train/read_sample.hpp"

#include "core/diagnostic/thrown.hpp"
#include "plexus/text.hpp"

namespace plexus {

void ReadCall::say_where(CrashText& text) const noexcept {
    text << "while it read sample " << static_cast<std::uint64_t>(sample_) << " of " << section_;
}

void read_sample(const Dataset& dataset, const PluginUse& use, const std::string& section, std::size_t sample,
                 std::span<const Tensor> to) {
    const ReadCall call(use, section, sample);
    try {
        dataset.read(sample, to);
    } catch (...) {
        const PluginUse here{text(use.title, ": sample ", sample, " of ", section), use.position, use.library};
        try {
            rethrow_placed(here, Blame::run);
        } catch (const InputError& error) {
            throw RunError(error.what());  // the run had begun
        }
    }
}

}  // namespace plexus
