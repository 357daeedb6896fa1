"""Which chapter a notebook is of: what its cells say, its name, its folder, or the instructor."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from helpers.errors import GradingError
from helpers.grading.collecting.names import Handed, Refused

__all__ = ["Chapters", "parse"]

# What Canvas, browsers and Jupyter put after a name that is there already.
COPIED = re.compile(r"(?:-[0-9]+| ?\([0-9]+\)|-Copy[0-9]*| - Copy| copy)*", re.IGNORECASE)
BRACKETS = 1_000_000  # lists and objects: each takes some 60 times its place in the file


def parse(data: bytes) -> dict[str, Any]:
    """The notebook in a file, looked at cheaply: JSON, an object, a list of cells.

    >>> parse(b'{"cells": []}')
    {'cells': []}
    """
    if not data.strip():
        raise Refused("it is empty")
    if data.count(b"[") + data.count(b"{") > BRACKETS:
        raise Refused(f"it has more than {BRACKETS:,} lists and objects: no notebook has")
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except RecursionError:
        raise Refused("it is no notebook: it is nested too deeply") from None
    except ValueError as error:
        raise Refused(f"it is no notebook, or a damaged one ({error})") from None
    if not isinstance(found, dict) or not isinstance(found.get("cells"), list):
        raise Refused("it is no notebook: it has no list of cells")
    return found


class Chapters:
    """The chapters of a course, and the names of the cells by which each is known."""

    def __init__(self, cells: dict[str, set[str]]) -> None:
        """`cells` are nbgrader's grade_ids of each chapter; only those of one chapter count."""
        often = Counter(name for names in cells.values() for name in names)
        self.own = {
            chapter: {name for name in names if often[name] == 1}
            for chapter, names in cells.items()
        }

    @classmethod
    def read(cls, folders: Iterable[Path]) -> Chapters:
        """The chapters in the folders: CHAPTER/CHAPTER.ipynb in any of them."""
        cells: dict[str, set[str]] = {}
        for folder in folders:
            for path in sorted(folder.glob("*/*.ipynb")):
                if path.stem == path.parent.name:
                    cells.setdefault(path.stem, set()).update(_names_in(path))
        if not cells:
            raise GradingError(
                "There are no chapters here: run `course collect` in the course's folder."
            )
        return cls(cells)

    def asked(self, chapter: str) -> str:
        """The chapter of this name or number; GradingError where there is none.

        >>> Chapters({"01_mini": set(), "02_more": set()}).asked("2")
        '02_more'
        """
        for name in self.own:
            if name == chapter or name.split("_")[0] == chapter.zfill(2):
                return name
        known = ", ".join(self.own)
        raise GradingError(f"There is no chapter {chapter!r}; there are: {known}.")

    def of(self, notebook: dict[str, Any], handed: Handed, asked: str = "") -> tuple[str, bool]:
        """The chapter, and whether the notebook itself says so rather than where it lies.

        Refused where nothing tells the chapter, or two things tell different ones.
        """
        cells, name = self._by_cells(notebook), self._by_name(handed.file)
        if cells and cells == asked:
            return asked, True
        told = {
            "--chapter": asked,
            "its cells": cells,
            "its name": name,
            "its folder": handed.folder,
        }
        told = {by: chapter for by, chapter in told.items() if chapter}
        if not told:
            raise Refused("neither its cells nor its name tell the chapter: give --chapter")
        if len(set(told.values())) > 1:
            said = ", ".join(f"{chapter} by {by}" for by, chapter in told.items())
            raise Refused(f"it is of more than one chapter: {said}")
        return next(iter(told.values())), bool(cells or name)

    def _by_cells(self, notebook: dict[str, Any]) -> str:
        """The chapter of which it has more cells than of all others together."""
        names = set(_grade_ids(notebook))
        shared = {chapter: len(names & own) for chapter, own in self.own.items()}
        best = max(shared, key=lambda chapter: shared[chapter])
        return best if 2 * shared[best] > sum(shared.values()) else ""

    def _by_name(self, file: str) -> str:
        stem = file[: -len(".ipynb")]
        for chapter in self.own:
            if stem.startswith(chapter) and COPIED.fullmatch(stem, len(chapter)):
                return chapter
        return ""


def _names_in(path: Path) -> set[str]:
    try:
        return set(_grade_ids(parse(path.read_bytes())))
    except Refused as error:
        raise GradingError(f"{path}: {error}; build or restore it.") from None


def _grade_ids(notebook: dict[str, Any]) -> Iterator[str]:
    for cell in notebook["cells"]:
        inner: Any = cell
        for key in ("metadata", "nbgrader", "grade_id"):
            inner = inner.get(key) if isinstance(inner, dict) else None
        if isinstance(inner, str):
            yield inner
