// Law 6: a checkpoint is data. What is damaged is refused, what is edited is loaded, and nothing outside is reached.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/store/checkpoint.hpp"
#include "plexus/checkpoint.hpp"
#include "plexus/error.hpp"
#include "plexus/text.hpp"
#include "tests/apps/runner/small_run.hpp"
#include "tests/core/train/trained.hpp"

using namespace plexus;
using namespace plexus::test;
namespace fs = std::filesystem;

namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

// Runs a few lines with the h5py of the distribution: the tool that people edit checkpoints with. `f` is the file.
void edit(const fs::path& file, const std::string& lines, const ProcessOptions& options = {}) {
    constexpr const char* python = "/usr/bin/python3";
    if (run({python, "-c", "import h5py"}).code != 0)
        FAIL("this law is tested with h5py, which is not there: install python3-h5py (scripts/install-dependencies)");
    const std::string program = "import h5py, numpy, sys\nf = h5py.File(sys.argv[1], 'r+')\n" + lines + "\nf.close()\n";
    const Outcome outcome = run({python, "-c", program, file.string()}, options);
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
}

// Flips each `every`th byte of a checkpoint of a real run, from `first` on. Every load is as training's on resume.
void flip(std::size_t first, std::size_t every) {
    const TemporaryFolder folder;
    Watcher watcher;
    train_in(folder / "run", rich_program(3), watcher);
    const fs::path file = folder / "run/last.h5";
    const store::Group sound = store::load(file).root;
    const std::string bytes = bytes_of(file);
    std::array<std::size_t, 2> count{};
    for (std::size_t i = first; i < bytes.size(); i += every) {
        std::string damaged = bytes;
        damaged[i] = static_cast<char>(damaged[i] ^ (i % 2 == 0 ? 0xFF : 1 << (i / 2 % 8)));
        write_text(folder / "damaged.h5", damaged);
        try {
            const bool is_equal = store::load(folder / "damaged.h5").root == sound;
            CHECK_MESSAGE(is_equal, "byte ", i, " of ", bytes.size(), " flipped loads as something else");
            ++count[0];
        } catch (const InputError&) {
            ++count[1];
        }
    }
    MESSAGE(bytes.size(), " bytes, one in ", every, " flipped: ", count[1], " refused, ", count[0], " harmless");
    CHECK(count[1] > 10 * count[0]);
}

// A small trained run to spoil, with a copy of its last checkpoint for each way to do it.
struct Spoilt {
    explicit Spoilt(const std::string& setting = "train.epochs=2") : small(96, "epochs: 2, batch: 32") {
        REQUIRE(small.runner({"train", "graph.yaml", "-o", "run", "--quiet", "--set", setting}).code == 0);
        restore();
    }
    void restore() const { fs::copy_file(small.path("run/last.h5"), file(), fs::copy_options::overwrite_existing); }
    [[nodiscard]] fs::path file() const { return small.path("run/spoilt.h5"); }

    // Every command that loads a checkpoint refuses this one, naming the file and saying `reason`.
    void refused(const std::string& reason, const Variables& variables = {}) const {
        refused_by({"inspect", "run/spoilt.h5"}, reason, variables);
        refused_for_use(reason, variables);
    }
    void refused_for_use(const std::string& reason, const Variables& variables = {}) const {
        refused_by({"evaluate", "run/spoilt.h5"}, reason, variables);
        refused_by({"predict", "run/spoilt.h5", "images.idx"}, reason, variables);
        refused_by({"train", "graph.yaml", "-o", "again", "--resume", "run/spoilt.h5"}, reason, variables);
    }
    void refused_by(const std::vector<std::string>& command, const std::string& reason,
                    const Variables& variables) const {
        CAPTURE(command[0]);
        const Outcome outcome = run(small.words(command), {.folder = small.options().folder, .variables = variables});
        CHECK(outcome.code == 2);
        CHECK(outcome.out == "");
        CHECK_MESSAGE(outcome.err.find("spoilt.h5:") != std::string::npos, outcome.err);
        CHECK_MESSAGE(outcome.err.find(reason) != std::string::npos, outcome.err);
    }

    SmallRun small;
};

}  // namespace

TEST_CASE("law 6: a flipped byte in a checkpoint of a real run is refused or harmless") {
    flip(0, 149);
}

TEST_SUITE("slow") {
    TEST_CASE("law 6: ... at thirty times as many places") {
        flip(1, 5);
    }
}

TEST_CASE("law 6: equal runs give equal files, at whatever time, in whatever folder, with any number of threads") {
    const TemporaryFolder folder;
    Watcher a, b;
    train_in(folder / "one", rich_program(3), a, {.graph = {}, .threads = 1});
    std::this_thread::sleep_for(std::chrono::milliseconds{1100});  // a clock that counts seconds would show
    train_in(folder / "another", rich_program(3), b, {.graph = {}, .threads = 3});
    for (const std::string name : {"last.h5", "best.h5", "metrics.csv", "graph.yaml"}) {
        CAPTURE(name);
        const bool are_equal = bytes_of(folder / "one" / name) == bytes_of(folder / "another" / name);
        CHECK(are_equal);
        CHECK(!bytes_of(folder / "one" / name).empty());
    }
}

TEST_CASE("law 6: a value that somebody edits with h5py is loaded as edited") {
    const Spoilt run;
    edit(run.file(), "f['/networks/main/fc2/kernel'][...] = 0\nf['/networks/main/fc2/bias'][...] = [0, 0, 9]");
    const Checkpoint edited(run.file());
    const auto bias = edited.find("/networks/main/fc2/bias")->values.as<float>();
    CHECK(std::vector<float>(bias.begin(), bias.end()) == std::vector<float>{0, 0, 9});
    CHECK(edited.find("/networks/main/fc2/bias")->checked);
    // Whatever it sees, the edited network says 'dark': one sample in three is.
    const Outcome evaluated = run.small.runner({"evaluate", "run/spoilt.h5", "--json"});
    REQUIRE_MESSAGE(evaluated.code == 0, evaluated.err);
    CHECK(nlohmann::json::parse(evaluated.out)["metrics"]["accuracy"].get<double>() ==
          doctest::Approx(1.0 / 3).epsilon(1e-6));

    const Outcome resumed = run.small.runner(
        {"train", "graph.yaml", "-o", "again", "--set", "train.epochs=3", "--resume", "run/spoilt.h5"});
    CHECK_MESSAGE(resumed.code == 0, resumed.err);
}

TEST_CASE("law 6: where training has weights beside those that were edited, resuming does not guess which are meant") {
    const std::string setting =
        "train.optimizer={swa: {base: {sgd: {learning_rate: 0.1}}, start: {epoch: 1}, frequency: {epoch: 1}}}";
    const Spoilt run(setting);
    edit(run.file(), "f['/networks/main/fc2/bias'][...] = [0, 0, 9]");
    std::vector<std::string> resume{"train", "graph.yaml",     "-o",       "again",        "--set", setting,
                                    "--set", "train.epochs=3", "--resume", "run/spoilt.h5"};
    const Outcome undecided = run.small.runner(resume);
    CHECK(undecided.code == 2);
    for (const char* choice : {"--weights-from", "networks", "training"})
        CHECK_MESSAGE(undecided.err.find(choice) != std::string::npos, undecided.err);
    resume.insert(resume.end(), {"--weights-from", "networks"});
    const Outcome decided = run.small.runner(resume);
    CHECK_MESSAGE(decided.code == 0, decided.err);
}

TEST_CASE("law 6: a dataset that somebody replaced with h5py is loaded, and shown as unchecked") {
    const Spoilt run;
    edit(run.file(),
         "del f['/networks/main/fc2/bias']\n"
         "f['/networks/main/fc2'].create_dataset('bias', data=numpy.array([1, 2, 3], 'f4'))");
    const Checkpoint edited(run.file());
    CHECK(edited.find("/networks/main/fc2/bias")->values.as<float>()[2] == 3);
    CHECK_FALSE(edited.find("/networks/main/fc2/bias")->checked);
    CHECK(run.small.runner({"inspect", "run/spoilt.h5"}).out.find("unchecked") != std::string::npos);
    CHECK(run.small.runner({"evaluate", "run/spoilt.h5"}).code == 0);
}

TEST_CASE("law 6: a checkpoint that leads out of itself is refused, and where it leads to is not opened") {
    const std::string bias = "del f['/networks/main/fc2/bias']\ng = f['/networks/main/fc2']\n";
    const std::pair<std::string, const char*> spoilers[] = {
        {bias + "g['bias'] = h5py.ExternalLink('target', '/bias')", "external link"},
        {bias + "g['bias'] = h5py.ExternalLink('../target', '/bias')", "external link"},
        {bias + "g['bias'] = h5py.SoftLink('/networks/main/fc1/bias')", "soft link"},
        {bias + "g.create_dataset('bias', (3,), 'f4', external=[('target', 0, 12)])", "external storage"},
        {bias + "l = h5py.VirtualLayout((3,), 'f4')\nl[:] = h5py.VirtualSource('target', 'bias', (3,))\n"
                "g.create_virtual_dataset('bias', l)",
         "virtual dataset"},
    };
    const Spoilt run;
    // Nobody writes to them: whoever opens one never comes back.
    for (const char* target : {"target", "run/target"})
        REQUIRE(::mkfifo(run.small.path(target).c_str(), 0600) == 0);
    for (const auto& [lines, reason] : spoilers) {
        CAPTURE(lines);
        run.restore();
        edit(run.file(), lines);
        run.refused(reason);
    }
}

TEST_CASE("law 6: a name in a checkpoint is a name, not a path to code or to a file") {
    const std::string replace =
        "t = f['/graph'][0]\nn = t.replace(b'- flatten', b'- NAME')\nassert n != t\ndel f['/graph']\n"
        "f.create_dataset('/graph', data=numpy.array([n], dtype=h5py.string_dtype('utf-8', len(n))))";
    const Spoilt run;
    for (const std::string name : {"../evil", "/tmp/evil.so", "evil"}) {
        CAPTURE(name);
        run.restore();
        std::string lines = replace;
        lines.replace(lines.find("NAME"), 4, name);
        edit(run.file(), lines);
        const Outcome outcome = run.small.runner({"predict", "run/spoilt.h5", "images.idx"});
        CHECK(outcome.code == 2);
        CHECK_MESSAGE(outcome.err.find("there is no layer '" + name + "'") != std::string::npos, outcome.err);
    }
    run.restore();
    // To look at, '..' is a name like another; of a network it is none.
    edit(run.file(), "f.move('/networks/main/fc2', '/networks/main/..')");
    run.refused_for_use("fc2");
}

TEST_CASE("law 6: a filter that was planted for HDF5 is never opened, for a checkpoint or for data") {
    const Spoilt run;
    const fs::path mark = run.small.path("opened");
    const Variables planted{{"HDF5_PLUGIN_PATH", fs::path{PLANTED_FILTER}.parent_path().string()},
                            {"PLANTED_MARK", mark.string()}};
    edit(run.file(),
         "del f['/networks/main/fc2/bias']\n"
         "p = h5py.h5p.create(h5py.h5p.DATASET_CREATE)\np.set_chunk((3,))\n"
         "p.set_filter(32777, h5py.h5z.FLAG_MANDATORY)\n"
         "d = h5py.h5d.create(f['/networks/main/fc2'].id, b'bias', h5py.h5t.IEEE_F32LE,\n"
         "                    h5py.h5s.create_simple((3,)), p)\n"
         "d.write(h5py.h5s.ALL, h5py.h5s.ALL, numpy.array([1, 2, 3], 'f4'))",
         {.folder = {}, .variables = planted});
    // That it can be opened is shown by h5py, which had to.
    REQUIRE(fs::exists(mark));
    fs::remove(mark);
    run.refused("32777", planted);
    CHECK(!fs::exists(mark));

    write_text(run.small.path("data.yaml"), R"(
data: {source: {hdf5: {file: run/spoilt.h5, inputs: /networks/main/fc2/bias}}}
network: [dense: {units: 1}]
)");
    ProcessOptions options = run.small.options();
    options.variables = planted;
    const Outcome outcome = run_runner({"check", "data.yaml"}, options);
    CHECK(outcome.code == 2);
    CHECK_MESSAGE(outcome.err.find("32777") != std::string::npos, outcome.err);
    CHECK(!fs::exists(mark));
}
