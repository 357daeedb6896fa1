"""The students' notebook as they get it: it runs, and gives nothing away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbclient import NotebookClient

from helpers.authoring.build import Chapter
from helpers.authoring.lesson import Lesson

if TYPE_CHECKING:
    from conftest import Secrets

ROOT = Path(__file__).parents[2]
Outputs = list[tuple[str, nbformat.NotebookNode]]


@pytest.fixture(scope="module")
def outputs(
    chapter: Chapter, released: nbformat.NotebookNode, tmp_path_factory: pytest.TempPathFactory
) -> Outputs:
    """Every output of the untouched notebook, run from the top in an empty folder."""
    ran = nbformat.from_dict(released)
    folder = tmp_path_factory.mktemp("student")
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(ran, timeout=300, allow_errors=True, resources=resources).execute()
    assert not list(folder.iterdir()), "the notebook leaves files behind"
    return [(cell.source, out) for cell in ran.cells for out in cell.get("outputs", [])]


def test_the_notebook_raises_nothing_but_not_implemented(outputs: Outputs) -> None:
    errors = [(source, out) for source, out in outputs if out.output_type == "error"]
    assert errors
    others = [
        f"{source}\n--> {out.ename}: {out.evalue}"
        for source, out in errors
        if out.ename != "NotImplementedError"
    ]
    assert not others, "\n\n".join(others)


def test_the_notebook_writes_nothing_on_stderr(outputs: Outputs) -> None:
    written = [(source, out.text) for source, out in outputs if out.get("name") == "stderr"]
    assert not written


def test_every_stub_names_its_exercise(lesson: Lesson, released: nbformat.NotebookNode) -> None:
    stubs = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in released.cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution")
    }
    for exercise in lesson.exercises.values():
        if exercise.one("solve"):
            wanted = f'raise NotImplementedError("Exercise {exercise.title}")'
            assert wanted in stubs[exercise.name]


def test_the_notebook_has_no_outputs(released: nbformat.NotebookNode) -> None:
    assert not any(cell.get("outputs") for cell in released.cells)
    assert not any(cell.get("execution_count") for cell in released.cells)
    assert "widgets" not in released.metadata


def test_there_are_secrets_to_look_for(secrets: Secrets) -> None:
    """The tests below would pass on an empty list."""
    assert len(secrets.solutions) >= 5
    assert len(secrets.hidden) >= 5


def test_no_line_of_a_solution_or_hidden_check_reaches_the_students(
    released: nbformat.NotebookNode, secrets: Secrets
) -> None:
    text = "\n".join(cell.source for cell in released.cells)
    text += "\n" + json.dumps([cell.metadata for cell in released.cells], ensure_ascii=False)
    assert [line for line in secrets.solutions + secrets.hidden if line in text] == []


def test_no_line_of_a_solution_or_hidden_check_is_in_the_record(
    chapter: Chapter, secrets: Secrets
) -> None:
    """The names of mistakes and the advice on them are there for students to read."""
    record = json.loads(chapter.record.read_text(encoding="utf-8"))
    for exercise in record["exercises"].values():
        for mistake in exercise["mistakes"]:
            del mistake["advice"], mistake["name"]
    text = json.dumps(record, ensure_ascii=False)
    assert [line for line in secrets.solutions + secrets.hidden if line in text] == []


@pytest.mark.parametrize(
    "marker", ["BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN", "END HIDDEN", "BEGIN MARK"]
)
def test_no_marker_is_left_in_the_students_folder(marker: str) -> None:
    files = [path for path in (ROOT / "course").rglob("*") if path.suffix in (".ipynb", ".py")]
    assert [str(path) for path in files if marker in Path(path).read_text("utf-8")] == []
