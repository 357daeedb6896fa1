"""A large class, one in ten hostile or broken, through `course grade`: what it does to a machine.

Usage: python benchmarks/soak.py [--students 2000] [--workers 2]

Prints JSON lines: every submission that did not end as it must, everything that was left behind
(processes, namespaces, files), and the memory of the grader in the first and the last quarter.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from grading_class import CHAPTER, write_source
from hostile import LEFT, Expected, hand_in_mixed

__all__ = ["Findings", "Process", "ended", "processes_of", "soak", "write_course"]

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 4  # that a cell may run
SUBREAPER = 36  # prctl: orphans among our descendants become our children
WHERE = ("/tmp", "/var/tmp", "/dev/shm", "/", "/home", str(Path.home()))
Process = tuple[int, str]  # its number and when it began; a number alone is used again


@dataclass
class Findings:
    """What a soak has shown."""

    seconds: float = 0.0
    states: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)  # submissions that ended otherwise
    left: list[str] = field(default_factory=list)  # processes, namespaces, files
    memory: list[int] = field(default_factory=list)  # of the grader, in bytes, sampled
    processes: set[Process] = field(default_factory=set)  # that were seen
    namespaces: set[str] = field(default_factory=set)  # that were seen

    @property
    def growth(self) -> float:
        """The median memory of the last quarter to that of the first."""
        return self.quarters[-1] / self.quarters[0]

    @property
    def quarters(self) -> list[float]:
        """The median memory of each quarter, in MB."""
        size = len(self.memory) // 4
        parts = [self.memory[at * size : (at + 1) * size] for at in range(4)]
        return [round(statistics.median(part) / 1e6, 1) for part in parts]


def write_course(folder: Path, students: int, bad: int = 10) -> dict[str, Expected]:
    """A course with such a class; how each student must end."""
    (folder / "grading").mkdir(parents=True)
    settings = (ROOT / "nbgrader_config.py").read_text(encoding="utf-8")
    settings += f"\nc.Execute.timeout = {SECONDS}\n"
    (folder / "nbgrader_config.py").write_text(settings, encoding="utf-8")
    notebook = write_source(folder)
    return dict(hand_in_mixed(notebook, folder / "grading/submitted", students, bad))


def soak(students: int, folder: Path, workers: int = 2, bad: int = 10) -> Findings:
    """Grade a class in a new folder, and look at everything."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    expected = write_course(folder, students, bad)
    scratch = folder / "scratch"
    scratch.mkdir()
    before = processes_of(os.getpid())
    findings = Findings()
    began = time.monotonic()
    words = ["grade", CHAPTER, "--workers", str(workers)]
    with subprocess.Popen(
        [sys.executable, "-m", "helpers.cli", *words],
        cwd=folder, env={**os.environ, "TMPDIR": str(scratch), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as grader:  # fmt: skip
        while grader.poll() is None:
            _sample(grader.pid, folder, findings)
            time.sleep(0.1)
        said = grader.communicate()[0]
    if grader.returncode:
        findings.wrong.append(f"course grade ended with {grader.returncode}: {said}")
    findings.seconds = time.monotonic() - began
    _compare(folder, expected, findings)
    remaining = processes_of(os.getpid()) - before
    findings.left += [f"process {number}: {_command(number)}" for number, _ in remaining]
    findings.left += _kept_namespaces(remaining, findings)
    findings.left += _files(folder, scratch, expected)
    for number, _ in remaining:
        os.kill(number, signal.SIGKILL)
    return findings


def _sample(grader: int, folder: Path, findings: Findings) -> None:
    """What is there now; the memory only once grading has begun."""
    now = processes_of(grader)
    findings.processes |= now
    own = _namespaces([os.getpid()])
    findings.namespaces |= _namespaces(number for number, _ in now) - own
    if (folder / "grading/autograded").exists():
        for line in _text(grader, "status").splitlines():
            if line.startswith("VmRSS:"):
                findings.memory.append(int(line.split()[1]) * 1024)


def _compare(folder: Path, expected: dict[str, Expected], findings: Findings) -> None:
    with closing(sqlite3.connect(folder / "grading/gradebook.db")) as gradebook:
        ends = gradebook.execute("SELECT student, state, scores FROM course_verdict").fetchall()
        saved = dict(gradebook.execute(
            "SELECT student_id, sum(auto_score) FROM submitted_assignment s JOIN "
            "submitted_notebook n ON n.assignment_id = s.id JOIN grade g ON g.notebook_id = n.id "
            "GROUP BY student_id"
        ))  # fmt: skip
    found = {student: (state, json.loads(scores)) for student, state, scores in ends}
    findings.states = Counter(state for state, _ in found.values())
    for student, due in expected.items():
        state, scores = found.get(student, ("no verdict", []))
        points = sum(score["points"] for score in scores)
        right = state in due.states and due.points in (None, points)
        if not right or saved.get(student) != points:
            findings.wrong.append(
                f"{student} ({due.kind}): {state} with {points} points, {saved.get(student)} in "
                f"the gradebook; due were {due.points} and {' or '.join(due.states)}"
            )
    findings.wrong += [f"{student} was never there" for student in found.keys() - expected.keys()]


def _kept_namespaces(remaining: set[Process], findings: Findings) -> list[str]:
    """Namespaces that a process or a mount keeps; their ids alone are soon used again."""
    kept = _namespaces(number for number, _ in remaining) & findings.namespaces
    mounts = _text(os.getpid(), "mountinfo").splitlines()
    return sorted(kept) + [line for line in mounts if " nsfs " in line]


def _files(folder: Path, scratch: Path, expected: dict[str, Expected]) -> list[str]:
    """Files that nobody should have written."""
    place = folder / "grading/autograded"
    due = {place / student / CHAPTER / f"{CHAPTER}.ipynb" for student in expected}
    found = list(scratch.rglob("*"))
    found += [path for path in place.rglob("*") if path.is_file() and path not in due]
    found += [path for where in WHERE for path in Path(where).glob(f"{LEFT}*")]
    return [str(path) for path in found]


# ---------------------------------------------------------------- processes, as /proc shows them


def _numbers() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _text(number: int, name: str) -> str:
    try:
        return Path(f"/proc/{number}/{name}").read_text(errors="replace")
    except OSError:
        return ""


def _command(number: int) -> str:
    return _text(number, "cmdline").replace("\0", " ") or _text(number, "comm").strip()


def processes_of(ancestor: int) -> set[Process]:
    """All descendants of a process that have not ended."""
    children: dict[int, list[Process]] = {}
    for number in _numbers():
        facts = _text(number, "stat").rpartition(")")[2].split()
        if facts and facts[0] not in "ZX":
            children.setdefault(int(facts[1]), []).append((number, facts[19]))
    found: set[Process] = set()
    waiting = [ancestor]
    while waiting:
        these = set(children.get(waiting.pop(), ())) - found
        found |= these
        waiting += [number for number, _ in these]
    return found


def ended(processes: set[Process], seconds: float) -> set[Process]:
    """Wait so long for processes to end; those that have not."""
    until = time.monotonic() + seconds
    while alive := {each for each in processes if _began(each[0]) == each[1]}:
        if time.monotonic() > until:
            break
        time.sleep(0.02)
    return alive


def _began(number: int) -> str:
    facts = _text(number, "stat").rpartition(")")[2].split()
    return facts[19] if facts and facts[0] not in "ZX" else ""


def _namespaces(numbers: Iterator[int] | Sequence[int]) -> set[str]:
    """The ids of namespaces of processes, where we may see them."""
    found = set()
    for number in numbers:
        try:
            for name in os.listdir(f"/proc/{number}/ns"):
                found.add(os.readlink(f"/proc/{number}/ns/{name}"))
        except OSError:
            continue
    return found


def main() -> None:
    """Soak, and say what was found."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--students", type=int, default=2000)
    options.add_argument("--workers", type=int, default=2)
    asked = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    try:
        found = soak(asked.students, folder / "course", asked.workers)
    finally:
        shutil.rmtree(folder)
    for kind, lines in (("wrong", found.wrong), ("left behind", found.left)):
        for line in lines:
            print(json.dumps({kind: line}))
    print(json.dumps({
        "students": asked.students, "s": round(found.seconds, 1), "states": found.states,
        "wrong": len(found.wrong), "left_behind": len(found.left),
        "processes_seen": len(found.processes), "namespaces_seen": len(found.namespaces),
        "grader_MB_by_quarter": found.quarters, "grader_MB_most": round(max(found.memory) / 1e6, 1),
        "grader_last_quarter_to_first": round(found.growth, 3),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
