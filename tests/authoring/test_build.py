"""Do the notebooks follow from the lesson, byte for byte, and is every stale file named?"""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

from helpers.authoring import build as building
from helpers.authoring.build import Chapter, build_command, find, stale
from helpers.errors import CourseError, LessonError, NotebookError


@pytest.fixture
def built(root: Path, monkeypatch: pytest.MonkeyPatch) -> Chapter:
    """The small chapter, built without a kernel."""
    monkeypatch.setattr(building.execution, "execute", lambda notebook, folder, name: notebook)
    assert build_command([], check=False, root=root) == 0
    return find([], root)[0]


def cells(path: Path) -> dict[str, nbformat.NotebookNode]:
    return {cell.id: cell for cell in nbformat.read(path, as_version=4).cells}


def test_the_students_cells(built: Chapter) -> None:
    mine = cells(built.students)
    assert mine["output_delta-solve"].source.endswith(
        '    # one line\n    raise NotImplementedError("Exercise 1.1: output_delta")'
    )
    assert mine["slope-solve"].source.endswith('raise NotImplementedError("Exercise 1.2: slope")')
    assert mine["why-answer"].source == "*Your answer here.*"
    assert "three neurons" in mine["output_delta-check"].source
    assert mine["output_delta-check"].metadata.editable is False
    assert mine["imports-given"].metadata.editable is False
    assert mine["imports-given-1"].source == "### Exercise 1.1 output_delta (2 points)"
    hints = mine["output_delta-hints"].source
    assert (
        hints.count("<details>") == hints.count("</details>") == 3 and "Error times slope." in hints
    )
    text = built.students.read_text(encoding="utf-8")
    for secret in ("SOLUTION", "HIDDEN", "secret", "Rubric", "forgotten", "return (d"):
        assert secret not in text


def test_the_instructors_cells(built: Chapter) -> None:
    theirs = cells(built.instructors)
    assert "BEGIN SOLUTION" in theirs["output_delta-solve"].source
    assert "secret" in theirs["output_delta-check"].source
    assert "Rubric" in theirs["why-answer"].source
    facts = theirs["why-answer"].metadata.nbgrader
    assert (facts.grade, facts.solution, facts.points, facts.grade_id) == (
        True,
        True,
        3,
        "why_answer",
    )


def test_two_builds_are_byte_identical(built: Chapter, root: Path) -> None:
    files = (built.students, built.instructors, built.record)
    first = [path.read_bytes() for path in files]
    build_command(["1"], check=False, root=root)
    assert [path.read_bytes() for path in files] == first


def test_nothing_is_stale_after_a_build(built: Chapter, root: Path) -> None:
    assert build_command([], check=True, root=root) == 0


@pytest.mark.parametrize(
    ("edited", "old", "new", "named"),
    [
        ("source", "# # A small", "# # A tiny", ["01_mini.ipynb", "01_mini.ipynb"]),
        ("source", "phi(v) * phi(-v)\n\n", "phi(-v) * phi(v)\n\n", ["01_mini.json"]),
        ("students", "A small chapter", "a small chapter", ["01_mini.ipynb"]),
        ("instructors", "A small chapter", "a small chapter", ["01_mini.ipynb"]),
        ("record", '"code": "', '"code": "0', ["01_mini.json"]),
        ("record", "{", "", ["01_mini.json"]),
    ],
)
def test_what_is_stale_is_named(
    built: Chapter,
    root: Path,
    capsys: pytest.CaptureFixture[str],
    edited: str,
    old: str,
    new: str,
    named: list[str],
) -> None:
    path = getattr(built, edited)
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    assert build_command([], check=True, root=root) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [Path(line.split(": not made")[0]).name for line in lines if "not made" in line] == named


def test_missing_files_are_stale(root: Path) -> None:
    assert len(list(stale(find([], root)[0]))) == 3


def test_check_starts_no_kernel_and_writes_nothing(
    built: Chapter, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        building.execution, "execute", lambda *_: pytest.fail("a kernel was started")
    )
    monkeypatch.setattr(building, "_write", lambda *_: pytest.fail("a file was written"))
    assert build_command([], check=True, root=root) == 0


def test_outputs_do_not_make_the_instructors_notebook_stale(built: Chapter) -> None:
    data = json.loads(built.instructors.read_text(encoding="utf-8"))
    last = next(cell for cell in reversed(data["cells"]) if cell["cell_type"] == "code")
    last["outputs"] = [{"name": "stdout", "output_type": "stream", "text": ["1\n"]}]
    last["execution_count"] = 7
    built.instructors.write_text(json.dumps(data), encoding="utf-8")
    assert list(stale(built)) == []


def test_a_damaged_notebook_is_named_by_the_builder(built: Chapter) -> None:
    built.instructors.write_text('{"cells": [', encoding="utf-8")
    with pytest.raises(NotebookError, match=r"01_mini\.ipynb: this is no notebook"):
        list(stale(built))


def test_an_unknown_chapter(root: Path, tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="there is no chapter '7'; there are: 01_mini"):
        find(["7"], root)
    with pytest.raises(CourseError, match="there are no lessons in"):
        find([], tmp_path / "nowhere")


def test_a_lesson_that_is_not_proven_is_not_built(root: Path, lesson_path: Path) -> None:
    text = lesson_path.read_text(encoding="utf-8").replace("secret = (0.5", "secret = (0.6")
    lesson_path.write_text(text, encoding="utf-8")
    with pytest.raises(LessonError, match="the reference of output_delta does not pass"):
        build_command([], check=False, root=root)
    assert not (root / "course").exists()


def test_the_instructors_notebook_is_executed(root: Path) -> None:
    assert build_command([], check=False, root=root) == 0
    theirs = cells(find([], root)[0].instructors)
    assert theirs["why-answer-1"].outputs[0].text == "0.125\n"
    passed = theirs["output_delta-check"].outputs[0].text
    assert passed == (
        "Exercise 1.1 output_delta: visible checks passed; hidden checks run after you submit\n"
        "Exercise 1.1 output_delta: hidden checks passed\n"
    )
