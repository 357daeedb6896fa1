"""Does the doctor find what is wrong with a notebook, mend it, and keep the student's work?"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from helpers.authoring import build as building
from helpers.authoring.build import Chapter, build_command, find
from helpers.authoring.doctor import doctor_command
from helpers.errors import NotebookError

WORK = "def output_delta(d, v):\n    return 'my work'"
Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def chapter(root: Path, monkeypatch: pytest.MonkeyPatch) -> Chapter:
    monkeypatch.setattr(building.execution, "execute", lambda notebook, folder, name: notebook)
    build_command([], check=False, root=root)
    return find([], root)[0]


@pytest.fixture
def mine(chapter: Chapter, tmp_path: Path) -> Path:
    """A student's copy, begun."""
    path = tmp_path / "mine" / "01_mini.ipynb"
    path.parent.mkdir()
    shutil.copy(chapter.students, path)
    change(path, lambda nb: cell(nb, "output_delta-solve").update(source=WORK))
    return path


def change(path: Path, edit: Change) -> None:
    data = json.loads(path.read_text(encoding="utf-8"))
    edit(data)
    path.write_text(json.dumps(data), encoding="utf-8")


def cell(data: dict[str, Any], identity: str) -> dict[str, Any]:
    return next(c for c in data["cells"] if c.get("id") == identity)


def doctor(path: Path, chapter: Chapter, *, repair: bool = False) -> int:
    return doctor_command(str(path), repair, chapter.students.parents[1])


def read(path: Path) -> Any:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


def graded(notebook: Any) -> list[tuple[str, str, Any]]:
    return [
        (c.metadata.nbgrader.grade_id, c.cell_type, c.metadata.nbgrader.get("points"))
        for c in notebook.cells
        if "nbgrader" in c.metadata
    ]


def test_a_notebook_in_work_is_well(
    mine: Path, chapter: Chapter, capsys: pytest.CaptureFixture[str]
) -> None:
    before = mine.read_bytes()
    assert doctor(mine, chapter) == 0
    assert capsys.readouterr().out == "01_mini.ipynb: nothing is wrong with its cells\n"
    assert doctor(mine, chapter, repair=True) == 0
    assert mine.read_bytes() == before and len(list(mine.parent.iterdir())) == 1


def delete(identity: str) -> Change:
    return lambda data: data["cells"].remove(cell(data, identity))


def duplicate(identity: str) -> Change:
    return lambda data: data["cells"].append(json.loads(json.dumps(cell(data, identity))))


def update(identity: str, **facts: Any) -> Change:
    def edit(data: dict[str, Any]) -> None:
        cell(data, identity).update(facts)

    return edit


def retype(identity: str, to: str) -> Change:
    def edit(data: dict[str, Any]) -> None:
        it = cell(data, identity)
        it["cell_type"] = to
        for key in ("outputs", "execution_count"):
            it.pop(key, None)
            if to == "code":
                it[key] = [] if key == "outputs" else None

    return edit


def points(data: dict[str, Any]) -> None:
    cell(data, "output_delta-check")["metadata"]["nbgrader"]["points"] = 100


def strip_grading(data: dict[str, Any]) -> None:
    cell(data, "output_delta-solve")["metadata"].pop("nbgrader")


def to_the_end(data: dict[str, Any]) -> None:
    it = cell(data, "output_delta-solve")
    data["cells"].remove(it)
    data["cells"].append(it)


def foreign(data: dict[str, Any]) -> None:
    it = json.loads(json.dumps(cell(data, "output_delta-check")))
    it["metadata"]["nbgrader"]["grade_id"] = "another_check"
    it["id"] = "foreign"
    data["cells"].insert(0, it)


DAMAGE: list[tuple[Change, str]] = [
    (delete("output_delta-check"), "the cell output_delta_check is missing"),
    (delete("imports-given"), "the cell given_imports is missing"),
    (delete("why-answer"), "the cell why_answer is missing"),
    (duplicate("output_delta-check"), "is a copy of output_delta_check"),
    (duplicate("output_delta-solve"), "is a copy of output_delta;"),
    (
        retype("output_delta-check", "markdown"),
        "the cell output_delta_check was made a markdown cell",
    ),
    (retype("output_delta-solve", "raw"), "the cell output_delta was made a raw cell"),
    (retype("why-answer", "code"), "the cell why_answer was made a code cell"),
    (update("output_delta-check", source="pass"), "the locked cell output_delta_check was changed"),
    (points, "the grading data of cell output_delta_check were changed"),
    (strip_grading, "the grading data of cell output_delta were changed"),
    (to_the_end, "was moved; it goes back to its place"),
    (foreign, "is from another notebook: another_check"),
]


@pytest.mark.parametrize(("damage", "says"), DAMAGE)
def test_damage_is_named_then_mended_and_the_work_kept(
    mine: Path, chapter: Chapter, capsys: pytest.CaptureFixture[str], damage: Change, says: str
) -> None:
    change(mine, damage)
    damaged = mine.read_bytes()
    assert doctor(mine, chapter) == 1
    out = capsys.readouterr().out
    assert says in out and "course doctor --repair" in out
    assert mine.read_bytes() == damaged
    assert doctor(mine, chapter, repair=True) == 0
    mended = read(mine)
    assert graded(mended) == graded(read(chapter.students))
    assert [c.source for c in mended.cells if c.id == "output_delta-solve"] == [WORK]
    assert mine.with_name("01_mini.ipynb.before-repair-1").read_bytes() == damaged
    assert doctor(mine, chapter) == 0


def test_the_worked_on_copy_takes_the_place_of_an_untouched_cell(
    mine: Path, chapter: Chapter
) -> None:
    stub = next(c.source for c in read(chapter.students).cells if c.id == "output_delta-solve")

    def work_on_the_copy(data: dict[str, Any]) -> None:
        duplicate("output_delta-solve")(data)
        cell(data, "output_delta-solve")["source"] = stub

    change(mine, work_on_the_copy)
    doctor(mine, chapter, repair=True)
    assert [c.source for c in read(mine).cells if c.id == "output_delta-solve"] == [WORK]


def test_the_students_own_cells_stay_where_they_were(mine: Path, chapter: Chapter) -> None:
    own = {
        "cell_type": "code",
        "id": "x1",
        "metadata": {},
        "source": "play()",
        "outputs": [],
        "execution_count": None,
    }

    def add(data: dict[str, Any]) -> None:
        at = data["cells"].index(cell(data, "output_delta-solve"))
        data["cells"].insert(at + 1, own)
        delete("output_delta-check")(data)

    change(mine, add)
    doctor(mine, chapter, repair=True)
    ids = [c.id for c in read(mine).cells]
    assert ids[ids.index("output_delta-solve") + 1] == "x1" and "output_delta-check" in ids


def test_deleted_prose_is_no_fault(mine: Path, chapter: Chapter) -> None:
    change(mine, delete("start-1"))
    assert doctor(mine, chapter) == 0


def test_a_cut_off_file_is_saved_up_to_the_cut(
    mine: Path, chapter: Chapter, capsys: pytest.CaptureFixture[str]
) -> None:
    text = mine.read_text(encoding="utf-8")
    mine.write_text(text[: text.index("slope")], encoding="utf-8")
    assert doctor(mine, chapter) == 1
    out = capsys.readouterr().out
    assert "is cut off at line 1, column" in out and "whole cells before it can be saved" in out
    assert doctor(mine, chapter, repair=True) == 0
    assert [c.source for c in read(mine).cells if c.id == "output_delta-solve"] == [WORK]
    assert [c.id for c in read(mine).cells] == [c.id for c in read(chapter.students).cells]


def test_many_missing_cells_are_told_in_one_line(
    mine: Path, chapter: Chapter, capsys: pytest.CaptureFixture[str]
) -> None:
    change(mine, lambda data: data.update(cells=data["cells"][:2]))
    doctor(mine, chapter)
    assert "5 cells are missing" not in capsys.readouterr().out
    change(mine, lambda data: data.update(cells=data["cells"][:1]))
    doctor(mine, chapter)
    out = capsys.readouterr().out
    assert "6 cells are missing, given_imports to why_answer; fresh ones are put in" in out


def test_an_old_format_is_converted(
    mine: Path, chapter: Chapter, capsys: pytest.CaptureFixture[str]
) -> None:
    old = nbformat.v4.downgrade(nbformat.read(mine, as_version=4))
    mine.write_text(json.dumps(old), encoding="utf-8")
    assert doctor(mine, chapter) == 1
    assert "format 3.0 is old" in capsys.readouterr().out
    assert doctor(mine, chapter, repair=True) == 0
    assert WORK in [c.source for c in read(mine).cells]
    assert graded(read(mine)) == graded(read(chapter.students))


def test_a_notebook_without_cell_ids_is_matched_by_its_grading_data(
    mine: Path, chapter: Chapter
) -> None:
    def old(data: dict[str, Any]) -> None:
        data["nbformat_minor"] = 4
        for c in data["cells"]:
            del c["id"]

    change(mine, old)
    assert doctor(mine, chapter, repair=True) == 0
    fresh = read(chapter.students)
    assert [c.id for c in read(mine).cells if "nbgrader" in c.metadata] == [
        c.id for c in fresh.cells if "nbgrader" in c.metadata
    ]
    assert len(read(mine).cells) == len(fresh.cells)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the file is empty"),
        (b"  \n", "the file is empty"),
        (b"\x80\x81", "byte 0 is no text"),
        (b"hello", "is damaged at line 1, column 1"),
        (b'{"cells": [', "is cut off at line 1"),
        (b"[1, 2]", "this is JSON but not a notebook"),
        (
            b'{"nbformat": 9, "nbformat_minor": 0, "cells": [], "metadata": {}}',
            "format 9.0 is newer",
        ),
        (
            b'{"nbformat": 4, "nbformat_minor": 5, "cells": 3, "metadata": {}}',
            "not a valid notebook",
        ),
        (
            b'{"nbformat": 4, "nbformat_minor": 5, "cells": [{}], "metadata": {}}',
            "not a valid notebook",
        ),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_notebook_is_said_in_a_sentence(
    mine: Path, chapter: Chapter, content: bytes, says: str
) -> None:
    mine.write_bytes(content)
    with pytest.raises(NotebookError) as raised:
        doctor(mine, chapter, repair=True)
    assert says in str(raised.value) and "\n" not in str(raised.value)
    assert mine.read_bytes() == content and len(list(mine.parent.iterdir())) == 1


def test_a_missing_file_and_an_unknown_chapter(mine: Path, chapter: Chapter) -> None:
    with pytest.raises(NotebookError, match="there is no such file"):
        doctor(mine.with_name("none.ipynb"), chapter)
    other = mine.rename(mine.with_name("99_other.ipynb"))
    change(other, lambda data: data.update(cells=[]))
    with pytest.raises(NotebookError, match="there is no chapter '99_other'"):
        doctor(other, chapter)


def test_two_repairs_keep_two_originals(mine: Path, chapter: Chapter) -> None:
    for number in (1, 2):
        change(mine, delete("output_delta-check"))
        doctor(mine, chapter, repair=True)
        assert mine.with_name(f"01_mini.ipynb.before-repair-{number}").exists()


def test_nothing_is_lost_when_the_disk_is_full(
    mine: Path, chapter: Chapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(mine, delete("output_delta-check"))
    damaged = mine.read_bytes()

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(NotebookError, match=r"No space left on device.; nothing was changed"):
        doctor(mine, chapter, repair=True)
    assert mine.read_bytes() == damaged
