"""Who takes part: the runner of this repository, and every framework that a Python offers."""

import pathlib

from comparison import children

PEERS = pathlib.Path(__file__).resolve().parent.parent / "peers"
SCRIPTS = ("torch_peer.py", "jax_peer.py")
NOT_INSTALLED = 3  # as in peers/peer.py

# Peers compute on the CPU, and their compilers make no worker processes that would compute beside them.
EVERY_PEER = {"JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": "", "TORCHINDUCTOR_COMPILE_THREADS": "1"}


class Ours:
    name = "ours"

    def __init__(self, runner, graphs, threads):
        self.runner, self.graphs, self.threads = runner, graphs, threads
        self.idle_mib = None

    def knows(self, row):
        return (self.graphs / f"{row}.yaml").is_file()

    def sweep(self, row, seconds):
        """As it ships: there is nothing to set."""

    def setting(self, row):
        return ""

    def measure(self, row, seconds):
        if self.idle_mib is None:  # with all plugins loaded, before there is a graph
            self.idle_mib = children.run([self.runner, "plugins"]).peak_mib
        finished = children.run([self.runner, "bench", str(self.graphs / f"{row}.yaml"), "--seconds", f"{seconds:g}",
                                 "--threads", str(self.threads), "--json", "--quiet"])
        result = children.answer(finished, whole=True)
        kept = ("items_per_second", "milliseconds_per_step", "share_of_limit", "gflops_limit", "training", "disturbed")
        return {**{key: result[key] for key in kept if key in result},
                "memory_mib": max(0, finished.peak_mib - self.idle_mib), "others": finished.others}


class Peer:
    def __init__(self, name, python, script, description, threads):
        self.name, self.python, self.script, self.threads = name, python, script, threads
        self.mode, self.rows = description["mode"], description["rows"]
        self.version = description["version"]
        self.best = {}

    def knows(self, row):
        return row in self.rows

    def run(self, row, variant, setting, seconds):
        environment = {key: value.format(n=self.threads) for key, value in setting.items()}
        finished = children.run([self.python, str(self.script), "--row", row, "--mode", self.mode,
                                 "--variant", variant, "--seconds", f"{seconds:g}", "--threads", str(self.threads)],
                                {**EVERY_PEER, **environment})
        return {**children.answer(finished), "others": finished.others}

    def sweep(self, row, seconds):
        """Each setting with the first variant, then each variant in the best two settings: the fastest is the one for
        the rounds. Some may fail, not all."""
        settings, variants = self.rows[row]["settings"], self.rows[row]["variants"]
        tried, failures = [], []

        def attempt(variant, setting):
            try:
                tried.append((self.run(row, variant, setting, seconds)["items_per_second"], variant, setting))
            except children.Failed as error:
                failures.append(error)

        for setting in settings:
            attempt(variants[0], setting)
        ranked = sorted(tried, key=lambda one: -one[0])
        best_two = [setting for _, _, setting in ranked[:2]] or settings[:2]
        for variant in variants[1:]:
            for setting in best_two:
                attempt(variant, setting)
        if not tried:
            raise failures[0]
        self.best[row] = max(tried, key=lambda one: one[0])[1:]

    def setting(self, row):
        if row not in self.best:
            return ""
        variant, setting = self.best[row]
        return " ".join([variant, *(f"{key}={value.format(n=self.threads)}" for key, value in setting.items())])

    def measure(self, row, seconds):
        result = self.run(row, *self.best[row], seconds)
        memory = result["peak_mib"] - result["import_mib"] if "peak_mib" in result else None
        kept = ("items_per_second", "milliseconds_per_step", "others")
        return {**{key: result[key] for key in kept}, "memory_mib": memory}


def peers_of(name, python, threads, say):
    """The peers that one Python offers; `name` is its user's name for it, or None."""
    found = []
    for script in SCRIPTS:
        try:
            finished = children.run([python, str(PEERS / script), "--describe"], EVERY_PEER, limit=120)
            if finished.code == NOT_INSTALLED:
                continue
            for description in children.answer(finished):
                title = f"{description['framework']} {description['version'].split('+')[0]}"
                title = f"{name}: {title}" if name else title
                title += f" {description['mode']}" if description["mode"] in ("frozen", "compiled") else ""
                found.append(Peer(title, python, PEERS / script, description, threads))
        except children.Failed as error:
            say(f"{python}, {script}: {error}")
    return found
