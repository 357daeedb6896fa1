"""Says what is wrong with a student's notebook, and mends it without losing the student's work."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from helpers.authoring import reading
from helpers.authoring.notebooks import to_text
from helpers.errors import NotebookError

COURSE = Path(__file__).parents[2] / "course"
Cells = list[Any]
FEW = 5  # missing cells that are named one by one


def doctor_command(notebook: str, repair: bool, course: Path = COURSE) -> int:
    """What `course doctor NOTEBOOK` does: 0 when all is well or mended, 1 when it is not."""
    path = Path(notebook)
    found = reading.read(path)
    fresh = _fresh(path, found.notebook, course)
    mended, faults = examine(found.notebook, fresh, cut=found.cut)
    faults = found.faults + faults
    for fault in faults:
        print(f"{path.name}: {fault}")
    if not faults:
        print(f"{path.name}: nothing is wrong with its cells")
        return 0
    if not repair:
        print(f"To mend it and keep your work, {reading.REPAIR.format(path)}")
        return 1
    kept = _keep(path)
    _replace(path, to_text(mended))
    print(f"Repaired. The file as it was is kept as {kept.name}")
    return 0


def examine(
    notebook: NotebookNode, fresh: NotebookNode, *, cut: bool = False
) -> tuple[NotebookNode, list[str]]:
    """The notebook as it should be, with the student's work, and one sentence for each fault.

    Cells to fill in keep the student's text; locked cells get the text of the fresh notebook; the
    student's own cells stay behind the cell that they followed. Text that is missing was deleted on
    purpose, unless the file was cut off.
    """
    faults: list[str] = []
    slots = _slots(notebook, fresh, faults)
    cells: Cells = list(slots.get("", []))
    missing = [_name(cell) for cell in fresh.cells if _graded(cell) and _name(cell) not in slots]
    faults += _missing(missing)
    for cell in fresh.cells:
        name = _name(cell)
        mine = slots.get(name, [])
        if _graded(cell):
            faults += _faults(cell, mine[:1])
            cells.append(_restored(cell, mine[0] if mine else None))
            cells += mine[1:]
        elif cut and not mine:
            cells.append(cell)
        else:
            cells += mine  # text and free cells are the student's to change or delete
    mended = nbformat.v4.new_notebook(cells=cells, metadata=notebook.metadata)
    mended.metadata.setdefault("kernelspec", fresh.metadata.kernelspec)
    reading.complete(mended)
    return mended, faults


def _slots(notebook: Any, fresh: Any, faults: list[str]) -> dict[str, Cells]:
    """For each cell of the fresh notebook: the student's cell, then the cells that follow it."""
    known = {_name(cell): cell for cell in fresh.cells}
    order = {name: place for place, name in enumerate(known)}
    slots: dict[str, Cells] = {}
    at, furthest = "", -1
    for number, cell in enumerate(notebook.cells, 1):
        name = _match(cell, known)
        if name and name not in slots:
            if _graded(known[name]) and order[name] < furthest:
                faults.append(f"cell {number} ({name}) was moved; it goes back to its place")
            furthest = max(furthest, order[name])
            at = name
            slots[at] = [cell]
            continue
        if name or _grade_id(cell):
            what = "a copy of" if name else "from another notebook:"
            faults.append(
                f"cell {number} is {what} {name or _grade_id(cell)}; "
                "it is kept as a cell of your own"
            )
            cell = _freed(cell, number)
        slots.setdefault(at, []).append(cell)
    _first_worked_on(slots, known)
    return slots


def _first_worked_on(slots: dict[str, Cells], known: dict[str, Any]) -> None:
    """Where a cell to fill in was copied, the copy that was worked on takes the cell's place."""
    own = [cell for cells in slots.values() for cell in cells if "copy_of" in cell.metadata]
    for copy in own:
        name = copy.metadata.pop("copy_of")
        fresh = known.get(name)
        if fresh is None or not _graded(fresh) or _locked(fresh):
            continue
        if (cell := slots[name][0]).source == fresh.source != copy.source:
            cell.source, copy.source = copy.source, cell.source


def _missing(names: list[str]) -> list[str]:
    if len(names) > FEW:
        first, last = names[0], names[-1]
        return [
            f"{len(names)} cells are missing, {first} to {last}; fresh ones are put in their places"
        ]
    return [f"the cell {name} is missing; a fresh one is put in its place" for name in names]


def _faults(fresh: Any, mine: Cells) -> Iterator[str]:
    name = _name(fresh)
    if not mine:
        return
    cell = mine[0]
    if cell.cell_type != fresh.cell_type:
        yield f"the cell {name} was made a {cell.cell_type} cell; it is {fresh.cell_type} again"
    if _locked(fresh) and cell.source != fresh.source:
        yield f"the locked cell {name} was changed, or is of another version; its text is restored"
    if cell.metadata.get("nbgrader") != fresh.metadata.nbgrader:
        what = f"the grading data of cell {name} were changed, or are of another version"
        yield f"{what}; they are restored"


def _restored(fresh: Any, mine: Any | None) -> Any:
    cell = nbformat.from_dict(fresh)
    if mine is None:
        return cell
    if not _locked(fresh):
        cell.source = mine.source
    if cell.cell_type == "code" == mine.cell_type:
        cell.outputs, cell.execution_count = mine.outputs, mine.execution_count
    return cell


def _match(cell: Any, known: dict[str, Any]) -> str:
    """The name of the fresh cell that this cell is, or an empty text."""
    name = _grade_id(cell)
    if name in known:
        return name
    if cell.id in known:
        return str(cell.id)
    by_id = {fresh.id: name for name, fresh in known.items()}
    if cell.id in by_id:  # its grading data were taken out
        return str(by_id[cell.id])
    return next(
        (
            name
            for name, fresh in known.items()
            if not _graded(fresh) and fresh.source == cell.source
        ),
        "",
    )


def _freed(cell: Any, number: int) -> Any:
    """The cell without grading data, the student's to change and delete."""
    name = _grade_id(cell)
    cell.metadata = nbformat.from_dict({"copy_of": name})
    cell.id = f"own-{number}"
    return cell


def _fresh(path: Path, notebook: Any, course: Path) -> NotebookNode:
    """The chapter's notebook as it was handed out."""
    chapter = next(
        (m[1] for m in (re.search(r'Checks\("(\w+)"\)', c.source) for c in notebook.cells) if m),
        path.stem,
    )
    original = course / chapter / f"{chapter}.ipynb"
    if not original.exists():
        raise NotebookError(f"{path}: there is no chapter {chapter!r} in {course} to compare with")
    return nbformat.read(original, as_version=4)  # type: ignore[no-any-return]


def _keep(path: Path) -> Path:
    """Copies the file beside itself, never over another one."""
    raw, number = path.read_bytes(), 1
    while True:
        kept = path.with_name(f"{path.name}.before-repair-{number}")
        try:
            with kept.open("xb") as file:
                file.write(raw)
            return kept
        except FileExistsError:
            number += 1
        except OSError as error:
            raise NotebookError(
                f"{kept}: cannot be written ({error.strerror}); nothing was changed"
            ) from None


def _replace(path: Path, text: str) -> None:
    """Writes the file whole or not at all."""
    new = path.with_name(f".{path.name}.new")
    try:
        new.write_text(text, encoding="utf-8", newline="\n")
        os.replace(new, path)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise NotebookError(
            f"{path}: cannot be written ({error.strerror}); nothing was changed"
        ) from None


def _name(cell: Any) -> str:
    return _grade_id(cell) or str(cell.id)


def _grade_id(cell: Any) -> str:
    facts = cell.metadata.get("nbgrader", {})
    return str(facts.get("grade_id", "")) if isinstance(facts, dict) else ""


def _graded(cell: Any) -> bool:
    return bool(_grade_id(cell))


def _locked(cell: Any) -> bool:
    return bool(cell.metadata.nbgrader.locked)
