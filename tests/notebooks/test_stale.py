"""`course build --check`: the repository is up to date, and every file that is not is named."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from helpers.authoring import notebooks
from helpers.authoring.build import Chapter, build_command, stale
from helpers.authoring.tolerance import agree

ROOT = Path(__file__).parents[2]
ONE = Chapter(ROOT / "solutions" / "06_convolution.py")  # of all, the machinery is the same


def edit_lesson(copy: Chapter) -> None:
    """One more word of prose: the record still holds."""
    text = copy.source.read_text("utf-8")
    copy.source.write_text(text.replace("# %% [markdown]\n# ", "# %% [markdown]\n# Now ", 1))


def edit_code_of_lesson(copy: Chapter) -> None:
    """One more line in a given cell: everything follows from it."""
    text = copy.source.read_text("utf-8")
    copy.source.write_text(text.replace("from helpers import", "import os\nfrom helpers import", 1))


def edit_source_of(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].source += "!"
    path.write_text(notebooks.to_text(notebook), "utf-8")


def edit_students(copy: Chapter) -> None:
    edit_source_of(copy.students)


def edit_instructors(copy: Chapter) -> None:
    edit_source_of(copy.instructors)


def edit_record(copy: Chapter) -> None:
    data = json.loads(copy.record.read_text("utf-8"))
    first = next(iter(data["exercises"].values()))
    first["mistakes"][0]["advice"] += " Look again."
    copy.record.write_text(json.dumps(data), "utf-8")


def remove_students(copy: Chapter) -> None:
    copy.students.unlink()


def remove_instructors(copy: Chapter) -> None:
    copy.instructors.unlink()


def remove_record(copy: Chapter) -> None:
    copy.record.unlink()


# what is done to the copy, and which of its files must then be called stale
EDITS: dict[Callable[[Chapter], None], set[str]] = {
    edit_lesson: {"students", "instructors"},
    edit_code_of_lesson: {"students", "instructors", "record"},
    edit_students: {"students"},
    edit_instructors: {"instructors"},
    edit_record: {"record"},
    remove_students: {"students"},
    remove_instructors: {"instructors"},
    remove_record: {"record"},
}


@pytest.fixture
def copied(tmp_path: Path) -> Chapter:
    """A chapter's four files in another repository."""
    source = tmp_path / "solutions" / ONE.source.name
    copy = Chapter(source)
    copy.record = tmp_path / ONE.record.name
    for part in ("source", "students", "instructors", "record"):
        getattr(copy, part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(getattr(ONE, part), getattr(copy, part))
    return copy


def test_nothing_in_the_repository_is_stale(capsys: pytest.CaptureFixture[str]) -> None:
    code = build_command([], check=True, root=ROOT)
    assert (code, capsys.readouterr().out) == (0, "")


def test_an_untouched_copy_is_not_stale(copied: Chapter) -> None:
    assert list(stale(copied)) == []


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_every_edit_is_noticed(edit: Callable[[Chapter], None], copied: Chapter) -> None:
    edit(copied)
    found = {
        part: line
        for line in stale(copied)
        for part in ("students", "instructors", "record")
        if line.startswith(f"{getattr(copied, part)}: ")
    }
    assert set(found) == EDITS[edit]
    assert all(line.endswith(f"run: course build {copied.name}") for line in found.values())


def test_new_outputs_alone_are_not_stale(copied: Chapter) -> None:
    """nbval answers for the stored outputs."""
    notebook = nbformat.read(copied.instructors, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    copied.instructors.write_text(notebooks.to_text(notebook), "utf-8")
    assert list(stale(copied)) == []


BUILD = """
import sys
from pathlib import Path
from helpers.authoring import notebooks, record
from helpers.authoring.lesson import read
lesson = read(Path(sys.argv[1]))
Path("record").write_text(record.record(lesson), "utf-8")
Path("students").write_text(
    notebooks.to_text(notebooks.students(notebooks.instructors(lesson))), "utf-8"
)
"""


def test_another_build_gives_the_same_bytes(tmp_path: Path) -> None:
    """Whatever the order of sets is. The record's last digits, and so its seal, are the
    processor's: they are compared as numbers. That the records of the other chapters hold, the
    proof shows: it takes the mistakes' names from them."""
    command = [sys.executable, "-c", BUILD, str(ONE.source)]
    environment = os.environ | {"PYTHONHASHSEED": "1"}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, timeout=300)
    assert (tmp_path / "students").read_bytes() == ONE.students.read_bytes()
    kept, made = (path.read_text("utf-8") for path in (ONE.record, tmp_path / "record"))
    seals = [json.loads(text)["seal"] for text in (kept, made)]
    assert agree(kept.replace(seals[0], ""), made.replace(seals[1], ""))


def test_stored_outputs_hold_nothing_of_the_machine(chapter: Chapter) -> None:
    """No path, no widget's number, no time when a cell ran."""
    notebook = nbformat.read(chapter.instructors, as_version=4)
    text = json.dumps([cell.get("outputs", []) for cell in notebook.cells])
    for word in (str(Path.home()), str(ROOT), "ipykernel", "/tmp/", "model_id", " at 0x"):
        assert word not in text
    assert not any(cell.metadata.get("execution") for cell in notebook.cells)
