"""Reads a notebook that may be damaged: says what is wrong and where, and saves what is whole."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from nbformat import NotebookNode

from helpers.errors import NotebookError

REPAIR = "run: course doctor --repair {0}"


class Reading(NamedTuple):
    """A notebook in the current format, and what had to be done to read it."""

    notebook: NotebookNode
    faults: list[str]
    cut: bool  # only the cells up to a damage could be read


def read(path: Path) -> Reading:
    """The notebook in a file; NotebookError where nothing of it can be read."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise NotebookError(f"{path}: there is no such file") from None
    except OSError as error:
        raise NotebookError(f"{path}: cannot be read: {error.strerror}") from None
    if not raw.strip():
        raise NotebookError(f"{path}: the file is empty; take a fresh copy of the chapter")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotebookError(
            f"{path}: byte {error.start} is no text; this is not a notebook, or a damaged one"
        ) from None
    data, faults = _parse(path, text)
    cut = bool(faults)
    return Reading(_current(path, data, faults), faults, cut)


def _parse(path: Path, text: str) -> tuple[dict[str, Any], list[str]]:
    try:
        data = json.loads(text)
    except RecursionError:
        raise NotebookError(
            f"{path}: nested too deeply for a notebook; take a fresh copy of the chapter"
        ) from None
    except json.JSONDecodeError as error:
        cells = _whole_cells(text)
        where = f"line {error.lineno}, column {error.colno}"
        at_end = error.pos >= len(text.rstrip()) - 1 or error.msg.startswith("Unterminated string")
        cut = "is cut off" if at_end else "is damaged"
        if not cells:
            raise NotebookError(
                f"{path}: {cut} at {where} ({error.msg}), before the first whole cell; "
                "take a fresh copy of the chapter"
            ) from None
        fault = f"{cut} at {where} ({error.msg}); {len(cells)} whole cells before it can be saved"
        return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, [fault]
    if not isinstance(data, dict) or not isinstance(data.get("nbformat"), int):
        raise NotebookError(
            f"{path}: this is JSON but not a notebook; take a fresh copy of the chapter"
        )
    return data, []


def _whole_cells(text: str) -> list[dict[str, Any]]:
    """The cells of a damaged file up to the damage."""
    start = re.search(r'"cells"\s*:\s*\[', text)
    cells: list[dict[str, Any]] = []
    at = start.end() if start else len(text)
    decoder = json.JSONDecoder()
    while at < len(text):
        at += len(text[at:]) - len(text[at:].lstrip(" \t\r\n,"))
        try:
            cell, at = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError):
            break
        if isinstance(cell, dict) and "cell_type" in cell:
            cells.append(cell)
    return cells


def _current(path: Path, data: dict[str, Any], faults: list[str]) -> NotebookNode:
    """The notebook in format 4.5; older formats are converted and said to be old."""
    major, minor = data["nbformat"], data.get("nbformat_minor", 0)
    if major > nbformat.current_nbformat:
        raise NotebookError(
            f"{path}: format {major}.{minor} is newer than this program knows; update it"
        )
    if (major, minor) < (4, 5):
        faults.append(f"format {major}.{minor} is old (JupyterLab writes 4.5)")
    try:
        reader: Any = nbformat.versions[major]
        notebook: Any = reader.to_notebook_json(data, minor=minor)
        notebook = nbformat.convert(notebook, 4)
        complete(notebook)
        nbformat.validate(notebook)
    except Exception as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise NotebookError(
            f"{path}: not a valid notebook ({first}); take a fresh copy of the chapter"
        ) from None
    return notebook  # type: ignore[no-any-return]


def complete(notebook: Any) -> None:
    """Fills in what format 4.5 asks of each cell; a second cell of an id gets another one."""
    notebook.nbformat_minor = 5
    taken: set[str] = set()
    for number, cell in enumerate(notebook.cells, 1):
        wanted = identity = str(cell.get("id", "")) or f"cell-{number}"
        copies = 0
        while identity in taken:
            copies += 1
            identity = f"{wanted[:50]}-copy-{copies}"
        taken.add(identity)
        cell["id"] = identity
        cell.setdefault("metadata", nbformat.from_dict({}))
        if cell.cell_type == "code":
            cell.setdefault("outputs", [])
            cell.setdefault("execution_count", None)
        else:
            cell.pop("outputs", None)
            cell.pop("execution_count", None)
