// Opens the program, plans everything that a run will do, and puts a resumed run where it was.
#include <algorithm>
#include <numeric>
#include <set>

#include "core/diagnostic/thrown.hpp"
#include "core/plan/step_state.hpp"
#include "core/plugin/types.hpp"
#include "core/store/checkpoint.hpp"
#include "core/store/replace.hpp"
#include "core/train/difference.hpp"
#include "core/train/precision.hpp"
#include "core/train/run_folder.hpp"
#include "core/train/stored_program.hpp"
#include "core/train/training_run.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

std::vector<Override> with_seed(const TrainingOptions& options) {
    std::vector<Override> overrides = options.overrides;
    if (options.seed)
        overrides.push_back({"train.seed", std::to_string(*options.seed)});
    return overrides;
}

std::vector<std::size_t> nodes_to_estimate(const Model& model, Estimate when) {
    std::set<std::size_t> nodes;
    for (const Weight& w : model.states())
        if (w.declaration.estimate == when)
            nodes.insert(w.node);
    return {nodes.begin(), nodes.end()};
}

}  // namespace

TrainingRun::TrainingRun(const Environment& environment, const TrainingOptions& options, TrainingObserver& observer,
                         const std::atomic<bool>& stop)
    : environment_(environment), options_(options), observer_(observer), stop_(stop), started_(plexus::now()) {
    open();
    make_plans();
    make_weights();
    make_watches();
    start_folder();
    if (!options_.resume.empty())
        resume();
    first_step_ = now_.step;
    events_.emplace(out_, now_.step, now_.history.size());
}

void TrainingRun::open() {
    const auto overrides = with_seed(options_);
    session_ = open_session(environment_, load_program(options_.graph, overrides, environment_.types()));
    const Program& program = session_.program;
    if (!program.train)
        throw InputError({options_.graph.string()}, "there is no 'train' section, so there is nothing to train by");
    if (!session_.parts.has_loss())
        throw InputError({options_.graph.string()}, "there is no 'loss', so there is nothing to minimise");
    refuse_slow_precision(program);
    optimizers_ = Optimizers{environment_, session_};
    cycle_.emplace(program);
    now_.seed = program.train->seed;
    now_.machine = describe_machine();
    natural_.resize(session_.split.training);
    std::iota(natural_.begin(), natural_.end(), 0U);
    holdout_.resize(session_.split.holdout);
    std::iota(holdout_.begin(), holdout_.end(), static_cast<std::uint32_t>(session_.split.training));
}

void TrainingRun::make_plans() {
    const TrainText& train = *session_.program.train;
    const Model& model = *session_.model;
    executor_ = std::make_unique<Executor>(Executor::Options{.threads = options_.threads});
    PlanRequest request{.model = &model, .mode = Mode::training, .batch = train.batch, .shard = train.shard};
    request.workers = executor_->workers();
    request.precision = precision_here(session_.program);
    const std::vector<PhaseRequest> phases = phase_requests(session_, optimizers_);
    for (const std::vector<std::size_t>& due : cycle_->combinations()) {
        const auto is_due = [&](std::size_t phase) { return std::ranges::find(due, phase) != due.end(); };
        request.phases.clear();
        request.metrics.clear();
        std::ranges::copy_if(phases, std::back_inserter(request.phases), is_due, &PhaseRequest::number);
        std::ranges::copy_if(session_.parts.metrics, std::back_inserter(request.metrics), is_due,
                             [&](std::size_t node) { return model.graph().node(node).phase; });
        training_.push_back(std::make_unique<Plans>(request, *executor_));
        training_.back()->make(session_.split.training);
    }

    request.mode = Mode::inference;
    request.phases = phase_requests(session_, {});
    request.metrics = session_.parts.metrics;
    judging_ = std::make_unique<Plans>(request, *executor_);
    judging_->make(session_.split.holdout);
    if (session_.test)
        judging_->make(session_.test->size());

    request.mode = Mode::estimate;
    request.phases.clear();
    request.metrics.clear();
    for (const auto& [when, plans] :
         {std::pair{Estimate::before_training, &before_}, std::pair{Estimate::for_averages, &averages_}}) {
        request.estimate = nodes_to_estimate(model, when);
        if (request.estimate.empty())
            continue;
        *plans = std::make_unique<Plans>(request, *executor_);
        (*plans)->make(session_.split.training);
    }

    const auto batch = static_cast<std::size_t>(train.batch);
    batches_per_epoch_ = (session_.split.training + batch - 1) / batch;
    steps_per_epoch_ = cycle_->steps(batches_per_epoch_);
    total_steps_ = cycle_->steps(batches_per_epoch_ * static_cast<std::uint64_t>(train.epochs));
}

void TrainingRun::make_weights() {
    const Model& model = *session_.model;
    check_streams();
    weights_ = std::make_unique<Weights>(model, optimizers_.slots(), optimizers_.counters());
    initialize(*weights_, model, *session_.factory, now_.seed);
    const bool skip = session_.program.data.on_bad_sample == "skip";
    feed_ = std::make_unique<Feed>(*session_.source, session_.source_use, "data.source", skip);
    if (session_.test)
        test_feed_ = std::make_unique<Feed>(*session_.test, session_.test_use, "data.test", skip);
    for (const Plans* plans : all_plans())
        plans->each([&](const Plan& plan) {
            feed_->reserve(plan);
            if (test_feed_)
                test_feed_->reserve(plan);
        });
    for (const auto& plans : training_)
        plans->each([&](const Plan& plan) {
            for (const NodePlan& node : plan.nodes)
                for (const auto& [what, choice] : node.choices)
                    now_.choices.push_back(text(node.signature.node->label(), " ", what, ": ", choice));
        });
    std::sort(now_.choices.begin(), now_.choices.end());
    now_.choices.erase(std::unique(now_.choices.begin(), now_.choices.end()), now_.choices.end());
}

void TrainingRun::make_watches() {
    if (session_.program.samples)
        samples_ = std::make_unique<TrainingSamples>(environment_, session_, *executor_, now_.seed);
    for (const WarningText& warning : session_.program.warnings)
        watches_.emplace_back(warning);
}

std::vector<const Plans*> TrainingRun::all_plans() const {
    std::vector<const Plans*> all;
    for (const auto& plans : training_)
        all.push_back(plans.get());
    for (const Plans* plans : {judging_.get(), before_.get(), averages_.get()})
        if (plans != nullptr)
            all.push_back(plans);
    return all;
}

void TrainingRun::check_streams() const {
    const Plan& plan = training_.front()->first();
    if (training_.size() > 1 && !plan.carries.empty())
        throw InputError(session_.model->use(plan.carries.front().node).position,
                         text(session_.model->use(plan.carries.front().node).title,
                              " carries its state from step to step, so that all phases must fall due in each step: "
                              "leave out 'every' and 'steps'"));
    const auto& [training, holdout] = session_.split;
    const DataText& data = session_.program.data;
    for (const auto& [first, samples] : {std::pair{std::size_t{0}, training}, std::pair{training, holdout}})
        refuse_broken_streams(session_, plan, {*session_.source, data.source, "data.source", first, samples},
                              session_.program.train->batch);
    if (session_.test)
        refuse_broken_streams(session_, plan, {*session_.test, *data.test, "data.test", 0, session_.test->size()},
                              session_.program.train->batch);
}

void TrainingRun::start_folder() {
    out_ = !options_.out.empty()      ? options_.out
           : !options_.resume.empty() ? options_.resume.parent_path()
                                      : std::filesystem::path("runs") / session_.program.name;
    if (out_.empty())
        out_ = ".";
    if (options_.resume.empty() && !options_.overwrite && holds_a_run(out_))
        throw InputError(text(out_.string(), ": there is a run in this folder; go on with it by --resume ",
                              (out_ / "last.h5").string(), ", replace it by --overwrite, or name another with --out"));
    make_run_folder(out_, options_.resume.empty() && options_.overwrite);
    for (const char* name : {"last.h5", "best.h5"})
        store::remove_leftovers(out_ / name);
    graph_text_ = to_yaml(text_for_folder(session_, out_));
    best_exists_ = std::filesystem::exists(out_ / "best.h5");
}

void TrainingRun::resume() {
    const std::string file = options_.resume.string();
    const store::Loaded loaded = store::load(options_.resume);
    compare_with(graph_of(loaded.root, file));
    const WeightsFrom from = options_.from_networks   ? WeightsFrom::networks
                             : options_.from_training ? WeightsFrom::training
                                                      : WeightsFrom::undecided;
    const std::string machine = now_.machine;
    const auto choices = now_.choices;
    now_ = from_tree(loaded.root, file, session_, optimizers_, from, *weights_);
    if (now_.step_of_epoch > 0) {
        carries_.begin(due().first());
        get_carries(loaded.root, "training/main/carries", file, *session_.model, due().first(), carries_.data());
    }
    if (now_.machine != machine)
        observer_.on_notice(text("this run was made on: ", now_.machine, "; here is: ", machine,
                                 "; from here on its bits may differ from those of an unbroken run"));
    if (now_.choices != choices)
        observer_.on_notice("kernels are chosen differently here than when this run began; its bits may differ");
    now_.machine = machine;
    now_.choices = choices;
    last_checkpoint_ = file;
    last_checkpoint_step_ = now_.step;
    for (const std::string& path : loaded.unchecked)
        observer_.on_notice(text(file, ":", path, ": has no checksum (somebody replaced it); taken as it is"));
    const std::uint64_t begun = cycle_->steps(batches_per_epoch_ * now_.epoch);
    const std::uint64_t ends = cycle_->steps(batches_per_epoch_ * (now_.epoch + 1));
    if (!options_.dry_run && (now_.step != begun + now_.step_of_epoch || now_.step > ends))
        throw InputError(text(file, ": stands at step ", now_.step_of_epoch, " of an epoch that has ", ends - begun));
}

void TrainingRun::compare_with(const std::string& stored_text) {
    const std::string origin = options_.resume.string() + ":/graph";
    const Value stored = read_program_text(stored_text, origin);
    const Value current = read_program_text(graph_text_, options_.graph.string());
    for (const Difference& d : differences(stored, current)) {
        if (!may_change_on_resume(d.path))
            throw InputError(text(options_.resume.string(), ": this run has ", d.path, " = ", d.before,
                                  ", the graph now says ", d.after,
                                  "; a run cannot go on with that changed: start a new one"));
        observer_.on_notice(text("changed on resume: ", d.path, ": ", d.before, " -> ", d.after));
    }
}

std::size_t TrainingRun::memory() const {
    std::size_t bytes = executor_->arena_bytes();
    std::size_t scratch = 0, batch = 0;
    for (const Plans* plans : all_plans())
        plans->each([&](const Plan& plan) {
            scratch = std::max(scratch, plan.scratch_bytes);
            batch = std::max(batch, plan.batch_bytes);
            bytes += plan.derived_bytes;
        });
    bytes += scratch * executor_->workers() + 2 * batch * (test_feed_ ? 2 : 1);
    const std::size_t weights =
        session_.model->parameter_bytes() * (1 + optimizers_.slots()) + 2 * session_.model->state_bytes();
    // A save puts the numbers side by side, and makes the file of them in memory.
    return bytes + 3 * weights;
}

void TrainingRun::estimate_before_training() {
    if (!before_ || now_.step > 0 || now_.step_of_epoch > 0)
        return;
    (void)run_pass(*executor_,
                   {.plans = *before_,
                    .feed = *feed_,
                    .samples = natural_,
                    .session = session_,
                    .parameters = weights_->parameters.data(),
                    .states = weights_->states.data(),
                    .version = weights_->version,
                    .seed = now_.seed},
                   stop_);
}

}  // namespace plexus
