// Saves a run where it stands, and ends it.
#include <algorithm>

#include "core/store/checkpoint.hpp"
#include "core/train/run_folder.hpp"
#include "core/train/training_run.hpp"
#include "plexus/analysis.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

// What follows from a checkpoint.
void write_texts(const std::filesystem::path& out, const std::vector<HistoryRow>& history, EventFile& events,
                 const std::string& graph) {
    write_metrics(out, history);
    events.append(history);
    write_text(out / "graph.yaml", graph);
}

}  // namespace

void TrainingRun::save_file(const std::filesystem::path& file, const store::Group& tree) {
    try {
        store::save(file, tree);
        saved_ = true;
    } catch (const RunError& error) {
        saved_ = false;
        observer_.on_notice(text("not saved: ", error.what(), "; training goes on, and the file before it stays"));
    }
}

const PluginUse& TrainingRun::optimizer_of(std::size_t node) const {
    const std::string& network = session_.model->graph().node(node).network;
    for (const PhaseOptimizer& own : optimizers_.all())
        if (std::ranges::find(own.networks, network) != own.networks.end())
            return own.use;
    return session_.model->use(node);
}

// A step whose loss is finite may still have left a weight that is not: an update did it, or a layer to its state.
void TrainingRun::refuse_to_save_non_finite() const {
    const auto found = find_non_finite(*weights_, *session_.model, optimizers_);
    if (!found)
        return;
    const PluginUse& use = found->is_state ? session_.model->use(found->node) : optimizer_of(found->node);
    throw RunError(use.position, text(use.title, ": left ", found->tensor, " with a value that is not finite by step ",
                                      now_.step, "; it is not saved", what_stays()));
}

void TrainingRun::save_picture() {
    const bool estimated = has_averages(*weights_, optimizers_) && now_.estimated_at;
    const Array picture = samples_->picture(inference_parameters(*weights_, *session_.model, optimizers_),
                                            estimated ? weights_->inference_states.data() : weights_->states.data());
    const std::filesystem::path folder = out_ / "samples";
    try {
        std::filesystem::create_directories(folder);
        write_array(environment_, folder / picture_file(now_.step), picture.view());
    } catch (const std::exception& error) {
        observer_.on_notice(text("no picture written: ", error.what()));
    }
    now_.pictures.emplace_back(now_.step, picture);
}

// best.h5 before last.h5: whoever finds last.h5 finds a best.h5 that is at least as good.
void TrainingRun::save(bool best) {
    refuse_to_save_non_finite();
    store::Group tree = to_tree(session_, graph_text_, *weights_, optimizers_, now_);
    if (now_.step_of_epoch > 0)
        put_carries(tree, "training/main/carries", *session_.model, due().first(), carries_.data());
    if (best || !best_exists_) {
        save_file(out_ / "best.h5", tree);
        best_exists_ = best_exists_ || saved_;
    }
    save_file(out_ / "last.h5", tree);
    if (saved_) {
        last_checkpoint_ = (out_ / "last.h5").string();
        last_checkpoint_step_ = now_.step;
    }
    try {
        write_texts(out_, now_.history, *events_, graph_text_);
    } catch (const RunError& error) {
        saved_ = false;
        observer_.on_notice(text("not saved: ", error.what()));
    }
}

TrainingResult TrainingRun::finish(Ending ending) {
    TrainingResult result;
    result.ending = ending;
    result.epochs = static_cast<std::int64_t>(now_.epoch);
    result.steps = now_.step;
    result.input = session_.tensors.front().type;
    result.one_network = session_.parts.output.has_value();
    if (session_.program.samples)
        result.samples_of = session_.program.samples->network;
    result.last = out_ / "last.h5";
    result.best = out_ / "best.h5";
    if (ending != Ending::interrupted)
        test(result);
    const bool is_known = !now_.history.empty() && now_.history.back().split == "test" &&
                          now_.history.back().step == static_cast<std::int64_t>(now_.step);
    if (!result.test.empty() && !is_known) {
        remember("test", result.test);
        save(false);
    } else if (now_.step == first_step_) {
        // Resumed where nothing was left to do: whoever stopped it may have done so before these were written.
        try {
            write_texts(out_, now_.history, *events_, graph_text_);
        } catch (const RunError& error) {
            saved_ = false;
            observer_.on_notice(text("not saved: ", error.what()));
        }
    }
    if (const auto bad = feed_->bad_samples(); !bad.empty()) {
        std::string list;
        for (std::size_t i = 0; i < bad.size() && i < 20; ++i)
            list += text(i == 0 ? "" : ", ", bad[i]);
        observer_.on_notice(
            text(bad.size(), " samples could not be read and were skipped: ", list, bad.size() > 20 ? ", ..." : ""));
    }
    result.saved = saved_;
    result.seconds = std::chrono::duration<double>(Clock::now() - began_).count();
    try {
        write_record(out_, environment_, options_, now_.seed, executor_->workers(), started_, plexus::now());
    } catch (const RunError& error) {
        observer_.on_notice(text("not saved: ", error.what()));
    }
    return result;
}

}  // namespace plexus
