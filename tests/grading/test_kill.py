"""Kill -9 of every process that takes part: in the end the gradebook is as if nothing had been."""

from __future__ import annotations

import ctypes
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import soak
from hostile import HOSTILE, ODDITIES
from sqlalchemy import MetaData, create_engine, select

from helpers.grading import run
from helpers.grading.engine.forking import WarmProcess

from .small_course import SmallCourse

if sys.platform != "linux":
    pytest.skip("the sandbox needs Linux", allow_module_level=True)

TIMES = 5  # that each is killed
STUDENTS = 26
NOT_COMPARED = {"written", "seconds", "own_seconds"}  # of course_verdict
# `course grade`, which writes after every second verdict: more moments to be killed in.
GRADER = """\
from helpers.grading import run
run.BATCH = 2
from helpers.cli import main
main(["grade", "01_small", "--workers", "3"])
"""


@pytest.fixture(autouse=True)
def _orphans_become_ours() -> Iterator[None]:
    libc = ctypes.CDLL(None)
    libc.prctl(soak.SUBREAPER, 1, 0, 0, 0)
    yield
    libc.prctl(soak.SUBREAPER, 0, 0, 0, 0)


def a_class(folder: Path) -> SmallCourse:
    """Right and odd answers, one that dies, one that is no notebook."""
    course = SmallCourse(folder)
    odd = list(ODDITIES.values())
    for number in range(STUDENTS - 2):
        course.hand_in(f"s{number:02}", norm=odd[number % len(odd)])
    course.hand_in("exits", norm=HOSTILE["exits"][2])
    course.hand_in("half").write_text("{")
    return course


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, float]:
    """What a gradebook holds where nothing was killed, and the seconds that it took."""
    course = a_class(tmp_path_factory.mktemp("undisturbed") / "course")
    began = time.monotonic()
    grader = started(course)
    assert grader.wait(120) == 0
    return contents(course), time.monotonic() - began


def started(course: SmallCourse) -> subprocess.Popen[bytes]:
    """The grader as a process."""
    return subprocess.Popen(
        [sys.executable, "-c", GRADER], cwd=course.folder, env=course.environment(),
        stdout=subprocess.DEVNULL,
    )  # fmt: skip


def contents(course: SmallCourse) -> dict[str, list[str]]:
    """All rows of all tables: the ids of rows by what they stand for, without times."""
    engine, tables = create_engine(course.db_url), MetaData()
    tables.reflect(engine)
    rows: dict[str, dict[Any, Any]] = {}
    with engine.connect() as connection:
        for table in tables.sorted_tables:
            found = connection.execute(select(table)).mappings()
            rows[table.name] = {row.get("id", number): row for number, row in enumerate(found)}
    engine.dispose()

    def told(name: str, key: Any) -> str:
        table, row = tables.tables[name], rows[name][key]
        words = []
        for column in table.columns:
            value = row[column.name]
            for other in column.foreign_keys:
                if value is not None and column.name != "type":
                    value = told(other.column.table.name, value)
            random_id = column.name == "id" and not column.foreign_keys and name != "student"
            if not random_id and column.name not in NOT_COMPARED:
                words.append(f"{column.name}={value}")
        return f"{name}({', '.join(words)})"

    return {name: sorted(told(name, key) for key in keys) for name, keys in rows.items()}


def differences(course: SmallCourse, due: dict[str, list[str]]) -> dict[str, list[str]]:
    """The rows that are not due, and those that are missing, by table."""
    found = contents(course)
    assert found.keys() == due.keys()
    changed = {table: sorted({*found[table]} ^ {*due[table]}) for table in due}
    assert {table: len(found[table]) for table in due} == {table: len(due[table]) for table in due}
    return {table: rows for table, rows in changed.items() if rows}


def nothing_remains(before: set[soak.Process]) -> None:
    """Whatever was started since ends by itself; what has, is reaped."""
    since = soak.processes_of(os.getpid()) - before
    assert soak.ended(since, 60) == set()
    for number, _ in since:
        try:
            os.waitpid(number, os.WNOHANG)
        except ChildProcessError:
            continue


# ---------------------------------------------------------------- the grader


def test_a_grader_that_is_killed_goes_on_where_it_was(
    tmp_path: Path, undisturbed: tuple[Any, float]
) -> None:
    """Nobody is graded twice, nothing is lost, and what it had started ends by itself."""
    due, seconds = undisturbed
    course = a_class(tmp_path / "course")
    draw = random.Random(5)
    before = soak.processes_of(os.getpid())
    graded: dict[str, Any] = {}
    for _ in range(TIMES):
        grader = started(course)
        time.sleep(draw.uniform(0.3, 0.9) * seconds)
        grader.kill()
        grader.wait()
        nothing_remains(before)
        now = times(course)
        assert graded.items() <= now.items()
        graded = now
    assert started(course).wait(120) == 0
    assert graded.items() <= times(course).items()
    assert differences(course, due) == {}
    left = [path.name for path in (course.folder / "grading/autograded").rglob(".part*")]
    assert left == []
    nothing_remains(before)


def test_students_who_never_end_do_not_outlive_the_grader(tmp_path: Path) -> None:
    course = SmallCourse(tmp_path / "course").with_gradebook()
    for number, kind in enumerate(("ignores interrupts", "leaves a daemon", "forks for ever")):
        course.hand_in(f"s{number}", norm=f"{HOSTILE[kind][2]}\nwhile True: pass")
    before = soak.processes_of(os.getpid())
    grader = started(course)
    until = time.monotonic() + 60
    while len(soak.processes_of(grader.pid)) < 12:
        assert time.monotonic() < until, "the fork bomb did not start"
        time.sleep(0.1)
    grader.kill()
    grader.wait()
    nothing_remains(before)


def times(course: SmallCourse) -> dict[str, Any]:
    """When each verdict was written."""
    try:
        return {student: row.written for student, row in course.verdicts().items()}
    except Exception:  # it was killed before there was a table
        return {}


# ---------------------------------------------------------------- what the grader started


def test_a_sandbox_that_is_ended_while_it_starts_leaves_nothing() -> None:
    """A wrong call ends it within milliseconds: bubblewrap alone would leave its child."""
    before = soak.processes_of(os.getpid())
    for milliseconds in (0, 0, 0, 1, 2, 5, 10, 20, 50):
        warm = WarmProcess()
        time.sleep(milliseconds / 1000)
        warm.close()
    nothing_remains(before)


class Counter:
    """A progress bar that counts."""

    def __init__(self) -> None:
        self.done = 0

    def set_postfix_str(self, words: str) -> None:
        pass

    def update(self, steps: int) -> None:
        self.done += steps

    def close(self) -> None:
        pass


def graded_while(
    course: SmallCourse, monkeypatch: pytest.MonkeyPatch, disturb: Callable[[], None]
) -> Any:
    """Grade, and disturb it five times: at its start, and when a few more have their verdicts."""
    counter = Counter()
    monkeypatch.setattr(run, "bar", lambda **_: counter)
    ends: list[Any] = []
    thread = threading.Thread(target=lambda: ends.append(course.grade(workers=3)))
    thread.start()
    for number in range(TIMES):
        while counter.done < number * (STUDENTS // TIMES):
            assert thread.is_alive(), "it ended before it was disturbed"
            time.sleep(0.01)
        disturb()
    thread.join(120)
    (summary,) = ends
    return summary


def children(number: int) -> list[int]:
    text = Path(f"/proc/{number}/task/{number}/children").read_text()
    return [int(each) for each in text.split()]


def warm_process(before: set[soak.Process]) -> int:
    """grader -> bubblewrap -> bubblewrap, the first inside -> the warm process; 0 if not there."""
    for number, _ in soak.processes_of(os.getpid()) - before:
        if name(number) == "bwrap":
            for child in children(number):
                if name(child) != "bwrap":
                    return child
    return 0


def name(number: int) -> str:
    return Path(f"/proc/{number}/comm").read_text().strip()


def until_found(find: Callable[[], int]) -> int:
    for _ in range(3000):
        try:
            if number := find():
                return number
        except OSError:
            pass
        time.sleep(0.01)
    raise AssertionError("there was none to kill")


def test_warm_processes_that_are_killed_cost_nobody_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, undisturbed: tuple[Any, float]
) -> None:
    course = a_class(tmp_path / "course").with_gradebook()
    before = soak.processes_of(os.getpid())
    killed: list[int] = []

    def kill() -> None:
        killed.append(until_found(lambda: warm_process(before)))
        os.kill(killed[-1], signal.SIGKILL)

    graded_while(course, monkeypatch, kill)
    assert len(set(killed)) == TIMES
    assert differences(course, undisturbed[0]) == {}
    nothing_remains(before)


def test_judges_and_keepers_that_are_killed_cost_nobody_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, undisturbed: tuple[Any, float]
) -> None:
    """The warm process's own children: of each submission a judge, and the student's keeper."""
    course = a_class(tmp_path / "course").with_gradebook()
    before = soak.processes_of(os.getpid())
    draw = random.Random(7)
    killed: list[int] = []

    def one() -> int:
        found = children(warm_process(before))
        return draw.choice(found) if found else 0

    def kill() -> None:
        killed.append(until_found(one))
        os.kill(killed[-1], signal.SIGKILL)

    graded_while(course, monkeypatch, kill)
    assert len(set(killed)) == TIMES
    assert differences(course, undisturbed[0]) == {}
    nothing_remains(before)
