"""What one submission does costs no other one its time, its memory or its points."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from helpers.grading.engine.engine import Engine
from helpers.grading.limits import Limits

from .conftest import PAPER, RIGHT, SHORT, Result, submission

ASLEEP = "import time\ntime.sleep(60)"
CROWDED = """
import os
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
for _ in range(5):
    if os.fork() == 0:
        while True: pass
while True: pass
"""
MIB = 2**20


@pytest.fixture
def tries(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The submissions that the engine has had judged, as often as it has."""
    seen: list[bytes] = []
    judge = engine._try

    def counted(warm: Any, paper: Any, data: bytes, scores: Any) -> Any:
        seen.append(data)
        return judge(warm, paper, data, scores)

    monkeypatch.setattr(engine, "_try", counted)
    return seen


@pytest.mark.skipif(
    not Path("/proc/self/schedstat").exists(), reason="this kernel does not tell who waited"
)
def test_who_sleeps_is_not_graded_a_second_time_alone(engine: Engine, tries: list[bytes]) -> None:
    verdict = engine.grade(PAPER, "mallory", submission(ASLEEP))
    assert verdict.state == "timed out" and len(tries) == 1


def test_who_waited_for_a_core_is(engine: Engine, tries: list[bytes]) -> None:
    """The control: others, here its own, took the only core that it may use."""
    verdict = engine.grade(PAPER, "ada", submission(CROWDED))
    assert verdict.state == "timed out" and len(tries) == 2


def with_more(text: str) -> bytes:
    """A whole notebook, and something else in its file."""
    return submission()[:-1] + b', "more": ' + text.encode() + b"}"


BOMB = "[" + '{"a":1},' * (20 * MIB // 8) + "1]"


def test_what_unfolds_to_more_memory_does_so_in_the_judge(engine: Engine) -> None:
    data, before = with_more(BOMB), peak(anew=True)
    engine.limits = Limits(**{**vars(SHORT), "address_space": 1000 * MIB})
    try:
        verdict = engine.grade(PAPER, "mallory", data)
    finally:
        engine.limits = SHORT
    assert verdict.state == "refused"
    assert verdict.reason == "The file unfolds to more than the memory of a submission."
    assert peak() - before < 100 * MIB, "the file itself, a few times over"


def test_outside_it_takes_the_memory() -> None:
    """The control, in a new process: one that has worked before has memory to spare."""
    code = (
        f"{inspect.getsource(peak)}\nbefore = peak()\njson.load(sys.stdin)\nprint(peak() - before)"
    )
    code = f"import json, sys\nfrom pathlib import Path\n{code}"
    ran = subprocess.run([sys.executable, "-c", code], input=with_more(BOMB), capture_output=True)
    assert int(ran.stdout) > 400 * MIB, ran.stderr


def test_a_large_honest_one_has_its_points(engine: Engine) -> None:
    engine.limits = Limits(**{**vars(SHORT), "cell": 20.0, "whole": 60.0})
    try:
        data = with_more(json.dumps("x" * 30 * MIB))
        assert Result(engine.grade(PAPER, "ada", data)).verdict.points == 3.0
    finally:
        engine.limits = SHORT


def test_what_the_grader_itself_reads_is_small(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no judge survives, its file is not unfolded here either."""
    monkeypatch.setattr(engine, "_try", lambda *arguments: None)
    for data, shown in ((submission(RIGHT), RIGHT), (with_more(BOMB), "")):
        before = peak(anew=True)
        verdict = engine.grade(PAPER, "mallory", data)
        assert verdict.state == "died"
        cells = {cell["id"]: cell["source"] for cell in verdict.notebook["cells"]}
        assert cells["double"] == shown
        assert verdict.reason in cells["why"]
        assert peak() - before < 100 * MIB


def peak(*, anew: bool = False) -> int:
    """The most memory that this process has had, of late or since it was asked for anew."""
    if anew:
        Path("/proc/self/clear_refs").write_text("5")
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
