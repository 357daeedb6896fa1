"""Does the proof see every way in which a check can be wrong?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.authoring.lesson import read
from helpers.authoring.proof import prove
from helpers.authoring.record import record
from helpers.check import record as records

Bend = Callable[[str, str], Path]


def proof_of(path: Path) -> list[str]:
    lesson = read(path)
    records.FOLDER.mkdir(exist_ok=True)
    (records.FOLDER / "01_mini.json").write_text(record(lesson), encoding="utf-8")
    records.load.cache_clear()
    return list(prove(lesson))


def test_a_sound_lesson_is_proven(lesson_path: Path) -> None:
    assert proof_of(lesson_path) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "phi(v) * phi(-v)\n\n# %% [markdown]",
            "phi(v)\n\n# %% [markdown]",
            "the alternative of output_delta does not pass",
        ),
        (
            "secret = (0.5 - phi(v))",
            "secret = (0.7 - phi(v))",
            "the reference of output_delta does not pass",
        ),
        (
            "    probe.number(",
            "    slope = globals().get('slope', -4)\n    probe.number(",
            "passes the empty cell",
        ),
        (
            "    probe.number(",
            "    slope = globals().get('slope', -4)\n    probe.number(",
            "passes the syntax error",
        ),
    ],
)
def test_what_is_not_proven_is_said(bend: Bend, old: str, new: str, says: str) -> None:
    failures = proof_of(bend(old, new))
    assert any(says in failure for failure in failures), failures


def test_a_mistake_that_looks_like_another_is_said(lesson_path: Path) -> None:
    lesson = read(lesson_path)
    records.FOLDER.mkdir(exist_ok=True)
    text = record(lesson).replace("the derivative is forgotten", "something else")
    (records.FOLDER / "01_mini.json").write_text(text, encoding="utf-8")
    records.load.cache_clear()
    assert [
        "takes 'the derivative is forgotten' for 'something else'" in f for f in prove(lesson)
    ] == [True]
