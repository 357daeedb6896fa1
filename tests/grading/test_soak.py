"""A class, every kind of hostile or broken submission in it: grades, and what is left behind."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import soak
from hostile import BROKEN_FILES, HOSTILE, LEFT, Expected

if sys.platform != "linux":
    pytest.skip("the sandbox needs Linux", allow_module_level=True)

STUDENTS, BAD = 204, 3  # one in three is bad, so that every kind is there


@pytest.fixture(scope="module")
def soaked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the course."""
    return tmp_path_factory.mktemp("soak") / "course"


@pytest.fixture(scope="module")
def findings(soaked: Path) -> Iterator[soak.Findings]:
    yield soak.soak(STUDENTS, soaked, bad=BAD)
    ctypes.CDLL(None).prctl(soak.SUBREAPER, 0, 0, 0, 0)


def test_every_kind_is_there(tmp_path: Path) -> None:
    kinds = {each.kind for each in soak.write_course(tmp_path / "course", STUDENTS, BAD).values()}
    assert {*HOSTILE, *BROKEN_FILES} <= kinds


def test_every_submission_ends_as_it_must(findings: soak.Findings) -> None:
    """Every honest one with exactly its points, every other in its one state."""
    assert findings.wrong == []
    assert sum(findings.states.values()) == STUDENTS


def test_nothing_is_left_behind(findings: soak.Findings) -> None:
    assert findings.left == []


def test_the_memory_of_the_grader_does_not_grow(findings: soak.Findings) -> None:
    """But for what the allocator keeps of the largest notebook: 40 MB, once."""
    assert findings.growth < 1.25


# ---------------------------------------------------------------- would it have been seen?


def test_processes_were_seen_while_they_were_there(findings: soak.Findings) -> None:
    assert len(findings.processes) > STUDENTS / 4
    if os.getuid() == 0:  # others' namespaces are shown to root only
        assert len(findings.namespaces) > STUDENTS / 4


def test_an_orphan_is_seen() -> None:
    libc = ctypes.CDLL(None)
    libc.prctl(soak.SUBREAPER, 1, 0, 0, 0)
    before = soak.processes_of(os.getpid())
    orphan = "import os, time\nif not os.fork():\n    os.setsid()\n    time.sleep(60)"
    subprocess.run([sys.executable, "-c", orphan], check=True)
    (seen,) = soak.processes_of(os.getpid()) - before
    assert soak.ended({seen}, 0.1) == {seen}
    os.kill(seen[0], 9)
    os.waitpid(seen[0], 0)
    libc.prctl(soak.SUBREAPER, 0, 0, 0, 0)
    assert soak.ended({seen}, 5) == set()


def test_files_are_seen(tmp_path: Path) -> None:
    """The source that tries to leave files does leave them where nothing holds it back."""
    scratch, home = tmp_path / "scratch", tmp_path / "home"
    scratch.mkdir()
    home.mkdir()
    source = HOSTILE["leaves files"][2]
    subprocess.run(
        [sys.executable, "-c", source], cwd=scratch, env={**os.environ, "HOME": str(home)},
        check=True,
    )  # fmt: skip
    found = soak._files(tmp_path, scratch, {})
    for path in found:
        Path(path).unlink()
    assert {f"/tmp/{LEFT}", f"/dev/shm/{LEFT}", str(scratch / LEFT)} <= set(found)
    assert (home / LEFT).exists()


def test_a_wrong_grade_is_seen(soaked: Path, findings: soak.Findings) -> None:
    """One point more or less, or another state."""
    for due in (Expected("right", 5.0), Expected("right", 6.0, ("died",))):
        told = soak.Findings()
        soak._compare(soaked, {"student00000": due}, told)
        assert told.wrong[0].startswith("student00000 (right): graded with 6.0 points")
