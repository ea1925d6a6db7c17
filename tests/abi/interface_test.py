#!/usr/bin/env python3
"""Shows that interface.py notices what breaks plugins: changes are made to a copy of the headers, which must fail."""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

UNRELEASED = ", not yet released"

# Changes made together: (header, what is replaced, by what), and what must be printed. The SDK counts as released.
CASES = [
    ([("layer.hpp", "virtual void infer(", "virtual void early() const;\n    virtual void infer("),
      ("infer.hpp", "training, inference, estimate", "inference, training, estimate"),
      ("random.hpp", "std::uint32_t seed = 0;", "std::uint64_t seed = 0;")],
     ["- class plexus::Layer: 8 bytes, 1 members, ", "+   plexus::Layer: virtual 2 plexus::Layer::early() const",
      "-   plexus::Mode: training = 0", "- class plexus::RandomKey: 8 bytes", "Raise the SDK number"]),
    ([("version.hpp", "PLEXUS_SDK_MINOR ", "PLEXUS_SDK_MINOR 9")], ["renew_abi"]),
]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--library", required=True)
    parser.add_argument("--compiler", required=True)
    arguments = parser.parse_args()
    failures = 0
    for changes, wanted in CASES:
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder)
            shutil.copytree(arguments.source / "core/include", copy / "core/include")
            changelog = (arguments.source / "CHANGELOG.md").read_text()
            (copy / "CHANGELOG.md").write_text(changelog.replace(UNRELEASED, ""))
            for header, old, new in changes:
                path = copy / "core/include/plexus" / header
                text = path.read_text()
                assert old in text, f"{header} has no '{old}' any more"
                path.write_text(text.replace(old, new))
            run = subprocess.run([sys.executable, pathlib.Path(__file__).with_name("interface.py"), "--source", copy,
                                  "--library", arguments.library, "--compiler", arguments.compiler],
                                 capture_output=True, text=True)
        if run.returncode == 77:
            return 77
        missing = [text for text in wanted if text not in run.stdout]
        if run.returncode != 1 or missing:
            failures += 1
            print(f"{changes}: exit code {run.returncode}, not printed: {missing}\n{run.stdout}{run.stderr}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
