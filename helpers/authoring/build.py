"""Writes a chapter's notebooks and record, or says which of them are stale."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat

from helpers.authoring import execution, notebooks, proof, record
from helpers.authoring.lesson import read
from helpers.check.record import FOLDER as RECORDED
from helpers.check.record import load
from helpers.errors import CourseError, LessonError, NotebookError


class Chapter:
    """Where a chapter's files are, seen from the root of the repository."""

    def __init__(self, source: Path) -> None:
        root, name = source.parent.parent, source.stem
        self.source, self.name = source, name
        self.instructors = root / "solutions" / name / f"{name}.ipynb"
        self.students = root / "course" / name / f"{name}.ipynb"
        self.record = RECORDED / f"{name}.json"


def build_command(chapters: list[str], check: bool, root: Path = Path(".")) -> int:
    """What `course build` does; returns its exit code: 0, or 1 where --check finds stale files."""
    found = find(chapters, root)
    if check:
        return _report([line for chapter in found for line in stale(chapter)])
    for chapter in found:
        print(f"{chapter.name}: checking the lesson", file=sys.stderr)
        build(chapter)
    return 0


def find(chapters: list[str], root: Path) -> list[Chapter]:
    """The chapters asked for, by name or by number; all when none is named."""
    known = {path.stem: path for path in sorted((root / "solutions").glob("[0-9][0-9]_*.py"))}
    if not known:
        raise CourseError(
            f"there are no lessons in {root.resolve() / 'solutions'}; "
            "run this in the course's repository"
        )
    picked = []
    for asked in chapters or list(known):
        stem = Path(asked).stem
        match = [name for name in known if name == stem or name.split("_")[0] == stem.zfill(2)]
        if not match:
            raise CourseError(f"there is no chapter {asked!r}; there are: {', '.join(known)}")
        picked.append(Chapter(known[match[0]]))
    return picked


def build(chapter: Chapter) -> None:
    """Writes the record, the students' notebook and the executed instructor's notebook."""
    lesson = read(chapter.source)
    _write(chapter.record, record.record(lesson))
    load.cache_clear()
    if failures := list(proof.prove(lesson)):
        raise LessonError("\n".join(failures))
    notebook = notebooks.instructors(lesson)
    _write(chapter.students, notebooks.to_text(notebooks.students(notebook)))
    chapter.instructors.parent.mkdir(parents=True, exist_ok=True)
    print(f"{chapter.name}: running the instructor's notebook", file=sys.stderr)
    execution.execute(notebook, chapter.instructors.parent, chapter.instructors.name)
    _write(chapter.instructors, notebooks.to_text(notebook))
    points = sum(exercise.points for exercise in lesson.exercises.values())
    print(f"{chapter.name}: {len(lesson.exercises)} exercises, {points} points")


def stale(chapter: Chapter) -> Iterator[str]:
    """One line for each file that does not follow from the lesson's text; needs no kernel."""
    lesson = read(chapter.source)
    notebook = notebooks.instructors(lesson)
    again = f"run: course build {chapter.name}"
    if _record_code(chapter) != record.code_hash(lesson):
        yield f"{chapter.record}: not made from this lesson; {again}"
    if _text(chapter.students) != notebooks.to_text(notebooks.students(notebook)):
        yield f"{chapter.students}: not made from this lesson; {again}"
    if _without_outputs(chapter.instructors) != notebooks.to_text(notebook):
        yield f"{chapter.instructors}: not made from this lesson; {again}"


def _record_code(chapter: Chapter) -> str:
    """The hash of the lesson that a record was made from; another word if it was edited since."""
    try:
        data = json.loads(_text(chapter.record))
        whole = data["seal"] == record.seal(data["exercises"])
        return str(data["code"]) if whole else "edited"
    except (ValueError, KeyError, TypeError):
        return "damaged"


def _without_outputs(path: Path) -> str:
    if not path.exists():
        return ""
    try:
        notebook = nbformat.reads(_text(path), as_version=nbformat.NO_CONVERT)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        return notebooks.to_text(notebook)
    except Exception as error:
        raise NotebookError(
            f"{path}: this is no notebook ({error}); delete it and build again"
        ) from None


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _report(lines: list[str]) -> int:
    for line in lines:
        print(line)
    return 1 if lines else 0
