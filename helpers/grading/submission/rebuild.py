"""The notebook that is run: the instructor's cells in their order, with what a student may write.

A submission is untrusted bytes. From it come the text of the cells that a student fills in, found
by their names, and his own cells, each after the named cell that it stood behind. Whatever else
was done to the notebook (cells deleted, copied, moved, retyped, re-pointed) changes nothing and is
told in a sentence.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from helpers.grading.submission.paper import Cell, Paper

__all__ = ["MOST_BYTES", "Rebuilt", "Refused", "rebuild", "to_notebook"]

MOST_BYTES = 64 * 2**20  # of a submission, pictures included
MOST_CELLS = 5_000
MOST_CODE = 2**20  # characters of one cell
START = ""


class Refused(Exception):
    """The submission is no notebook that could be run; the text says why, in a sentence."""


@dataclass
class Rebuilt:
    """The cells to run, and what was off with the submission."""

    cells: list[Cell]
    attachments: dict[str, Any] = field(default_factory=dict)  # by the id of the cell
    remarks: list[str] = field(default_factory=list)
    unanswered: set[str] = field(default_factory=set)  # cells left as they were handed out


@dataclass
class _Given:
    """One cell as it was handed in."""

    name: str
    id: str
    code: bool
    source: str
    attachments: Any


def rebuild(paper: Paper, submission: bytes) -> Rebuilt:
    """The notebook to run; Refused where the bytes are no notebook."""
    handed_in = list(_cells(submission))
    if not handed_in:
        raise Refused("The notebook has no cells.")
    known = {cell.name: cell for cell in paper.cells if cell.name}
    ids = {cell.id: cell.name or cell.id for cell in paper.cells}
    first: dict[str, _Given] = {}
    own: dict[str, list[_Given]] = {START: []}
    remarks, anchor = [], START
    for given in handed_in:
        place = given.name if given.name in known else ids.get(given.id)
        if place is None or place in first:
            if place in known:
                remarks.append(f"The cell {place} stands more than once: the first counts.")
            own.setdefault(anchor, []).append(given)
            continue
        first[place], anchor = given, place
    rebuilt = Rebuilt([], remarks=remarks)
    _free(rebuilt, own[START], START)
    for cell in paper.cells:
        place = cell.name or cell.id
        _take(rebuilt, cell, first.get(place))
        _free(rebuilt, own.get(place, []), place)
    rebuilt.remarks += _moved(paper, first)
    return rebuilt


def _take(rebuilt: Rebuilt, cell: Cell, given: _Given | None) -> None:
    """One of the instructor's cells, with the student's text where he may write it."""
    if given is None:
        if cell.name:
            back = "it was left empty" if cell.writable else "it was put back"
            rebuilt.remarks.append(f"The cell {cell.name} was deleted: {back}.")
            if cell.writable:
                rebuilt.unanswered.add(cell.name)
            empty = replace(cell, source="") if cell.writable else cell
            rebuilt.cells.append(empty)
        return
    if given.code != cell.code and cell.name:
        kind = "code" if cell.code else "text"
        rebuilt.remarks.append(f"The cell {cell.name} was turned into another kind: it is {kind}.")
    same = _tidy(given.source) == _tidy(cell.released)
    if not cell.writable:
        if not same:
            rebuilt.remarks.append(f"The cell {cell.name} was changed: it was put back.")
        rebuilt.cells.append(cell)
        return
    if same and cell.name:
        rebuilt.unanswered.add(cell.name)
    kind = cell.kind if cell.name else "code" if given.code else "text"
    rebuilt.cells.append(replace(cell, kind=kind, source=given.source))
    if given.attachments:
        rebuilt.attachments[cell.id] = given.attachments


def _free(rebuilt: Rebuilt, cells: list[_Given], place: str) -> None:
    """The student's own cells behind one of the instructor's."""
    for number, given in enumerate(cells, 1):
        text = f"{place}\n{number}\n{given.source}"
        identity = f"own-{hashlib.sha256(text.encode()).hexdigest()[:16]}-{len(rebuilt.cells)}"
        rebuilt.cells.append(Cell("code" if given.code else "text", identity, given.source))
        if given.attachments:
            rebuilt.attachments[identity] = given.attachments


def _moved(paper: Paper, first: dict[str, _Given]) -> Iterator[str]:
    order = [cell.name for cell in paper.cells if cell.name in first]
    if [name for name in first if name in set(order)] != order:
        yield "Cells were moved: they were run in the order of the chapter."


def _tidy(source: str) -> str:
    return "\n".join(line.rstrip() for line in source.strip().splitlines())


def _cells(submission: bytes) -> Iterator[_Given]:
    """The cells of untrusted bytes."""
    if len(submission) > MOST_BYTES:
        size = f"{len(submission):,} bytes; the most is {MOST_BYTES:,}"
        raise Refused(f"The file is too large: {size}.")
    try:
        notebook = json.loads(submission.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Refused("The file is not text in UTF-8, so it is no notebook.") from None
    except (ValueError, RecursionError) as error:
        what = "is nested too deeply" if isinstance(error, RecursionError) else "is no JSON"
        raise Refused(f"The file {what}, so it is no notebook.") from None
    except MemoryError:
        raise Refused("The file unfolds to more than the memory of a submission.") from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("nbformat"), int):
        raise Refused("The file is JSON, but no notebook.")
    for cell in _list_of_cells(notebook):
        yield _cell(cell)


def _list_of_cells(notebook: dict[str, Any]) -> list[Any]:
    cells = notebook.get("cells")
    if notebook["nbformat"] < 4 and isinstance(notebook.get("worksheets"), list):
        sheets = (sheet for sheet in notebook["worksheets"] if isinstance(sheet, dict))
        cells = [cell for sheet in sheets for cell in sheet.get("cells") or ()]
    if not isinstance(cells, list):
        raise Refused("The notebook has no list of cells.")
    if len(cells) > MOST_CELLS:
        raise Refused(f"The notebook has {len(cells):,} cells; the most is {MOST_CELLS:,}.")
    return cells


def _cell(cell: Any) -> _Given:
    if not isinstance(cell, dict):
        raise Refused("The notebook has a cell that is none.")
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise Refused("The notebook has a cell whose text is no text.")
    code = cell.get("cell_type") == "code"
    if code and len(source) > MOST_CODE:
        size = f"{len(source):,} characters; the most is {MOST_CODE:,}"
        raise Refused(f"The notebook has a cell of code that is too large: {size}.")
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = marks.get("grade_id") if isinstance(marks, dict) else None
    identity = cell.get("id")
    return _Given(
        name if isinstance(name, str) else "",
        identity if isinstance(identity, str) else "",
        code,
        _text(source),
        _pictures(cell.get("attachments")),
    )


def _pictures(attachments: Any) -> dict[str, dict[str, str]]:
    """Pictures that were pasted into a text: PNG, JPEG and GIF."""
    kinds = ("image/png", "image/jpeg", "image/gif")
    if not isinstance(attachments, dict):
        return {}
    return {
        _text(name): {
            kind: _text(data)
            for kind, data in held.items()
            if kind in kinds and isinstance(data, str)
        }
        for name, held in attachments.items()
        if isinstance(held, dict)
    }


def _text(text: str) -> str:
    """A text with line ends as Python writes them, and whole characters."""
    whole = text.encode("utf-8", "replace").decode()
    return whole.replace("\r\n", "\n").replace("\r", "\n")


def to_notebook(
    paper: Paper, rebuilt: Rebuilt, outputs: dict[int, tuple[list[Any], int | None]]
) -> dict[str, Any]:
    """The notebook in nbgrader's format, with the outputs and counts of its cells by position."""
    cells = []
    for at, cell in enumerate(rebuilt.cells):
        metadata: dict[str, Any] = {}
        if cell.marks:
            metadata = {"nbgrader": cell.marks}
            if cell.exercise:
                metadata["exercise"] = cell.exercise
            if not cell.writable:
                metadata |= {"deletable": False, "editable": False}
        kind = "code" if cell.code or cell.marks.get("cell_type") == "code" else "markdown"
        made: dict[str, Any] = {
            "cell_type": kind, "id": cell.id, "metadata": metadata, "source": cell.source,
        }  # fmt: skip
        if kind == "code":
            made["outputs"], made["execution_count"] = outputs.get(at, ([], None))
        elif cell.id in rebuilt.attachments:
            made["attachments"] = rebuilt.attachments[cell.id]
        cells.append(made)
    return {"cells": cells, "metadata": paper.metadata, "nbformat": 4, "nbformat_minor": 5}
