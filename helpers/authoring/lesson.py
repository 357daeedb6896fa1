"""A lesson: a text file in jupytext's percent format, read into cells and exercises.

Every marker is checked; a LessonError names each fault with file and line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

import jupytext

from helpers.authoring import faults
from helpers.errors import LessonError

MARKER = re.compile(
    r"# %%(?: (?P<kind>[a-z]+) (?P<name>[A-Za-z]\w*))?"
    r'(?: "(?P<text>[^"]+)")?(?P<markdown> \[markdown\])?(?: points=(?P<points>\d+))?\s*'
)
BEGIN_SOLUTION, END_SOLUTION = "BEGIN SOLUTION", "END SOLUTION"
BEGIN_HIDDEN, END_HIDDEN = "BEGIN HIDDEN TESTS", "END HIDDEN TESTS"


@dataclass(frozen=True)
class Cell:
    """One cell of a lesson. kind is text, code, or the first word of its marker."""

    kind: str
    name: str
    source: str
    line: int
    text: str = ""  # of a mistake: what went wrong
    points: int | None = None
    markdown: bool = False

    @property
    def hidden(self) -> bool:
        """Whether the cell holds a region of hidden tests."""
        return BEGIN_HIDDEN in self.source


@dataclass
class Exercise:
    """All the cells of one exercise, found by name."""

    name: str
    number: str
    line: int
    cells: dict[str, list[Cell]] = field(default_factory=dict)

    def of(self, kind: str) -> list[Cell]:
        """The exercise's cells of one kind, in order."""
        return self.cells.get(kind, [])

    def one(self, kind: str) -> Cell | None:
        """The exercise's only cell of a kind, if it has one."""
        return self.of(kind)[0] if self.of(kind) else None

    @property
    def points(self) -> int:
        """Points for the check and for the answer graded by hand, together."""
        return sum(cell.points or 0 for kind in ("check", "answer") for cell in self.of(kind))

    @property
    def title(self) -> str:
        """'1.7: output_delta', as stubs and messages name it."""
        return f"{self.number}: {self.name}"


@dataclass
class Lesson:
    """A chapter's source: its name ('01_backpropagation'), cells in order, exercises by name."""

    name: str
    path: Path
    cells: list[Cell]
    exercises: dict[str, Exercise]


def read(path: Path) -> Lesson:
    """Reads and checks a lesson; raises LessonError with every fault found."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LessonError(f"{path}: the lesson cannot be read: {error}") from None
    found: list[str] = []
    cells = _cells(text, path, found)
    lesson = Lesson(path.stem, path, cells, _exercises(path.stem, cells))
    found += [f"{path}:{line}: {what}" for line, what in faults.of_lesson(lesson)]
    if found:
        raise LessonError("\n".join(found))
    return lesson


def _cells(text: str, path: Path, found: list[str]) -> list[Cell]:
    """The cells, without a header before the first marker; faults of markers go to found."""
    lines = text.splitlines()
    numbers = [at for at, line in enumerate(lines, 1) if re.match(r"#\s*%%", line)]
    if not numbers:
        raise LessonError(f"{path}:1: no cell; a lesson's cells begin with '# %%'")
    body = "\n".join(lines[numbers[0] - 1 :]) + "\n"
    sources = jupytext.reads(body, fmt="py:percent").cells
    if len(sources) != len(numbers):
        raise LessonError(
            f"{path}: {len(numbers)} markers but {len(sources)} cells; look for a '# %%' in text"
        )
    cells = []
    for number, source in zip(numbers, sources, strict=True):
        marker = MARKER.fullmatch(lines[number - 1])
        if not marker:
            found.append(f"{path}:{number}: {faults.of_marker(lines[number - 1])}")
            continue
        part = marker.groupdict()
        markdown = bool(part["markdown"])
        kind = part["kind"] or ("text" if markdown else "code")
        points = None if part["points"] is None else int(part["points"])
        cells.append(
            Cell(
                kind,
                part["name"] or "",
                source.source,
                number,
                part["text"] or "",
                points,
                markdown,
            )
        )
    return cells


def _exercises(chapter: str, cells: list[Cell]) -> dict[str, Exercise]:
    """Exercises in the order in which their solve or answer cells appear."""
    exercises: dict[str, Exercise] = {}
    first = str(int(chapter[:2])) if chapter[:2].isdigit() else "0"
    for cell in cells:
        if cell.kind in ("solve", "answer") and cell.name not in exercises:
            number = f"{first}.{len(exercises) + 1}"
            exercises[cell.name] = Exercise(cell.name, number, cell.line)
    for cell in cells:
        if cell.kind in faults.OF_EXERCISE and cell.name in exercises:
            exercises[cell.name].cells.setdefault(cell.kind, []).append(cell)
    return exercises


def visible(cell: Cell) -> Cell:
    """A check without its hidden regions."""
    kept, inside = [], False
    for line in cell.source.split("\n"):
        inside = inside or BEGIN_HIDDEN in line
        if not inside:
            kept.append(line)
        inside = inside and END_HIDDEN not in line
    return replace(cell, source="\n".join(kept))
