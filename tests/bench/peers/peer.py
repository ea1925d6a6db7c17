"""What every peer script does: it says what it can run, or times one row in one setting.

    PEER.py --describe                                         what it can run, a JSON list on the last line
    PEER.py --row ROW --mode MODE --variant VARIANT --seconds S --threads N     one measurement, JSON on the last line

A description has framework, version, mode, facts, and for each row its variants and settings. A variant is a word for
the script, a setting is a map of environment variables that must stand before the process begins ("{n}" is the number
of threads). It exits with 3 where the framework cannot be imported.
"""

import argparse
import json
import resource
import time

# glibc gives large buffers back after each step and faults them in at the next; kept, some peers are twice as fast.
KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": "4000000000", "MALLOC_TRIM_THRESHOLD_": "16000000000",
               "MALLOC_TOP_PAD_": "64000000"}
NOT_INSTALLED = 3


def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def seconds_of_steps(step, seconds):
    """The time of each step, sorted: after a warm-up of three steps and a quarter of the time, at least five."""
    start = time.perf_counter()
    warm = 0
    while warm < 3 or time.perf_counter() - start < seconds / 4:
        step()
        warm += 1
    times = []
    start = time.perf_counter()
    while len(times) < 5 or time.perf_counter() - start < seconds:
        begin = time.perf_counter()
        step()
        times.append(time.perf_counter() - begin)
    return sorted(times)


def measure(step, batch, seconds, import_mib):
    times = seconds_of_steps(step, seconds)
    median = times[len(times) // 2]
    return {"items_per_second": batch / median, "milliseconds_per_step": 1e3 * median, "steps": len(times),
            "import_mib": import_mib, "peak_mib": peak_mib()}


def main(describe, build):
    """`describe()` gives the descriptions; `build(row, mode, variant, threads)` a step and its batch."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--describe", action="store_true")
    parser.add_argument("--row")
    parser.add_argument("--mode")
    parser.add_argument("--variant")
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    if options.describe:
        print(json.dumps(describe()))
        return
    imported = peak_mib()
    step, batch = build(options.row, options.mode, options.variant, options.threads)
    print(json.dumps(measure(step, batch, options.seconds, imported)))
