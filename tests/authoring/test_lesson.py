"""Are markers read right, and is each fault of a lesson named with file and line?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.authoring.lesson import read, visible
from helpers.errors import LessonError

Bend = Callable[[str, str], Path]


def test_cells_are_gathered_by_exercise(lesson_path: Path) -> None:
    lesson = read(lesson_path)
    assert [(e.name, e.number, e.points) for e in lesson.exercises.values()] == [
        ("output_delta", "1.1", 2),
        ("slope", "1.2", 1),
        ("why", "1.3", 3),
    ]
    delta = lesson.exercises["output_delta"]
    assert [len(delta.of(k)) for k in ("solve", "check", "hint", "mistake", "alternative")] == [
        1,
        1,
        3,
        3,
        1,
    ]
    assert delta.of("mistake")[0].text == "the error has the wrong sign"


def test_visible_leaves_out_the_hidden_region(lesson_path: Path) -> None:
    check = read(lesson_path).exercises["output_delta"].one("check")
    assert check is not None and check.hidden
    assert "secret" not in visible(check).source and "HIDDEN" not in visible(check).source
    assert "three neurons" in visible(check).source


FAULTS = [
    (
        "# %% solve output_delta",
        "# %% sovle output_delta",
        "unknown marker 'sovle'; did you mean 'solve'?",
    ),
    ("# %% solve slope", "# %% solve", "the marker names no exercise"),
    ("# %% check slope points=1", "# %% check slope", "check slope has no points; add points=N"),
    ("# %% check slope points=1", "# %% check slope points=0", "check slope has no points"),
    ("# %% check slope points=1", "# %% check slope points=one", "is not understood"),
    (
        "# %% check slope points=1",
        "# %% check slop points=1",
        "check slop: there is no solve or answer cell",
    ),
    ("why [markdown] points=3", "why points=3 [markdown]", "[markdown] stands after points="),
    ("why [markdown] points=3", "why points=3", "answer cells are text: add [markdown]"),
    ("# %% solve slope", "# %% solve slope [markdown]", "solve cells are code: remove [markdown]"),
    ("# %% solve slope", "# %% solve slope points=1", "a solve cell has no points"),
    ("    ### BEGIN SOLUTION\n    y", "    y", "BEGIN SOLUTION and END SOLUTION do not pair"),
    (
        "### BEGIN SOLUTION\nslope = -4\n### END SOLUTION",
        "slope = -4",
        "has no ### BEGIN SOLUTION region",
    ),
    ("# Because", "# BEGIN HIDDEN TESTS", "HIDDEN TESTS regions belong in check cells"),
    (
        "print(output_delta(1.0, 0.0))",
        "### BEGIN SOLUTION",
        "SOLUTION regions belong in solve and answer",
    ),
    ("### END HIDDEN TESTS", "", "BEGIN HIDDEN TESTS and END HIDDEN TESTS do not pair"),
    ("# %% hint slope [markdown]\n# a\n", "", "exercise slope has 2 hints; it needs 3"),
    (
        '# %% mistake slope "the sign is lost"\n# The',
        "# %%\n# The",
        "slope has 2 mistakes; it needs at least 3",
    ),
    ('mistake slope "the sign is lost"', "mistake slope", "does not say what went wrong"),
    ("# Put x = -1.\n", "", "has no advice"),
    ('"only one path is counted"', '"the sign is lost"', "stands twice; the first is in line"),
    ("# %% given imports", "# %% given slope", "given slope has the name of an exercise"),
    ("### Exercise 1.2 slope", "### Exercise 1.4 slope", "must say 'Exercise 1.2'"),
    ("# %% alternative output_delta", "# %% solve output_delta", "solve output_delta stands twice"),
    ("# %% solve slope", '# %% solve slope "a text"', "only mistakes have a text in quotes"),
]


@pytest.mark.parametrize(("old", "new", "says"), FAULTS)
def test_each_fault_names_file_and_line(bend: Bend, old: str, new: str, says: str) -> None:
    path = bend(old, new)
    with pytest.raises(LessonError) as raised:
        read(path)
    lines = [line for line in str(raised.value).splitlines() if says in line]
    assert lines, str(raised.value)
    place, number, _ = lines[0].removeprefix(str(path.parent)).split(":", 2)
    assert place.endswith("01_mini.py") and 1 <= int(number) <= len(path.read_text().splitlines())


def test_the_line_is_the_markers(bend: Bend) -> None:
    path = bend("# %% check slope points=1", "# %% check slope")
    line = path.read_text().splitlines().index("# %% check slope") + 1
    with pytest.raises(LessonError, match=f"01_mini.py:{line}: check slope has no points"):
        read(path)


def test_an_exercise_without_a_check(bend: Bend) -> None:
    path = bend(
        '# %% check slope points=1\nwith check("slope") as probe:\n'
        '    probe.number("the slope at -1", slope)\n',
        "",
    )
    with pytest.raises(LessonError, match="exercise slope has no check"):
        read(path)


def test_a_file_that_is_no_lesson(tmp_path: Path) -> None:
    (tmp_path / "01_x.py").write_text("print(1)\n")
    with pytest.raises(LessonError, match="no cell"):
        read(tmp_path / "01_x.py")
    (tmp_path / "02_x.py").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LessonError, match="cannot be read"):
        read(tmp_path / "02_x.py")
