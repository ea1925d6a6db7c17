"""Child processes: each is measured, has a time limit, and ends when the parent does."""

import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time


interrupted = []  # signals that came; an exception from a handler could strike between a start and its notice


def interrupt(number, _):
    interrupted.append(number)


class Failed(Exception):
    """A child that did not do its work; its text says why, in one line."""


@dataclasses.dataclass
class Finished:
    code: int
    out: str
    err: str
    peak_mib: float
    others: float  # cores that other processes kept busy meanwhile


def busy_seconds():
    """What all processors worked since the machine was started; 0 where the system does not say."""
    try:
        user, nice, system, _, _, irq, softirq, steal = pathlib.Path("/proc/stat").read_text().split()[1:9]
    except (OSError, ValueError):
        return 0
    return sum(map(int, (user, nice, system, irq, softirq, steal))) / os.sysconf("SC_CLK_TCK")


def kill(child):
    """Ends a child and what it started, and waits for it."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    try:
        os.waitpid(child.pid, 0)
    except ChildProcessError:
        pass


def wait(child, limit):
    """Its status and its resources. Looks seldom, so as not to disturb what is measured."""
    pause, end = 0.005, time.monotonic() + limit
    while time.monotonic() < end:
        if interrupted:
            raise KeyboardInterrupt
        pid, status, resources = os.wait4(child.pid, os.WNOHANG)
        if pid:
            return status, resources
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)
    raise Failed(f"took longer than {limit:g} s")


def run(command, environment=None, limit=600):
    """Runs a command to its end. Failed where it cannot start or takes too long."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        busy, start = busy_seconds(), time.monotonic()
        try:
            child = subprocess.Popen(command, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL,
                                     stdout=out, stderr=err, start_new_session=True)
        except OSError as error:
            raise Failed(f"{command[0]}: {error.strerror}") from error
        try:
            status, resources = wait(child, limit)
        except BaseException:
            kill(child)
            child.returncode = -signal.SIGKILL
            raise
        child.returncode = os.waitstatus_to_exitcode(status)
        others = busy_seconds() - busy - resources.ru_utime - resources.ru_stime
        others = max(0, others / max(time.monotonic() - start, 0.01))
        out.seek(0)
        err.seek(0)
        return Finished(child.returncode, out.read(), err.read(), resources.ru_maxrss / 1024, others)


def last_line(text, otherwise):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else otherwise


def why(finished):
    """Why a child failed, in one line."""
    if finished.code < 0:
        return f"ended by signal {signal.Signals(-finished.code).name}"
    return last_line(finished.err, f"exit code {finished.code}")[:200]


def answer(finished, whole=False):
    """The JSON that a child printed: on its last line, or all of it."""
    if finished.code != 0:
        raise Failed(why(finished))
    try:
        return json.loads(finished.out if whole else last_line(finished.out, ""))
    except ValueError as error:
        raise Failed(f"its answer is not JSON: {last_line(finished.out, 'nothing')[:100]}") from error
