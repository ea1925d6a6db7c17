"""What tests/bench/instructions reads out of a callgrind output, and what it says of figures that changed."""

import importlib.machinery
import importlib.util
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
FOLDER = pathlib.Path(__file__).resolve().parent


def load():
    loader = importlib.machinery.SourceFileLoader("instructions", str(FOLDER / "instructions"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("instructions", loader))
    loader.exec_module(module)
    return module


instructions = load()

OUTPUT = """\
# callgrind format
events: Ir
summary: 170

ob=(1) /b/lib/libplexus.so.0.2.0
fn=(1) run
16 10
+2 5
cob=(2) /b/lib/plexus/0.2/dense.so
cfn=(2) forward
calls=3 0
* 100
-1 7

ob=(2)
fn=(2)
0 90
calls=1 0
0 55

ob=(3) /usr/lib/libdnnl.so.2
fn=(3) jit
0 55
""".splitlines()


class Reading(unittest.TestCase):
    def test_a_function_has_what_it_does_itself(self):
        self.assertEqual(instructions.per_object(OUTPUT), {"/b/lib/libplexus.so.0.2.0": 22,
                                                           "/b/lib/plexus/0.2/dense.so": 90,
                                                           "/usr/lib/libdnnl.so.2": 55})

    def test_only_our_files_count(self):
        build = pathlib.Path("/b")
        self.assertEqual(instructions.room_of("/b/lib/libplexus.so.0.2.0", build), "core")
        self.assertEqual(instructions.room_of("/b/lib/plexus/0.2/dense.so", build), "dense")
        for other in ("/usr/lib/libdnnl.so.2", "/b/tests/bench/steps", "", None):
            self.assertIsNone(instructions.room_of(other, build))


class Comparing(unittest.TestCase):
    def test_a_count_that_grew_fails(self):
        lines, grew = instructions.compare({"mlp": {"core": 1000, "dense": 2000}}, {"mlp": {"core": 1000, "dense": 2021}})
        self.assertTrue(grew)
        self.assertIn("+1.05 %", lines[2])
        self.assertTrue(lines[-1].startswith("more instructions"))

    def test_what_is_new_fails(self):
        self.assertTrue(instructions.compare({"mlp": {"core": 5}}, {"mlp": {"core": 5, "dense": 1}})[1])

    def test_a_hundredth_and_less_passes(self):
        lines, grew = instructions.compare({"mlp": {"core": 1000}}, {"mlp": {"core": 1010}})
        self.assertFalse(grew)
        self.assertEqual(len(lines), 2)

    def test_a_count_that_shrank_passes_and_is_to_be_renewed(self):
        lines, grew = instructions.compare({"mlp": {"core": 1000}}, {"mlp": {"core": 900}})
        self.assertFalse(grew)
        self.assertTrue(lines[-1].startswith("fewer instructions"))


if __name__ == "__main__":
    unittest.main()
