"""What can be wrong with a lesson's text, each as one sentence."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helpers.authoring.lesson import Cell, Exercise, Lesson

OF_EXERCISE = ("solve", "check", "answer", "hint", "mistake", "alternative")
KINDS = (*OF_EXERCISE, "given")
MARKDOWN = ("answer", "hint")  # the other kinds are code
ONCE = ("solve", "check", "answer")
HINTS, MISTAKES = 3, 3
Fault = tuple[int, str]
FORM = "write '# %% KIND NAME', then \"what went wrong\", [markdown] and points=N, in this order"


def of_marker(line: str) -> str:
    """Why a marker cannot be read."""
    if "[markdown]" in line and re.search(r"points=\d+\s+\[markdown\]", line):
        return "[markdown] stands after points=; it must stand before, or the cell becomes code"
    if re.match(
        r"# %% (solve|check|answer|hint|mistake|alternative|given)\s*(\[|points|\"|$)", line
    ):
        return f"the marker names no exercise; {FORM}"
    return f"the marker {line!r} is not understood; {FORM}"


def of_lesson(lesson: Lesson) -> Iterator[Fault]:
    """Every fault of a lesson with its line."""
    for cell in lesson.cells:
        yield from _of_cell(cell, lesson)
    for exercise in lesson.exercises.values():
        yield from _of_exercise(exercise)
    yield from _repeated(lesson)
    yield from _headings(lesson)


def _of_cell(cell: Cell, lesson: Lesson) -> Iterator[Fault]:
    if cell.kind not in (*KINDS, "text", "code"):
        near = difflib.get_close_matches(cell.kind, KINDS, 1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(KINDS)}"
        yield cell.line, f"unknown marker {cell.kind!r}{hint}"
        return
    if cell.kind in KINDS and cell.markdown != (cell.kind in MARKDOWN):
        yield (
            cell.line,
            f"{cell.kind} cells are {'code: remove' if cell.markdown else 'text: add'} [markdown]",
        )
    if cell.kind in OF_EXERCISE and cell.name not in lesson.exercises:
        yield cell.line, f"{cell.kind} {cell.name}: there is no solve or answer cell of that name"
    if cell.kind in ("check", "answer") and not cell.points:
        yield cell.line, f"{cell.kind} {cell.name} has no points; add points=N"
    if cell.kind not in ("check", "answer") and cell.points is not None:
        yield cell.line, f"a {cell.kind} cell has no points; move points= to the check"
    yield from _regions(cell)
    if cell.kind == "mistake":
        if not cell.text:
            yield cell.line, f'mistake {cell.name} does not say what went wrong; add it in "quotes"'
        if not advice(cell):
            yield (
                cell.line,
                f"mistake {cell.name} has no advice; begin it with a comment to the student",
            )
    elif cell.text:
        yield cell.line, f"only mistakes have a text in quotes, not {cell.kind} cells"


def _regions(cell: Cell) -> Iterator[Fault]:
    for what, kinds in (("SOLUTION", ("solve", "answer")), ("HIDDEN TESTS", ("check",))):
        marks = re.findall(rf"(BEGIN|END) {what}", cell.source)
        if marks and cell.kind not in kinds:
            yield (
                cell.line,
                f"{what} regions belong in {' and '.join(kinds)} cells, not in {cell.kind} cells",
            )
        elif marks != ["BEGIN", "END"] * (len(marks) // 2):
            yield cell.line, f"{cell.kind} {cell.name}: BEGIN {what} and END {what} do not pair"
        elif not marks and cell.kind in kinds and what == "SOLUTION":
            yield cell.line, f"{cell.kind} {cell.name} has no ### BEGIN SOLUTION region"


def _of_exercise(exercise: Exercise) -> Iterator[Fault]:
    for kind in ONCE:
        for again in exercise.of(kind)[1:]:
            yield (
                again.line,
                f"{kind} {exercise.name} stands twice; "
                f"the first is in line {exercise.of(kind)[0].line}",
            )
    if len(exercise.of("hint")) != HINTS:
        yield (
            exercise.line,
            f"exercise {exercise.name} has {len(exercise.of('hint'))} hints; it needs {HINTS}",
        )
    solve, check = exercise.one("solve"), exercise.one("check")
    if solve and not check:
        yield exercise.line, f"exercise {exercise.name} has no check"
    if check and not solve:
        yield check.line, f"check {exercise.name} has no solve cell"
    if solve and check and check.line < solve.line:
        yield check.line, f"check {exercise.name} stands before its solve cell"
    if solve and len(exercise.of("mistake")) < MISTAKES:
        count = len(exercise.of("mistake"))
        yield (
            exercise.line,
            f"exercise {exercise.name} has {count} mistakes; it needs at least {MISTAKES}",
        )
    for wrong in exercise.of("mistake") + exercise.of("alternative"):
        if check and wrong.line < check.line:
            yield wrong.line, f"{wrong.kind} {exercise.name} must stand after its check"


def _repeated(lesson: Lesson) -> Iterator[Fault]:
    seen: dict[tuple[str, str], int] = {}
    for cell in lesson.cells:
        if cell.kind in ("given", "mistake"):
            key = (cell.kind, cell.name if cell.kind == "given" else f"{cell.name}: {cell.text}")
            if key in seen:
                yield (
                    cell.line,
                    f"{cell.kind} {key[1]!r} stands twice; the first is in line {seen[key]}",
                )
            seen.setdefault(key, cell.line)
            if cell.kind == "given" and cell.name in lesson.exercises:
                yield cell.line, f"given {cell.name} has the name of an exercise"


def _headings(lesson: Lesson) -> Iterator[Fault]:
    """The heading above an exercise must carry the number that the exercise has."""
    heading, begun = "", set()
    for cell in lesson.cells:
        if cell.kind == "text":
            titles = [line for line in cell.source.splitlines() if line.startswith("#")]
            heading = titles[-1] if titles else heading
        elif cell.kind in ("solve", "answer") and cell.name in lesson.exercises:
            wanted = f"Exercise {lesson.exercises[cell.name].number}"
            if cell.name not in begun and not re.search(rf"{re.escape(wanted)}\b", heading):
                yield (
                    cell.line,
                    f"the heading above {cell.name} must say {wanted!r}; it is {heading!r}",
                )
            begun.add(cell.name)


def advice(mistake: Cell) -> str:
    """The comment lines at the head of a mistake: what the student is told."""
    lines = []
    for line in mistake.source.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("# ").rstrip())
    return " ".join(lines)
