"""tests/bench/compare on a runner and peers that are small scripts: its tables, ratios, percentiles and messages. And
the networks of the peers have as many parameters as the graphs.

    python3 compare_test.py RUNNER REPOSITORY
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
FOLDER = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER / "peers")]

import models
from comparison import report

RUNNER = REPOSITORY = None  # of the command line

# Both take the next of their speeds each time they are asked: a file counts.
FAKE_RUNNER = """#!/bin/sh
[ "$1" = plugins ] && exit 0
case "$2" in *broken*) echo "broken.yaml: no such layer" >&2; exit 2;; esac
n=$(cat "$COUNT" 2>/dev/null || echo 0); n=$((n + 1)); echo $n > "$COUNT"
set -- 100 200 300
shift $(((n - 1) % 3))
echo "{\\"items_per_second\\": $1, \\"milliseconds_per_step\\": 1, \\"share_of_limit\\": 0.$1, \\"training\\": true,"
[ $n = 2 ] && echo '"disturbed": true,'
echo '"nodes": []}'
"""
FAKE_PYTHON = """#!/bin/sh
case "$1" in *jax_peer.py) exit 3;; esac
if [ "$2" = --describe ]; then
  echo 'a line of noise'
  printf '%s' '[{"framework": "Fake", "version": "1.2+cpu", "mode": "eager", "rows": {'
  printf '%s' '"vgg16": {"variants": ["slow", "fast"], "settings": [{"A": "1"}, {"A": "{n}"}]}, '
  echo '"mlp": {"variants": ["fails"], "settings": [{}]}}}]'
  exit 0
fi
case "$*" in *fails*) echo 'Traceback' >&2; echo 'OutOfLuck: no | today' >&2; exit 1;; esac
speed=10
case "$*" in *fast*) speed=$((20 * A));; esac
echo "{\\"items_per_second\\": $speed, \\"milliseconds_per_step\\": 2, \\"import_mib\\": 100, \\"peak_mib\\": 350.4}"
"""


class Compare(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.runner = self.script("runner", FAKE_RUNNER)
        self.python = self.script("python", FAKE_PYTHON)
        for row in ("vgg16", "mlp", "broken"):
            (self.folder / f"{row}.yaml").write_text("")

    def script(self, name, text):
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o755)
        return str(path)

    def command(self, *words, runner=None):
        return [sys.executable, str(FOLDER / "compare"), "--no-system", "--graphs", str(self.folder), "--threads", "2",
                "--seconds", "1", "--runner", runner or self.runner, *words]

    def compare(self, *words, runner=None):
        return subprocess.run(self.command(*words, runner=runner), capture_output=True, text=True, timeout=60,
                              env={**os.environ, "COUNT": str(self.folder / "count")})

    def test_the_table_has_medians_percentiles_ratios_shares_and_memory(self):
        done = self.compare("vgg16", "--rounds", "3", "--python", self.python, "--json", str(self.folder / "raw.json"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("| row | ours | share of the limit | Fake 1.2 | ours is faster by |\n", done.stdout)
        # Speeds 100, 200, 300 against 40 in each round.
        self.assertIn("| `vgg16` | 200 (110) | 20 % | 40 (40) | 5.00 |\n", done.stdout)
        self.assertIn("| `vgg16` | Fake 1.2 | `fast A=2` |", done.stdout)
        self.assertIn("the runner found the machine disturbed in 1 of 3 rounds", done.stdout)
        self.assertRegex(done.stdout, r"\| `vgg16` \| [0-9]+ MiB \| 250 MiB \|")
        raw = json.loads((self.folder / "raw.json").read_text())
        self.assertEqual([one["vgg16"]["ours"]["items_per_second"] for one in raw["rounds"]], [100, 200, 300])
        self.assertEqual(raw["versions"], {"Fake 1.2": "1.2+cpu"})
        self.assertGreater(raw["machine"]["cores"], 0)

    def test_who_fails_says_why_and_the_others_go_on(self):
        done = self.compare("--rounds", "2", "--peer", f"newest={self.python}")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stdout, r"\| `mlp` \| .* \| failed \| - \|")
        self.assertIn("- `mlp`: newest: Fake 1.2 failed: OutOfLuck: no / today\n", done.stdout)
        self.assertIn("| `broken` | - | - | - | - |", done.stdout)
        self.assertIn("- `broken`: ours failed: broken.yaml: no such layer\n", done.stdout)
        self.assertRegex(done.stdout, r"\| `vgg16` \| .* \| 40 \(40\) \|")

    def test_without_a_peer_ours_is_measured_alone(self):
        done = self.compare("vgg16", "--rounds", "1")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("no peer is installed: ours alone", done.stderr)
        self.assertIn("| `vgg16` | 100 (100) | 10 % |\n", done.stdout)
        self.assertIn("Ours alone", done.stdout)

    def test_the_page_changes_between_its_marks_alone(self):
        page = self.folder / "page.md"
        page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
        done = self.compare("vgg16", "--rounds", "1", "--write", "--page", str(page))
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        text = page.read_text()
        self.assertTrue(text.startswith(f"before\n{report.BEGIN}\n") and text.endswith(f"{report.END}\nafter\n"))
        self.assertIn("| `vgg16` | 100", text)
        self.assertNotIn("old", text)

    def test_what_cannot_work_is_refused_before_anything_is_measured(self):
        for words, runner, said in [
            ((), str(self.folder / "none"), "is not there; build it first: scripts/build"),
            (("vgg61",), None, "there is no row 'vgg61'; the rows are mlp, vgg16, broken"),
            (("--write", "--page", str(self.folder / "mlp.yaml")), None, "has no pair of lines"),
            (("--json", str(self.folder / "none/raw.json")), None, "the folder of"),
            (("--rounds", "0"), None, "wants a whole number, at least 1"),
            (("--peer", "python3"), None, "is not NAME=PYTHON"),
        ]:
            done = self.compare(*words, runner=runner)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(said, done.stderr)

    def test_an_interrupt_ends_the_children(self):
        runner = self.script("sleeper", f"#!/bin/sh\n[ $1 = plugins ] && exit\necho $$ > {self.folder}/pid\nsleep 60\n")
        running = subprocess.Popen(self.command("vgg16", runner=runner), stderr=subprocess.PIPE, text=True)
        end = time.monotonic() + 20
        pid = self.folder / "pid"
        while time.monotonic() < end and not (pid.is_file() and pid.read_text().strip()):
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=20)
        self.assertEqual(running.returncode, 130)
        self.assertIn("stopped; no table is written", said)
        states = []  # of what is left of the child's group; a zombie waits for its parent
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                state, _, group = stat.read_text().rpartition(")")[2].split()[:3]
            except OSError:
                continue
            if int(group) == int(pid.read_text()):
                states.append(state)
        self.assertFalse(set(states) - {"Z"}, states)

    def test_percentiles_lie_on_lines_between_the_values(self):
        self.assertEqual(report.percentile([7], 0.05), 7)
        self.assertAlmostEqual(report.percentile([30, 10, 20], 0.05), 11)
        self.assertEqual(report.percentile([4, 1, 3, 2], 0.5), 2.5)


class Models(unittest.TestCase):
    def test_a_peer_computes_the_network_of_the_graph(self):
        graphs = sorted((REPOSITORY / "graphs/bench").glob("*.yaml"))
        self.assertGreaterEqual(len(graphs), 10)
        for graph in graphs:
            if graph.stem not in models.ROWS:
                continue
            row = models.ROWS[graph.stem]
            done = subprocess.run([RUNNER, "check", str(graph), "--json"], capture_output=True, text=True, check=True)
            with self.subTest(graph.stem):
                self.assertEqual(json.loads(done.stdout)["parameters"], row.parameters)
                self.assertEqual(models.after(row.layers, row.shape), (row.classes,))
                text = graph.read_text()
                self.assertEqual("\ntrain:" in text, row.training)
                self.assertIn(f"batch: {row.batch}\n" if row.training else f"samples: {row.batch}}}", text)
                shape = "[{}]" if row.recurrent else "[{1}, {2}, {0}]"
                self.assertIn(shape.format(*row.shape), text)
                self.assertEqual("precision: bf16" in text, row.bf16)


if __name__ == "__main__":
    RUNNER, REPOSITORY = sys.argv[1], pathlib.Path(sys.argv[2])
    unittest.main(argv=sys.argv[:1])
